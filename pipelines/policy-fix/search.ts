import type { JsonObject } from '../../src/manifest/json.ts';
import type { Violation } from '../../src/policy/violation.ts';
import { contextOf } from './facts.ts';
import type { Proposal } from './fixers/fixer.ts';
import { type Ask, type Candidate, minimise, type Reducible } from './minimise.ts';
import { applyProposals, isNamed, proposalsFor } from './propose.ts';
import { isBetter, noWorse, type Tally, tally, total } from './tally.ts';
import type { Resource, Workspace } from './workspace.ts';

/** Where the search stands with one denied object. */
export interface Progress {
  /** Position among the workspace's resources. */
  readonly resource: number;
  /** As given. */
  readonly original: JsonObject;
  /** With all accepted edits. */
  object: JsonObject;
  accepted: readonly Proposal[];
  violations: readonly Violation[];
  /** What the engines said of the object as given: nothing may get worse than this. */
  readonly before: Tally;
}

/** An edit can bring a rule to light that was silent before it; more rounds than these are not played. */
const MOST_ROUNDS = 3;

interface Option {
  readonly progress: Progress;
  readonly proposals: readonly Proposal[];
}

/** What may be done to an object: what its policies name, and everything. */
interface Offer {
  readonly progress: Progress;
  readonly named: readonly Proposal[];
  readonly all: readonly Proposal[];
}

async function judgeOptions(
  name: string,
  options: readonly Option[],
  ask: Ask,
): Promise<{ option: Option; object: JsonObject; violations: Violation[] }[]> {
  const fitting = options.flatMap((option) => {
    const object = applyProposals(option.progress.object, option.proposals);
    return object ? [{ option, object }] : [];
  });
  const candidates: Candidate[] = fitting.map(({ option, object }) => ({ resource: option.progress.resource, object }));
  const verdicts = await ask(name, candidates);
  return fitting.map((entry, i) => ({ ...entry, violations: verdicts[i] ?? [] }));
}

/** The best of judged options for one object: nothing new fails, fewest violations left, fewest proposals. */
function best(judged: Awaited<ReturnType<typeof judgeOptions>>, progress: Progress) {
  const now = tally(progress.violations);
  return judged
    .filter(({ option, violations }) => option.progress === progress && isBetter(tally(violations), now))
    .sort(
      (a, b) =>
        total(tally(a.violations)) - total(tally(b.violations)) ||
        a.option.proposals.length - b.option.proposals.length,
    )[0];
}

/**
 * Looks for edits from the policies' own words and the catalogue: tries what a policy names, then everything; leaves out
 * what makes something new fail; shrinks what is left to what the engines insist on. Works on all objects at once.
 */
export async function searchByRules(workspace: Workspace, denied: readonly Progress[], ask: Ask): Promise<void> {
  const policies = workspace.policies.map(({ json }) => json);
  let active = [...denied];
  for (let round = 1; round <= MOST_ROUNDS && active.length > 0; round++) {
    const offers = active.flatMap((progress): Offer[] => {
      const context = contextOf(
        workspace,
        workspace.resources[progress.resource] as Resource,
        progress.object,
        progress.violations,
      );
      const all = proposalsFor(context, policies);
      const named = all.filter((proposal) => proposal.by === 'kyverno-pattern' || isNamed(proposal, context));
      return all.length > 0 ? [{ progress, named: named.length > 0 ? named : all, all }] : [];
    });
    if (offers.length === 0) return;
    const judged = await judgeOptions(
      `try-${round}`,
      offers.map(({ progress, named }) => ({ progress, proposals: named })),
      ask,
    );
    const clean = new Set(
      judged.filter(({ violations }) => violations.length === 0).map(({ option }) => option.progress),
    );
    const wider = offers.filter(({ progress, named, all }) => named.length < all.length && !clean.has(progress));
    if (wider.length > 0)
      judged.push(
        ...(await judgeOptions(
          `widen-${round}`,
          wider.map(({ progress, all }) => ({ progress, proposals: all })),
          ask,
        )),
      );
    const stuck = offers.filter(({ progress }) => {
      const found = best(judged, progress);
      const bad = judged.some(
        ({ option, violations }) =>
          option.progress === progress && !noWorse(tally(violations), tally(progress.violations)),
      );
      return found === undefined || (bad && total(tally(found.violations)) > 0);
    });
    if (stuck.length > 0) judged.push(...(await tryApart(round, stuck, ask)));
    const improved: { progress: Progress; item: Reducible }[] = [];
    for (const progress of active) {
      const found = best(judged, progress);
      if (!found) continue;
      const item: Reducible = {
        resource: progress.resource,
        object: progress.object,
        denied: progress.violations,
        proposals: found.option.proposals,
        violations: found.violations,
      };
      improved.push({ progress, item });
    }
    await minimise(
      `shrink-${round}`,
      improved.map(({ item }) => item),
      ask,
    );
    active = improved.flatMap(({ progress, item }) => {
      progress.object = applyProposals(item.object, item.proposals) ?? item.object;
      progress.accepted = [...progress.accepted, ...item.proposals];
      progress.violations = item.violations;
      return progress.violations.length > 0 ? [progress] : [];
    });
  }
}

/** Each proposal alone; then together all those that alone make nothing new fail. */
async function tryApart(round: number, stuck: readonly Offer[], ask: Ask) {
  const singles = stuck.flatMap(({ progress, all }) => all.map((proposal) => ({ progress, proposals: [proposal] })));
  const apart = await judgeOptions(`apart-${round}`, singles, ask);
  const joint = stuck.flatMap(({ progress }): Option[] => {
    const harmless = apart.filter(
      ({ option, violations }) =>
        option.progress === progress && noWorse(tally(violations), tally(progress.violations)),
    );
    const proposals = harmless.flatMap(({ option }) => option.proposals);
    return proposals.length > 1 ? [{ progress, proposals }] : [];
  });
  return [...apart, ...(joint.length > 0 ? await judgeOptions(`joint-${round}`, joint, ask) : [])];
}
