import { writtenRule } from '../../src/policy/kyverno-rules.ts';
import type { Violation } from '../../src/policy/violation.ts';

/** How many violations each rule of each policy reports on one object. */
export type Tally = ReadonlyMap<string, number>;

/** What a violation counts under. Kyverno's generated pod-controller rules count as the rule they come from. */
export const keyOf = ({ engine, policy, rule }: Violation): string =>
  [engine, policy.kind, policy.name, writtenRule(rule ?? '')].join('|');

export function tally(violations: readonly Violation[]): Tally {
  const counts = new Map<string, number>();
  for (const violation of violations) counts.set(keyOf(violation), (counts.get(keyOf(violation)) ?? 0) + 1);
  return counts;
}

export const total = (counts: Tally): number => [...counts.values()].reduce((sum, count) => sum + count, 0);

/** The rules that report more than before. */
export function worsened(after: Tally, before: Tally): string[] {
  return [...after].filter(([key, count]) => count > (before.get(key) ?? 0)).map(([key]) => key);
}

/** Whether no rule reports more than before: nothing new fails. */
export const noWorse = (after: Tally, before: Tally): boolean => worsened(after, before).length === 0;

/** A cluster's denial; that it could not judge an object is none. */
const isClusters = (key: string): boolean => key.startsWith('cluster|') && !key.startsWith('cluster|Unjudged|');

/**
 * Without what came to light: an API server names the first denial alone, so where one of its is gone, another stood behind it.
 */
function withoutHidden(after: Tally, before: Tally): Tally {
  const lifted = [...before].some(([key, count]) => isClusters(key) && (after.get(key) ?? 0) < count);
  return lifted ? new Map([...after].filter(([key]) => !isClusters(key) || before.has(key))) : after;
}

/** Whether something that failed does not any more, and nothing new fails but what that may have hidden. */
export function isBetter(after: Tally, before: Tally): boolean {
  const seen = withoutHidden(after, before);
  return noWorse(seen, before) && total(seen) < total(before);
}
