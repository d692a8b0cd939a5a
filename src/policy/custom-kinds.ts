import type { KubeObject } from './violation.ts';

/** Groups of Kubernetes itself, whose kinds Kyverno knows without a cluster. */
const OWN_GROUPS = new Set([
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'apps',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
]);

/** Whether an object's kind is a custom one, of which Kubernetes itself has no schema. */
export function isCustomKind({ apiVersion }: { readonly apiVersion?: unknown }): boolean {
  const [group = '', version] = String(apiVersion).split('/');
  return version !== undefined && !OWN_GROUPS.has(group);
}

/** The plural of a kind: a name that `named` has, else as English has it (`gateways`, where Kubernetes guesses `gatewaies`). */
function pluralOf(kind: string, named: ReadonlySet<string>): string {
  const singular = kind.toLowerCase();
  const english = /(?:s|x|ch|sh)$/.test(singular)
    ? `${singular}es`
    : /[^aeiou]y$/.test(singular)
      ? `${singular.slice(0, -1)}ies`
      : `${singular}s`;
  // A kind that ends with s may be a plural itself.
  return [english, `${singular}s`, `${singular.slice(0, -1)}ies`, singular].find((name) => named.has(name)) ?? english;
}

const keyOf = (group: string, version: string, kind: string): string => `${group}/${version}|${kind}`;

function definition(
  group: string,
  version: string,
  kind: string,
  given: KubeObject | undefined,
  named: ReadonlySet<string>,
): KubeObject {
  const plural = String(given?.spec?.names?.plural ?? pluralOf(kind, named));
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: given?.spec?.scope === 'Cluster' ? 'Cluster' : 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  };
}

/**
 * Definitions of the objects' kinds that Kubernetes itself does not have, and of those named in `unknown` (`group/version|Kind`,
 * as the engine said it does not know them). Plural and scope come from a definition in `context`, else the plural is what the
 * policies call it (`named`: the resources that they match).
 */
export function customKinds(
  objects: readonly KubeObject[],
  context: readonly KubeObject[],
  unknown: ReadonlySet<string>,
  named: ReadonlySet<string>,
): KubeObject[] {
  const given = context.filter(({ kind }) => kind === 'CustomResourceDefinition');
  const kinds = new Map<string, KubeObject>();
  for (const { apiVersion, kind } of objects) {
    const [group = '', version] = String(apiVersion).split('/');
    if (version === undefined) continue;
    const key = keyOf(group, version, String(kind));
    if (kinds.has(key) || (OWN_GROUPS.has(group) && !unknown.has(key))) continue;
    const own = given.find(({ spec }) => spec?.group === group && spec?.names?.kind === kind);
    kinds.set(key, definition(group, version, String(kind), own, named));
  }
  return [...kinds.values()];
}

/** The plural that Kubernetes' client library guesses where it cannot ask a server. */
function guessed(kind: string): string {
  const singular = kind.toLowerCase();
  if (singular.endsWith('s')) return `${singular}es`;
  return singular.endsWith('y') ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}

/**
 * Definitions as {@link customKinds} makes them, of kinds alone whose plural Kyverno would guess wrongly: a policy that matches
 * `gateways` would not see what it takes for one of the `gatewaies`.
 */
export const kindsNotGuessed = (
  objects: readonly KubeObject[],
  context: readonly KubeObject[],
  named: ReadonlySet<string>,
): KubeObject[] =>
  named.size === 0
    ? []
    : customKinds(objects, context, new Set(), named).filter(
        ({ spec }) => spec?.names?.plural !== guessed(String(spec?.names?.kind)),
      );

/** The kind that Kyverno says it does not know, as {@link customKinds} takes it. */
export function unknownKind(message: string): string | undefined {
  const found = /failed to map gvk to gvr ([^\s,]+), Kind=(\w+)/.exec(message);
  return found ? `${found[1]}|${found[2]}` : undefined;
}
