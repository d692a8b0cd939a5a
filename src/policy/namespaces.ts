import type { KubeObject } from './violation.ts';

export const isNamespace = ({ apiVersion, kind }: KubeObject): boolean => apiVersion === 'v1' && kind === 'Namespace';

/** The one label that every namespace has. */
export const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

const bare = (name: string, labels: KubeObject = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { ...labels, [NAMESPACE_NAME]: name } },
});

/** The namespaces the objects live in and nobody gave: bare, with the one label every namespace has. */
export function missingNamespaces(resources: readonly KubeObject[], context: readonly KubeObject[]): KubeObject[] {
  const given = new Set([...context, ...resources].filter(isNamespace).map((object) => object.metadata?.name));
  const used = new Set(
    resources.map((object) => object.metadata?.namespace).filter((name): name is string => typeof name === 'string'),
  );
  return [...used].filter((name) => !given.has(name)).map((name) => bare(name));
}

/** Every namespace the objects live in, `default` too, with the labels that were given for it. */
export function namespacesOf(resources: readonly KubeObject[], context: readonly KubeObject[]): KubeObject[] {
  const given = new Map(
    [...resources, ...context].filter(isNamespace).map(({ metadata }) => [String(metadata?.name), metadata?.labels]),
  );
  const used = resources.map(({ metadata }) => String(metadata?.namespace ?? 'default'));
  return [...new Set(used)].map((name) => bare(name, given.get(name) ?? {}));
}
