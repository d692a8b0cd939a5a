import type { KubeObject } from './violation.ts';

/** Changes an entry of a rule's `context`. */
export type EntryChange = (entry: KubeObject, rule: KubeObject) => KubeObject;

/** A list in a policy; an empty one for anything else. */
export const listOf = (value: unknown): KubeObject[] => (Array.isArray(value) ? value : []);

function inPart(part: KubeObject, rule: KubeObject, change: EntryChange): KubeObject {
  if (part === null || typeof part !== 'object') return part;
  const changed: KubeObject = { ...part };
  if (Array.isArray(part.context)) changed.context = part.context.map((entry) => change(entry ?? {}, rule));
  if (Array.isArray(part.foreach)) changed.foreach = listOf(part.foreach).map((each) => inPart(each, rule, change));
  for (const key of ['validate', 'mutate']) if (part[key]) changed[key] = inPart(part[key], rule, change);
  return changed;
}

/** A policy of Kyverno's rules with each entry of its rules' contexts, those of loops included, changed. */
export function withContext(policy: KubeObject, change: EntryChange): KubeObject {
  if (!Array.isArray(policy.spec?.rules)) return policy;
  const rules = listOf(policy.spec.rules).map((rule) => inPart(rule, rule, change));
  return { ...policy, spec: { ...policy.spec, rules } };
}
