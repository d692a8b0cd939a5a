import { listOf, withContext } from './kyverno-context.ts';
import type { KubeObject } from './violation.ts';

/** Whether Kyverno would take a text of the data for an expression of its own. */
export const isExpression = (data: unknown): boolean => /\{\{|\$\(/.test(JSON.stringify(data ?? null));

/** A context entry that reads one of the ConfigMaps, as one that holds what it reads: `data` and `metadata`. */
function given(entry: KubeObject, configMaps: readonly KubeObject[]): KubeObject {
  const { configMap, ...rest } = entry;
  if (typeof configMap?.name !== 'string') return entry;
  const namespace = configMap.namespace ?? 'default';
  const found = configMaps.find(
    ({ metadata }) => metadata?.name === configMap.name && (metadata?.namespace ?? 'default') === namespace,
  );
  if (!found || isExpression(found.data)) return entry;
  const { name, labels = {}, annotations = {} } = found.metadata;
  const metadata = isExpression([labels, annotations]) ? {} : { labels, annotations };
  return { ...rest, variable: { value: { data: found.data ?? {}, metadata: { name, namespace, ...metadata } } } };
}

const isConfigMap = ({ kind, apiVersion }: KubeObject): boolean => kind === 'ConfigMap' && apiVersion === 'v1';

/** The names of ConfigMaps that contexts below a part of a policy read. */
function* namesIn(part: unknown): Generator<unknown> {
  if (Array.isArray(part)) for (const item of part) yield* namesIn(item);
  else if (part !== null && typeof part === 'object')
    for (const [key, item] of Object.entries(part)) {
      if (key === 'context') yield* listOf(item).map((entry) => entry?.configMap?.name);
      else yield* namesIn(item);
    }
}

/** The ConfigMaps among documents that rules of policies among them read. */
export function namedConfigMaps(documents: readonly KubeObject[]): KubeObject[] {
  const configMaps = documents.filter(isConfigMap);
  if (configMaps.length === 0) return [];
  const names = new Set(documents.flatMap(({ spec }) => [...namesIn(spec?.rules)]));
  return configMaps.filter(({ metadata }) => names.has(metadata?.name));
}

/**
 * A policy of Kyverno's rules with the ConfigMaps that its contexts name put in their place, so that it is judged without
 * a cluster. ConfigMaps that are not given, or whose name is computed, are left to Kyverno, which then cannot judge.
 */
export function withConfigMaps(policy: KubeObject, objects: readonly KubeObject[]): KubeObject {
  const configMaps = objects.filter(isConfigMap);
  return configMaps.length === 0 ? policy : withContext(policy, (entry) => given(entry, configMaps));
}
