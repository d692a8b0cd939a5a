import { type KubeObject, nameOf } from './violation.ts';

export const isNamespace = ({ apiVersion, kind }: KubeObject): boolean => apiVersion === 'v1' && kind === 'Namespace';

/** The one label that every namespace has. */
export const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/** Labels or annotations as texts, which the engines take alone: `true` without quotes, which an API server refuses, is none. */
const asTexts = (map: KubeObject): KubeObject =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, typeof value === 'object' ? value : `${value}`]));

const bare = (name: string, labels: KubeObject = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { ...asTexts(labels), [NAMESPACE_NAME]: name } },
});

/** An object as engines keep it that keep namespaces: of a Namespace all labels and annotations are texts. */
export function keepable(object: KubeObject): KubeObject {
  if (!isNamespace(object)) return object;
  const maps = ['labels', 'annotations'].flatMap((key) => {
    const map = object.metadata?.[key];
    return map !== null && typeof map === 'object' ? [[key, asTexts(map)]] : [];
  });
  return { ...object, metadata: { ...object.metadata, ...Object.fromEntries(maps) } };
}

/** The namespaces the objects live in and nobody gave: bare, with the one label every namespace has. */
export function missingNamespaces(resources: readonly KubeObject[], context: readonly KubeObject[]): KubeObject[] {
  const given = new Set([...context, ...resources].filter(isNamespace).map((object) => object.metadata?.name));
  const used = new Set(
    resources.map((object) => object.metadata?.namespace).filter((name): name is string => typeof name === 'string'),
  );
  return [...used].filter((name) => !given.has(name)).map((name) => bare(name));
}

/** Whether labels of namespaces decide what policies look at (an empty selector takes all), or their CEL reads them. */
export const looksAtNamespaces = (policies: readonly KubeObject[]): boolean =>
  /"namespaceSelector":\{"|\bnamespaceObject\b/.test(JSON.stringify(policies));

/** What is not known of namespaces that policies look at, for people: those of the objects which nobody gave. */
export function unknownNamespaces(
  policies: readonly KubeObject[],
  resources: readonly KubeObject[],
  context: readonly KubeObject[] = [],
): string[] {
  const looking = policies.filter((policy) => looksAtNamespaces([policy]));
  if (looking.length === 0) return [];
  const names = missingNamespaces(resources, context).map(({ metadata }) => metadata.name);
  const by = looking.map((policy) => `${policy.kind} "${nameOf(policy).name}"`).join(', ');
  return names.map(
    (name) => `the labels of namespace ${name} are not known, since it is not among the manifests: ${by}`,
  );
}

/** Every namespace the objects live in, `default` too, with the labels that were given for it. */
export function namespacesOf(resources: readonly KubeObject[], context: readonly KubeObject[]): KubeObject[] {
  const given = new Map(
    [...resources, ...context].filter(isNamespace).map(({ metadata }) => [String(metadata?.name), metadata?.labels]),
  );
  const used = resources.map(({ metadata }) => String(metadata?.namespace ?? 'default'));
  return [...new Set(used)].map((name) => bare(name, given.get(name) ?? {}));
}
