import { isObject, type Json, valueAt } from '../../../src/manifest/json.ts';
import { type Edit, type Path, remove, set } from '../edits.ts';
import { statedWishes } from '../statements.ts';
import { pathOfWish } from '../wish.ts';
import { type Container, containersOf, type FixContext, type Fixer, type Proposal, podSpecPath } from './fixer.ts';

/** A pod or one of its containers. */
interface Holder {
  readonly path: Path;
  readonly name: string;
  readonly json: Json;
}

const proposal = (summary: string, note: string, edits: readonly Edit[]): Proposal => ({
  by: 'pod-security',
  summary,
  note,
  edits,
  cost: 5,
});

/** SELinux identities, AppArmor and host processes that a security context asks for. */
function securityContext({ path, name, json }: Holder): Proposal[] {
  const context = valueAt(json, ['securityContext']);
  if (!isObject(context)) return [];
  const at = [...path, 'securityContext'];
  const found: Proposal[] = [];
  for (const key of ['user', 'role', 'type']) {
    const value = valueAt(context, ['seLinuxOptions', key]);
    if (value !== undefined)
      found.push(
        proposal(
          `${name}: no SELinux ${key} ${value} of its own`,
          "the runtime's is used: files with other labels are out of reach",
          [remove([...at, 'seLinuxOptions', key])],
        ),
      );
  }
  const profile = valueAt(context, ['appArmorProfile', 'type']);
  if (profile !== undefined && profile !== 'RuntimeDefault')
    found.push(
      proposal(`${name}: the runtime's AppArmor profile`, 'what the profile forbids will fail', [
        ...(valueAt(context, ['appArmorProfile', 'localhostProfile']) === undefined
          ? []
          : [remove([...at, 'appArmorProfile', 'localhostProfile'])]),
        set([...at, 'appArmorProfile', 'type'], 'RuntimeDefault'),
      ]),
    );
  if (valueAt(context, ['windowsOptions', 'hostProcess']) === true)
    found.push(
      proposal(`${name}: no process of the Windows host`, 'what it does on the host will fail', [
        set([...at, 'windowsOptions', 'hostProcess'], false),
      ]),
    );
  return found;
}

/**
 * Kernel settings, from the end, so that an earlier removal does not move what a later one means. Where a policy wants another value
 * of one, all stay: which value is asked.
 */
function sysctls({ path, json }: Holder, context: FixContext): Proposal[] {
  const at = [...path, 'securityContext', 'sysctls'];
  const list = valueAt(json, ['securityContext', 'sysctls']);
  if (!Array.isArray(list)) return [];
  const wanted = new Set(statedWishes(context).map(({ wish }) => pathOfWish(wish).join('.')));
  if (list.some((_, i) => wanted.has([...at, i, 'value'].join('.')))) return [];
  return [...list.entries()]
    .reverse()
    .map(([i, item]) =>
      proposal(
        `pod: no kernel setting ${valueAt(item, ['name'])}`,
        "the node's value holds: look at connection and memory limits",
        [remove([...at, i])],
      ),
    );
}

/** Before the name of a container: the annotation that chooses its AppArmor profile, as before Kubernetes 1.30. */
export const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';

/** Annotations that choose an AppArmor profile; new ones only for a policy that speaks of them. */
function annotations(object: Json, metadata: Path, names: readonly string[]): Proposal[] {
  const all = valueAt(object, [...metadata, 'annotations']);
  const old = Object.entries(isObject(all) ? all : {})
    .filter(([key, profile]) => key.startsWith(APPARMOR_ANNOTATION) && profile !== 'runtime/default')
    .map(([key]) => key);
  const missing = names
    .map((name) => `${APPARMOR_ANNOTATION}${name}`)
    .filter((key) => !isObject(all) || all[key] === undefined);
  return [...old, ...missing].map((key) =>
    proposal(`${key.split('/')[1]}: the runtime's AppArmor profile`, 'what the profile forbids will fail', [
      set([...metadata, 'annotations', key], 'runtime/default'),
    ]),
  );
}

/** The runtime's AppArmor profile where nothing is said and a policy wants it said. */
function unsaid({ path, name, json }: Holder): Proposal[] {
  if (valueAt(json, ['securityContext', 'appArmorProfile']) !== undefined) return [];
  return [
    proposal(`${name}: the runtime's AppArmor profile, said`, 'on nodes without AppArmor the pod will not start', [
      set([...path, 'securityContext', 'appArmorProfile', 'type'], 'RuntimeDefault'),
    ]),
  ];
}

const HANDLERS: readonly Path[] = [
  ...['livenessProbe', 'readinessProbe', 'startupProbe'].map((probe) => [probe]),
  ...['postStart', 'preStop'].map((hook) => ['lifecycle', hook]),
];

/** Probes and hooks that go to another host than the pod's own address. */
function hosts({ path, name, json }: Container): Proposal[] {
  return HANDLERS.flatMap((handler) =>
    ['httpGet', 'tcpSocket'].flatMap((way) => {
      const at = [...handler, way, 'host'];
      const host = valueAt(json, at);
      return host === undefined
        ? []
        : [
            proposal(
              `container ${name}: ${handler.at(-1)} asks the pod itself, not ${host}`,
              'the program must answer there',
              [remove([...path, ...at])],
            ),
          ];
    }),
  );
}

/** What the Pod Security Standards forbid beyond the common catalogue; taking it away leaves the runtime's defaults. */
export const podSecurity: Fixer = {
  name: 'pod-security',
  propose(context) {
    const { object, policies } = context;
    const pod = podSpecPath(object);
    if (!pod) return [];
    const whole = { path: pod, name: 'pod', json: valueAt(object, pod) as Json };
    const containers = containersOf(object);
    return [
      ...securityContext(whole),
      ...sysctls(whole, context),
      ...annotations(
        object,
        [...pod.slice(0, -1), 'metadata'],
        policies.some(({ words }) => words.includes(APPARMOR_ANNOTATION.slice(0, -1)))
          ? containers.map(({ name }) => name)
          : [],
      ),
      ...(policies.some(({ words }) => words.includes('apparmorprofile'))
        ? [whole, ...containers].flatMap(unsaid)
        : []),
      ...containers.flatMap((container) => [
        ...securityContext({ ...container, name: `container ${container.name}` }),
        ...hosts(container),
      ]),
    ];
  },
};
