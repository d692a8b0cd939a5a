import type { JsonObject } from '../../src/manifest/json.ts';
import type { Violation } from '../../src/policy/violation.ts';
import { candidatesFor, choosePilots, follow, foresight } from './analogy.ts';
import type { Proposal } from './fixers/fixer.ts';
import { applyProposals } from './propose.ts';
import { noWorse, type Tally, tally, worsened } from './tally.ts';

export interface Candidate {
  /** Position of the object among the workspace's resources. */
  readonly resource: number;
  readonly object: JsonObject;
}

/** Asks the engines about many candidates in one call; answers in their order. */
export type Ask = (name: string, candidates: readonly Candidate[]) => Promise<Violation[][]>;

export interface Reducible {
  readonly resource: number;
  readonly object: JsonObject;
  /** What the engines say of the object without any of the proposals. */
  readonly denied: readonly Violation[];
  proposals: readonly Proposal[];
  /** What the engines say of the object with these proposals; a smaller patch must not exceed it. */
  violations: readonly Violation[];
}

interface Trial {
  /** Position among the items. */
  readonly at: number;
  readonly proposals: readonly Proposal[];
}

/** What the engines insist on for one item: each proposal that stays, with the rules that fail without it. */
export type Insisted = ReadonlyMap<Proposal, readonly string[]>;

/** Rounds in which something was droppable; each is two engine calls for all objects together. */
const MOST_ROUNDS = 8;

/** Candidates that will be asked about if nothing more turns out than what the engines insist on so far. */
export type Ahead = (insisted: readonly Insisted[]) => readonly Candidate[];

/**
 * What the engines say of each trial they accept, and which rules each other one makes fail. `ahead` is asked about in the same
 * call, which costs more than what it is asked about.
 */
async function judgeTrials(
  name: string,
  items: readonly Reducible[],
  trials: readonly Trial[],
  ask: Ask,
  ahead: readonly Candidate[] = [],
) {
  const targets = items.map(({ violations }) => tally(violations));
  const candidates = trials.map(({ at, proposals }) => {
    const item = items[at] as Reducible;
    return { resource: item.resource, object: applyProposals(item.object, proposals) };
  });
  const fitting = candidates.filter((candidate): candidate is Candidate => candidate.object !== undefined);
  const verdicts = await ask(name, [...fitting, ...ahead]);
  let next = 0;
  return candidates.map((candidate, i): { accepted?: readonly Violation[]; failing: readonly string[] } => {
    if (candidate.object === undefined) return { failing: [] };
    const verdict = verdicts[next++] ?? [];
    const target = targets[(trials[i] as Trial).at] as Tally;
    return noWorse(tally(verdict), target)
      ? { accepted: verdict, failing: [] }
      : { failing: worsened(tally(verdict), target) };
  });
}

/**
 * Drops every proposal the engines do not insist on, costly ones first, for all items at once. Each round asks which
 * single proposals can go, then how many of those can go together; what must stay of them is not asked about again. Mostly all of
 * those can go, and `ahead` says what will be asked about then.
 */
export async function shrink(
  name: string,
  items: readonly Reducible[],
  ask: Ask,
  ahead: Ahead = () => [],
): Promise<Insisted[]> {
  const open = new Map(items.map((item, at) => [at, new Set(item.proposals)]));
  const insisted = items.map(() => new Map<Proposal, readonly string[]>());
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    const singles = items.flatMap((item, at) =>
      item.proposals
        .filter((proposal) => open.get(at)?.has(proposal))
        .map((dropped) => ({ at, dropped, proposals: item.proposals.filter((proposal) => proposal !== dropped) })),
    );
    if (singles.length === 0) break;
    const verdicts = await judgeTrials(`${name}-${round}a`, items, singles, ask);
    for (const [i, { at, dropped }] of singles.entries()) {
      const verdict = verdicts[i];
      if (verdict && !verdict.accepted) insisted[at]?.set(dropped, verdict.failing);
    }
    const droppable = items.map((_, at) =>
      singles
        .filter((single, i) => single.at === at && verdicts[i]?.accepted)
        .map(({ dropped }) => dropped)
        .sort((a, b) => b.cost - a.cost),
    );
    const prefixes = items.flatMap((item, at) =>
      (droppable[at] ?? []).slice(1).map((_, i) => {
        const gone = new Set(droppable[at]?.slice(0, i + 2));
        return { at, count: i + 2, proposals: item.proposals.filter((proposal) => !gone.has(proposal)) };
      }),
    );
    const next = round === 1 && prefixes.length > 0 ? ahead(insisted) : [];
    const together = prefixes.length > 0 ? await judgeTrials(`${name}-${round}b`, items, prefixes, ask, next) : [];
    for (const [at, item] of items.entries()) {
      const list = droppable[at] ?? [];
      const first = singles.findIndex((single) => single.at === at && single.dropped === list[0]);
      let dropped = { count: 0, violations: item.violations };
      if (first !== -1) dropped = { count: 1, violations: verdicts[first]?.accepted ?? item.violations };
      for (const [i, prefix] of prefixes.entries()) {
        const violations = together[i]?.accepted;
        if (prefix.at === at && violations && prefix.count > dropped.count)
          dropped = { count: prefix.count, violations };
      }
      const gone = new Set(list.slice(0, dropped.count));
      item.proposals = item.proposals.filter((proposal) => !gone.has(proposal));
      item.violations = dropped.violations;
      // The one that could not join the others is needed without them.
      const needed = list[dropped.count];
      const failed = prefixes.findIndex((prefix) => prefix.at === at && prefix.count === dropped.count + 1);
      if (needed) insisted[at]?.set(needed, together[failed]?.failing ?? []);
      open.set(at, new Set(list.slice(dropped.count + 1)));
    }
  }
  return insisted;
}

/**
 * Drops every proposal the engines do not insist on. Among many objects with the same edits against the same rules a few
 * are shrunk one edit at a time; what turned out there is tried on the others, and where it does not hold, the object is
 * shrunk by itself. Whatever stays in `item.proposals` was judged by all policies.
 */
export async function minimise(name: string, items: readonly Reducible[], ask: Ask): Promise<void> {
  const { pilots, followers } = choosePilots(items);
  const offered = pilots.map(({ proposals }) => proposals);
  const insisted = await shrink(name, pilots, ask, (now) => candidatesFor(followers, foresight(pilots, offered, now)));
  if (followers.length === 0) return;
  const followed = await follow(`${name}-alike`, followers, foresight(pilots, offered, insisted), ask);
  const rest = followers.filter((item, at) => {
    const { proposals, violations } = followed[at] ?? {};
    if (!proposals || !violations || !noWorse(tally(violations), tally(item.violations))) return true;
    item.proposals = proposals;
    item.violations = violations;
    return false;
  });
  await shrink(`${name}-apart`, rest, ask);
}
