import { isObject, type Json } from '../../src/manifest/json.ts';
import type { KubeObject } from '../../src/policy/violation.ts';

/** Anchors that make a pattern ask for something of some objects only, or for its absence. */
const CONDITIONAL = /"[<X=^]?\((?:[^)]*)\)":/;

/** The keys that a pattern asks of labels and annotations, wherever it has them. */
function keysIn(pattern: Json | undefined): string[] {
  if (!isObject(pattern)) return [];
  return Object.entries(pattern).flatMap(([key, below]) => {
    if (key !== 'metadata' || !isObject(below)) return keysIn(below);
    return [below.labels, below.annotations].flatMap((map) => (isObject(map) ? Object.keys(map) : []));
  });
}

/** Whether a pattern is nothing but labels and annotations. */
const isAllLabels = (pattern: Json | undefined): boolean =>
  isObject(pattern) &&
  Object.entries(pattern).every(([key, below]) =>
    key === 'metadata'
      ? isObject(below) && Object.keys(below).every((each) => each === 'labels' || each === 'annotations')
      : isAllLabels(below),
  );

/**
 * The labels and annotations that a rule of Kyverno's asks of every object that it matches, and leaves no way without one of them:
 * what such a key is called makes it no way around the rule. Rules with preconditions or conditional anchors ask it of those alone
 * that do something special, whose owner has to state it.
 */
export function demandedKeys(policies: readonly KubeObject[]): ReadonlySet<string> {
  const keys = known.get(policies) ?? gather(policies);
  known.set(policies, keys);
  return keys;
}

const known = new WeakMap<readonly KubeObject[], ReadonlySet<string>>();

function gather(policies: readonly KubeObject[]): ReadonlySet<string> {
  const rules = policies.flatMap(({ spec }): KubeObject[] => (Array.isArray(spec?.rules) ? spec.rules : []));
  return new Set(
    rules.flatMap((rule) => {
      const { pattern, anyPattern } = rule?.validate ?? {};
      const patterns: Json[] = pattern === undefined ? (Array.isArray(anyPattern) ? anyPattern : []) : [pattern];
      const special = rule?.preconditions !== undefined || CONDITIONAL.test(JSON.stringify(patterns));
      return special || (patterns.length > 1 && !patterns.every(isAllLabels)) ? [] : patterns.flatMap(keysIn);
    }),
  );
}
