import type { Explanation } from './schema.ts';

/** Where an answer comes from, for whoever has several clusters: `cluster prod, namespace shop, at 03:12:05 UTC`. */
export function lookedAt({ live }: Pick<Explanation, 'live'>): string | undefined {
  if (live === undefined) return undefined;
  const { cluster, namespaces, time } = live;
  const where =
    namespaces.length === 0
      ? 'no namespace in particular'
      : `namespace${namespaces.length === 1 ? '' : 's'} ${namespaces.join(', ')}`;
  return `cluster ${cluster}, ${where}, at ${time.slice(11, 19)} UTC`;
}
