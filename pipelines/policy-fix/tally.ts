import type { Violation } from '../../src/policy/violation.ts';

/** How many violations each rule of each policy reports on one object. */
export type Tally = ReadonlyMap<string, number>;

/** What a violation counts under. Kyverno's generated pod-controller rules count as the rule they come from. */
export const keyOf = ({ engine, policy, rule }: Violation): string =>
  [engine, policy.kind, policy.name, rule?.replace(/^autogen-(?:cronjob-)?/, '') ?? ''].join('|');

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

/** Whether nothing new fails and something that failed does not any more. */
export function isBetter(after: Tally, before: Tally): boolean {
  return noWorse(after, before) && total(after) < total(before);
}
