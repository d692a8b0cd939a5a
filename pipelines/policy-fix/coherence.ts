import { isObject, type Json, type JsonObject, valueAt } from '../../src/manifest/json.ts';
import { amend } from './amend.ts';
import { nanoseconds } from './cel/meaning.ts';
import { type Edit, type Path, remove, set } from './edits.ts';
import { type Container, containersOf, type Proposal, podSpecPath } from './fixers/fixer.ts';
import { CLASS_ANNOTATION } from './fixers/ingress.ts';
import { APPARMOR_ANNOTATION } from './fixers/pod-security.ts';
import { quantity } from './fixers/resources.ts';
import type { Ask } from './minimise.ts';
import { applyProposals } from './propose.ts';
import type { Progress } from './search.ts';

const companion = (summary: string, edits: readonly Edit[], note?: string): Proposal => ({
  by: 'coherence',
  summary,
  ...(note ? { note } : {}),
  edits,
  cost: 1,
});

/** A profile of the node's own beside a type that has none, of a pod or a container. */
function profiles(of: string, at: Path, json: Json): Proposal[] {
  return ['seccompProfile', 'appArmorProfile'].flatMap((key) => {
    const type = valueAt(json, ['securityContext', key, 'type']);
    const own = valueAt(json, ['securityContext', key, 'localhostProfile']);
    return own !== undefined && type !== undefined && type !== 'Localhost'
      ? [
          companion(`${of}: no local profile beside ${type}`, [
            remove([...at, 'securityContext', key, 'localhostProfile']),
          ]),
        ]
      : [];
  });
}

function rights({ path, name, json }: Container): Proposal[] {
  const context = valueAt(json, ['securityContext']);
  if (!isObject(context) || context.allowPrivilegeEscalation !== false) return [];
  const added = valueAt(context, ['capabilities', 'add']);
  const admin = Array.isArray(added) ? added.indexOf('CAP_SYS_ADMIN') : -1;
  const base = [...path, 'securityContext'];
  return [
    ...(context.privileged === true
      ? [
          companion(
            `container ${name}: run unprivileged, without which privilege escalation cannot be forbidden`,
            [set([...base, 'privileged'], false)],
            'the container loses access to host devices',
          ),
        ]
      : []),
    ...(admin === -1
      ? []
      : [
          companion(
            `container ${name}: no added capability CAP_SYS_ADMIN, with which privilege escalation cannot be forbidden`,
            [remove([...base, 'capabilities', 'add', admin])],
            'what needs it will fail',
          ),
        ]),
  ];
}

/** A container that must not run as root, and is told to. */
function root({ path, name, json }: Container, object: Json, pod: Path): Proposal[] {
  const effective = (key: string): { at: Path; value: Json } | undefined => {
    for (const [at, from] of [
      [path, json],
      [pod, valueAt(object, pod)],
    ] as const) {
      const value = from === undefined ? undefined : valueAt(from, ['securityContext', key]);
      if (value !== undefined && value !== null) return { at: [...at, 'securityContext', key], value };
    }
    return undefined;
  };
  const user = effective('runAsUser');
  return effective('runAsNonRoot')?.value === true && user?.value === 0
    ? [
        companion(
          `container ${name}: not as user 0, which it now refuses to run as`,
          [remove(user.at)],
          "the image's own user is used",
        ),
      ]
    : [];
}

/** What an annotation of before Kubernetes 1.30 has to be beside the field: an API server refuses a pod in which the two differ. */
function annotated(profile: JsonObject): string | undefined {
  const words: Readonly<Record<string, string>> = { RuntimeDefault: 'runtime/default', Unconfined: 'unconfined' };
  return profile.type === 'Localhost' ? `localhost/${profile.localhostProfile}` : words[String(profile.type)];
}

/** An AppArmor profile that the annotation of a container names otherwise than its own field. */
function appArmor({ name, json }: Container, object: JsonObject, pod: Path): Proposal[] {
  const profile = valueAt(json, ['securityContext', 'appArmorProfile']);
  const at = [...pod.slice(0, -1), 'metadata', 'annotations', `${APPARMOR_ANNOTATION}${name}`];
  const [now, said] = [valueAt(object, at), isObject(profile) ? annotated(profile) : undefined];
  return now === undefined || said === undefined || now === said
    ? []
    : [companion(`container ${name}: the AppArmor annotation says ${said}, as the field does`, [set(at, said)])];
}

/** Requests above their limits. */
function requests({ path, name, json }: Container): Proposal[] {
  const limits = valueAt(json, ['resources', 'limits']);
  if (!isObject(limits)) return [];
  return Object.entries(limits).flatMap(([resource, limit]) => {
    const [least, most] = [quantity(valueAt(json, ['resources', 'requests', resource])), quantity(limit)];
    return least !== undefined && most !== undefined && least > most
      ? [
          companion(`container ${name}: ${resource} request ${limit}, no more than its limit`, [
            set([...path, 'resources', 'requests', resource], limit),
          ]),
        ]
      : [];
  });
}

/** Fields of a Service that only some types have (API reference: ServiceSpec). */
function ofService(object: JsonObject): Proposal[] {
  const spec = object.spec;
  if (object.kind !== 'Service' || !isObject(spec)) return [];
  const inside = spec.type === 'ClusterIP' || spec.type === 'ExternalName';
  const balancer = spec.type === 'LoadBalancer' || spec.type === undefined;
  const gone = [
    ...(balancer
      ? []
      : [
          'allocateLoadBalancerNodePorts',
          'loadBalancerClass',
          'loadBalancerIP',
          'loadBalancerSourceRanges',
          'healthCheckNodePort',
        ]),
    ...(inside ? ['externalTrafficPolicy'] : []),
  ].filter((key) => spec[key] !== undefined);
  const ports = Array.isArray(spec.ports) ? spec.ports : [];
  const open = inside
    ? ports.flatMap((port, i) =>
        isObject(port) && port.nodePort !== undefined ? [['spec', 'ports', i, 'nodePort']] : [],
      )
    : [];
  return [...gone.map((key): Path => ['spec', key]), ...open].map((path) =>
    companion(`no ${path.join('.')}, which a Service of type ${spec.type} does not have`, [remove(path)]),
  );
}

/** Settings of rolling updates where none is rolled, and a smallest number above the largest. */
function ofWorkload(object: JsonObject): Proposal[] {
  const rolling = [
    ['strategy', 'Recreate'],
    ['updateStrategy', 'OnDelete'],
  ].flatMap(([key = '', type]) => {
    const strategy = valueAt(object, ['spec', key]);
    return isObject(strategy) && strategy.type === type && strategy.rollingUpdate !== undefined
      ? [companion(`no rollingUpdate beside ${type}`, [remove(['spec', key, 'rollingUpdate'])])]
      : [];
  });
  const [least, most] = ['minReplicas', 'maxReplicas'].map((key) => valueAt(object, ['spec', key]));
  return typeof least === 'number' && typeof most === 'number' && least > most
    ? [
        ...rolling,
        companion(`at most ${least} replicas, no fewer than at least`, [set(['spec', 'maxReplicas'], least)]),
      ]
    : rolling;
}

/** An Ingress says its class once. */
function ofIngress(object: JsonObject): Proposal[] {
  const both = [CLASS_ANNOTATION, ['spec', 'ingressClassName']].every((path) => valueAt(object, path) !== undefined);
  return object.kind === 'Ingress' && both
    ? [companion(`no annotation ${CLASS_ANNOTATION.at(-1)} beside ingressClassName`, [remove(CLASS_ANNOTATION)])]
    : [];
}

/** A route's time for one try of its backend that is longer than the time for the whole request (Gateway API: HTTPRouteTimeouts). */
function ofRoute(object: JsonObject): Proposal[] {
  const rules = object.kind === 'HTTPRoute' ? valueAt(object, ['spec', 'rules']) : undefined;
  return (Array.isArray(rules) ? rules : []).flatMap((rule, i) => {
    const request = valueAt(rule, ['timeouts', 'request']);
    const [whole, one] = [request, valueAt(rule, ['timeouts', 'backendRequest'])].map(nanoseconds);
    // None at all is told by 0s.
    return request !== undefined && whole && one !== undefined && one > whole
      ? [
          companion(`rule ${i}: backendRequest ${request}, no longer than the request`, [
            set(['spec', 'rules', i, 'timeouts', 'backendRequest'], request),
          ]),
        ]
      : [];
  });
}

/** The sizes of keys that cert-manager takes (`pkg/apis/certmanager/validation`); of another algorithm none counts. */
const KEY_SIZES: Readonly<Record<string, (size: number) => boolean>> = {
  RSA: (size) => size >= 2048 && size <= 8192,
  ECDSA: (size) => [256, 384, 521].includes(size),
};

/** A key of cert-manager's of a size that its algorithm does not have. */
function ofCertificate(object: JsonObject): Proposal[] {
  const path = ['spec', 'privateKey', 'size'];
  const [algorithm = 'RSA', size] = [['spec', 'privateKey', 'algorithm'], path].map((at) => valueAt(object, at));
  const ours = object.kind === 'Certificate' && /^cert-manager\.io\//.test(String(object.apiVersion));
  const takes = ours ? KEY_SIZES[String(algorithm)] : undefined;
  return takes && typeof size === 'number' && !takes(size)
    ? [companion(`no size ${size}, which keys of ${algorithm} do not have: the usual one is taken`, [remove(path)])]
    : [];
}

/** What Kubernetes itself would refuse of an object, or never start, with the edit that puts it right. */
function contradictions(object: JsonObject): Proposal[] {
  const pod = podSpecPath(object);
  const ofPod = pod
    ? [
        ...profiles('pod', pod, valueAt(object, pod) ?? null),
        ...containersOf(object).flatMap((container) => [
          ...profiles(`container ${container.name}`, container.path, container.json),
          ...rights(container),
          ...root(container, object, pod),
          ...requests(container),
          ...appArmor(container, object, pod),
        ]),
      ]
    : [];
  return [
    ...ofPod,
    ...ofService(object),
    ...ofWorkload(object),
    ...ofIngress(object),
    ...ofRoute(object),
    ...ofCertificate(object),
  ];
}

/**
 * Edits that have to go with those that lead from one object to the other, since Kubernetes' own validation takes them only
 * together (a request above a lowered limit), or since no container would start (root, where root is refused). What did not
 * fit together before is left alone.
 */
export function companions(before: JsonObject, after: JsonObject): Proposal[] {
  const known = new Set(contradictions(before).map(({ summary }) => summary));
  const edits = new Set<string>();
  return contradictions(after).filter((proposal) => {
    const key = JSON.stringify(proposal.edits);
    return !known.has(proposal.summary) && !edits.has(key) && edits.add(key);
  });
}

/** Adds the companions of what was accepted, where the policies take them. */
export async function makeCoherent(all: readonly Progress[], ask: Ask): Promise<void> {
  const needing = all.flatMap((progress) => {
    const proposals = progress.accepted.length > 0 ? companions(progress.original, progress.object) : [];
    const object = proposals.length > 0 ? applyProposals(progress.object, proposals) : undefined;
    return object ? [{ progress, accepted: [...progress.accepted, ...proposals], object }] : [];
  });
  await amend('coherent', needing, ask);
}
