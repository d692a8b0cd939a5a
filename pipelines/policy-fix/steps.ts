import type { Violation } from '../../src/policy/violation.ts';
import type { Allowance } from './allowance.ts';
import { companions } from './coherence.ts';
import type { Ask } from './minimise.ts';
import { best, type Judged, judgeOptions, type Offer, type Option } from './offers.ts';
import type { Progress } from './search.ts';
import { keyOf, tally, total } from './tally.ts';

/** Objects that are looked into in one round, states of each that are gone on from, and edits that may lean on one another. */
const MOST_OBJECTS = 8;
const MOST_STATES = 3;
const MOST_STEPS = 4;
/** Edits that are tried one by one behind a state. */
const MOST_SINGLES = 20;

/** Whether an edit brought something about: a rule says less than before, or the same in other words. */
function moves(after: readonly Violation[], before: readonly Violation[]): boolean {
  const now = tally(after);
  if ([...tally(before)].some(([key, count]) => (now.get(key) ?? 0) < count)) return true;
  const said = new Set(before.map((violation) => `${keyOf(violation)}|${violation.message}`));
  return after.some((violation) => !said.has(`${keyOf(violation)}|${violation.message}`));
}

/**
 * Whether Kubernetes takes the edits only together with others (a limit below its request): then that a policy says the same as before,
 * in the same words, does not mean that they were wrong.
 */
const isHalf = ({ object }: Progress, judged: Judged): boolean => companions(object, judged.object).length > 0;

/** A judged option, and what was said before its last edits. */
interface State {
  readonly judged: Judged;
  readonly before: readonly Violation[];
}

/** The states of an object that are worth going on from: the least is left, by the fewest edits, and none that was seen. */
function statesOf(tried: readonly State[], progress: Progress, seen: Set<string>): Judged[] {
  return tried
    .filter(({ judged }) => judged.option.progress === progress)
    .filter(({ judged, before }) => moves(judged.violations, before) || isHalf(progress, judged))
    .map(({ judged }) => judged)
    .sort(
      (a, b) =>
        total(tally(a.violations)) - total(tally(b.violations)) ||
        a.option.proposals.length - b.option.proposals.length,
    )
    .filter(({ object }) => {
      const key = JSON.stringify(object);
      return !seen.has(key) && seen.add(key);
    })
    .slice(0, MOST_STATES);
}

/**
 * Edits that are accepted only together: what one alone changes in what the engines say is a step, and what the policies then
 * ask for is tried on top of it. `further` says what may be done to an object in such a state; only what is better than the
 * object without any of the edits counts. A bounded search, breadth first.
 */
export async function trySteps(
  round: string,
  stuck: readonly Progress[],
  tried: readonly Judged[],
  further: (state: Progress) => Offer | undefined,
  ask: Ask,
  allowance: Allowance,
): Promise<Judged[]> {
  const found: Judged[] = [];
  const seen = new Map(stuck.map((progress) => [progress, new Set([JSON.stringify(progress.object)])]));
  let last = tried.map((judged): State => ({ judged, before: judged.option.progress.violations }));
  for (let depth = 1; depth < MOST_STEPS; depth++) {
    const open = stuck.filter((progress) => best(found, progress) === undefined).slice(0, MOST_OBJECTS);
    const before = new Map<Option, readonly Violation[]>();
    for (const progress of open)
      for (const state of statesOf(last, progress, seen.get(progress) as Set<string>)) {
        const offer = further({ ...progress, object: state.object, violations: state.violations });
        if (!offer) continue;
        const lists = [offer.named, ...(offer.all.length > offer.named.length ? [offer.all] : [])];
        const singles = offer.named.length > 1 ? offer.named.slice(0, MOST_SINGLES).map((one) => [one]) : [];
        for (const more of allowance.take(progress, [...lists, ...singles]))
          before.set({ progress, proposals: [...state.option.proposals, ...more] }, state.violations);
      }
    if (before.size === 0) break;
    const judged = await judgeOptions(`steps-${round}-${depth}`, [...before.keys()], ask);
    found.push(...judged);
    last = judged.map((one) => ({ judged: one, before: before.get(one.option) ?? [] }));
  }
  return found;
}
