import { z } from 'zod';
import { kyvernoVersion, reported } from './kyverno.ts';
import { isNamespace } from './namespaces.ts';
import { inOrder, type Judgement, type KubeObject, nameOf, type PolicyEngine, type Violation } from './violation.ts';

const LEVELS = ['privileged', 'baseline', 'restricted'] as const;
export const PodSecurityLevel = z.enum(LEVELS);
export type PodSecurityLevel = z.infer<typeof PodSecurityLevel>;

/** `latest` or `v1.24`. */
const Version = z.string().default('latest');

/** The configuration of Kubernetes' PodSecurity admission, as far as it says what a manifest must be. */
const Configuration = z.object({
  defaults: z
    .object({ enforce: PodSecurityLevel.default('privileged'), 'enforce-version': Version })
    .default({ enforce: 'privileged', 'enforce-version': 'latest' }),
  exemptions: z
    .object({ namespaces: z.array(z.string()).default([]), runtimeClasses: z.array(z.string()).default([]) })
    .default({ namespaces: [], runtimeClasses: [] }),
});
type Configuration = z.infer<typeof Configuration>;

export const PSS_KIND = 'PodSecurityConfiguration';

/** The configuration of a cluster that enforces `level` where a namespace's labels do not say otherwise. */
export function podSecurity(level: PodSecurityLevel): KubeObject {
  return {
    apiVersion: 'pod-security.admission.config.k8s.io/v1',
    kind: PSS_KIND,
    defaults: { enforce: level, 'enforce-version': 'latest' },
  };
}

const LABEL = 'pod-security.kubernetes.io/enforce';

/** Minor versions of Kubernetes whose checks Kyverno knows by version; others it drops without a word. */
const KNOWN_MINORS = { first: 19, last: 32 } as const;

/** Controls that came after the first of these, with their first minor version: Kyverno has them whatever the version is. */
const SINCE: Readonly<Record<string, number>> = {
  capabilities_restricted: 22,
  runAsUser: 23,
  hostProbesAndHostLifecycle: 34,
};

interface Standard {
  readonly level: PodSecurityLevel;
  /** Minor version of Kubernetes whose checks hold; infinite for the latest. */
  readonly minor: number;
}

/** As in admission, a version that is none is the latest. */
const minorOf = (version: unknown): number =>
  Number(/^v1\.(0|[1-9]\d{0,3})$/.exec(String(version))?.[1] ?? Number.POSITIVE_INFINITY);

/** The version by Kyverno's name: one that it does not know yet is its newest, one before all is its first. */
const kyvernoName = (minor: number): string =>
  minor > KNOWN_MINORS.last ? 'latest' : `v1.${Math.max(minor, KNOWN_MINORS.first)}`;

/** Where each built-in kind keeps its pod. */
function podOf(object: KubeObject): KubeObject | undefined {
  if (object.kind === 'Pod') return object.spec;
  return (object.kind === 'CronJob' ? object.spec?.jobTemplate : object)?.spec?.template?.spec;
}

/** The level and its version for one object; undefined where nothing is enforced. */
function standardFor(
  object: KubeObject,
  namespaces: ReadonlyMap<string, KubeObject>,
  { defaults, exemptions }: Configuration,
): Standard | undefined {
  const namespace = String(object.metadata?.namespace ?? 'default');
  const pod = podOf(object);
  if (!pod || exemptions.namespaces.includes(namespace) || exemptions.runtimeClasses.includes(pod.runtimeClassName))
    return undefined;
  const labels = namespaces.get(namespace)?.metadata?.labels;
  const wanted: unknown = labels?.[LABEL];
  // As in admission, a level that is none is the strictest.
  const level = wanted === undefined ? defaults.enforce : (PodSecurityLevel.safeParse(wanted).data ?? 'restricted');
  const minor = minorOf(labels?.[`${LABEL}-version`] ?? defaults['enforce-version']);
  return level === 'privileged' ? undefined : { level, minor };
}

/** The standard by which each object is judged; undefined where nothing is enforced. */
export function standardsOf(
  objects: readonly KubeObject[],
  context: readonly KubeObject[],
  documents: readonly KubeObject[],
): (Standard | undefined)[] {
  const configuration = Configuration.parse(documents.find(({ kind }) => kind === PSS_KIND) ?? {});
  const namespaces = new Map(
    [...context, ...objects].filter(isNamespace).map((object) => [String(object.metadata?.name), object]),
  );
  return objects.map((object) => standardFor(object, namespaces, configuration));
}

/** A Kyverno policy whose one rule is a level of the standards: upstream's own checks run in it. */
function policyFor({ level, minor }: Standard): KubeObject {
  return {
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name: 'opsline-pod-security' },
    spec: {
      rules: [
        {
          name: 'standard',
          match: { any: [{ resources: { kinds: ['Pod'] } }] },
          validate: { failureAction: 'Enforce', podSecurity: { level, version: kyvernoName(minor) } },
        },
      ],
    },
  };
}

const Controls = z.array(z.object({ ID: z.string(), Name: z.string() }));

/** Names of the Kubernetes documentation where Kyverno has none. */
const NAMES: Readonly<Record<string, string>> = { hostProbesAndHostLifecycle: 'Host Probes / Lifecycle Hooks' };

const FINDING = /\(Forbidden reason: (.*?), field error list: \[(.*?)\]\)(?=\(Forbidden reason: |$)/gs;

/** `spec.containers[0].x` as a pointer; undefined for what is no plain path. */
function pointerOf(field: string): string | undefined {
  const path = /^spec(?:\.[A-Za-z]+|\[\d+\])*/.exec(field)?.[0];
  return path ? `/${path.replaceAll(/\[(\d+)\]/g, '.$1').replaceAll('.', '/')}` : undefined;
}

/** One violation for each field of each control, so that what is mended counts. */
function findings({ level, minor }: Standard, message: string, controls: string, resource: number): Violation[] {
  const list = Controls.parse(JSON.parse(controls));
  return [...message.matchAll(FINDING)].flatMap(([, reason = '', fields = ''], i) => {
    const { ID, Name } = list[i] ?? { ID: 'unknown', Name: '' };
    if ((SINCE[ID] ?? 0) > minor) return [];
    const name = Name || NAMES[ID] || ID;
    return fields.split(/, (?=spec[.[])/).map((field) => {
      const path = pointerOf(field);
      return {
        resource,
        engine: 'pss' as const,
        policy: { kind: PSS_KIND, name: level },
        rule: ID,
        message: `${name}: ${reason}${field ? ` (${field})` : ''}`,
        ...(path ? { path } : {}),
      };
    });
  });
}

/**
 * Kubernetes' Pod Security Standards, without a policy: judged by upstream's checks, as Kyverno's `podSecurity` rule runs
 * them, for pods and everything that makes pods. A namespace's `enforce` labels decide, else the configuration's defaults.
 */
export const pss: PolicyEngine = {
  name: 'pss',

  version: kyvernoVersion,

  async problems(documents) {
    const [, second] = documents;
    if (second) return [{ policy: nameOf(second), message: 'a cluster has one PodSecurityConfiguration; give one.' }];
    return documents.flatMap((document) => {
      const { error } = Configuration.safeParse(document);
      return error ? [{ policy: nameOf(document), message: z.prettifyError(error).slice(0, 1_000) }] : [];
    });
  },

  async violations({ resources, context = [], policies }: Judgement, signal) {
    const standards = standardsOf(resources, context, policies);
    const keys = standards.map((standard) => standard && `${standard.level} ${standard.minor}`);
    const found: Violation[] = [];
    for (const key of new Set(keys.filter((name) => name !== undefined))) {
      const places = [...keys.keys()].filter((at) => keys[at] === key);
      const standard = standards[places[0] ?? -1] as Standard;
      const { level } = standard;
      const objects = places.map((at) => resources[at] as KubeObject);
      for (const { resource, message, controls, ...rest } of await reported(objects, [policyFor(standard)], signal)) {
        const place = places[resource] ?? -1;
        if (controls) found.push(...findings(standard, message, controls, place));
        else found.push({ ...rest, resource: place, message, engine: 'pss', policy: { kind: PSS_KIND, name: level } });
      }
    }
    return inOrder(found, ({ rule = '', message }) => `${rule}|${message}`);
  },
};
