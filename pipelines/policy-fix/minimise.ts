import type { JsonObject } from '../../src/manifest/json.ts';
import type { Violation } from '../../src/policy/violation.ts';
import type { Proposal } from './fixers/fixer.ts';
import { applyProposals } from './propose.ts';
import { noWorse, type Tally, tally } from './tally.ts';

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
  proposals: readonly Proposal[];
  /** What the engines say of the object with these proposals; a smaller patch must not exceed it. */
  violations: readonly Violation[];
}

interface Trial {
  /** Position among the items. */
  readonly at: number;
  readonly proposals: readonly Proposal[];
}

/** Rounds in which something was droppable; each is two engine calls for all objects together. */
const MOST_ROUNDS = 8;

/**
 * Drops every proposal the engines do not insist on, costly ones first, for all objects at once. Each round asks which
 * single proposals can go, then how many of those can go together; what must stay of them is not asked about again.
 */
export async function minimise(name: string, items: readonly Reducible[], ask: Ask): Promise<void> {
  const open = new Map(items.map((item, at) => [at, new Set(item.proposals)]));
  const targets = items.map(({ violations }) => tally(violations));
  /** What the engines say of each trial they accept; undefined for the others. */
  const accepted = async (round: string, trials: readonly Trial[]): Promise<(readonly Violation[] | undefined)[]> => {
    const candidates = trials.map(({ at, proposals }) => {
      const item = items[at] as Reducible;
      return { resource: item.resource, object: applyProposals(item.object, proposals) };
    });
    const fitting = candidates.filter((candidate): candidate is Candidate => candidate.object !== undefined);
    const verdicts = await ask(`${name}-${round}`, fitting);
    let next = 0;
    return candidates.map((candidate, i) => {
      if (candidate.object === undefined) return undefined;
      const verdict = verdicts[next++] ?? [];
      return noWorse(tally(verdict), targets[(trials[i] as Trial).at] as Tally) ? verdict : undefined;
    });
  };
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    const singles = items.flatMap((item, at) =>
      item.proposals
        .filter((proposal) => open.get(at)?.has(proposal))
        .map((dropped) => ({ at, dropped, proposals: item.proposals.filter((proposal) => proposal !== dropped) })),
    );
    if (singles.length === 0) return;
    const verdicts = await accepted(`${round}a`, singles);
    const droppable = items.map((_, at) =>
      singles
        .filter((single, i) => single.at === at && verdicts[i])
        .map(({ dropped }) => dropped)
        .sort((a, b) => b.cost - a.cost),
    );
    const prefixes = items.flatMap((item, at) =>
      (droppable[at] ?? []).slice(1).map((_, i) => {
        const gone = new Set(droppable[at]?.slice(0, i + 2));
        return { at, count: i + 2, proposals: item.proposals.filter((proposal) => !gone.has(proposal)) };
      }),
    );
    const together = prefixes.length > 0 ? await accepted(`${round}b`, prefixes) : [];
    for (const [at, item] of items.entries()) {
      const list = droppable[at] ?? [];
      const first = singles.findIndex((single) => single.at === at && single.dropped === list[0]);
      let dropped = { count: 0, violations: item.violations };
      if (first !== -1) dropped = { count: 1, violations: verdicts[first] ?? item.violations };
      for (const [i, prefix] of prefixes.entries()) {
        const violations = together[i];
        if (prefix.at === at && violations && prefix.count > dropped.count)
          dropped = { count: prefix.count, violations };
      }
      const gone = new Set(list.slice(0, dropped.count));
      item.proposals = item.proposals.filter((proposal) => !gone.has(proposal));
      item.violations = dropped.violations;
      // The one that could not join the others is needed without them.
      open.set(at, new Set(list.slice(dropped.count + 1)));
    }
  }
}
