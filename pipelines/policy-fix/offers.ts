import type { JsonObject } from '../../src/manifest/json.ts';
import type { KubeObject, Violation } from '../../src/policy/violation.ts';
import { contextOf } from './facts.ts';
import type { Proposal } from './fixers/fixer.ts';
import type { Ask, Candidate } from './minimise.ts';
import { applyProposals, isNamed, proposalsFor } from './propose.ts';
import type { Progress } from './search.ts';
import { isBetter, tally, total } from './tally.ts';
import type { Resource, Workspace } from './workspace.ts';

/** Proposals that are tried together on an object. */
export interface Option {
  readonly progress: Progress;
  readonly proposals: readonly Proposal[];
}

/** What may be done to an object: what its policies name, and everything. */
export interface Offer {
  readonly progress: Progress;
  readonly named: readonly Proposal[];
  readonly all: readonly Proposal[];
}

/** What came of trying an option. */
export interface Judged {
  readonly option: Option;
  readonly object: JsonObject;
  readonly violations: readonly Violation[];
}

/** Asks the engines about options; those that do not fit their objects are left out. */
export async function judgeOptions(name: string, options: readonly Option[], ask: Ask): Promise<Judged[]> {
  const fitting = options.flatMap((option) => {
    const object = applyProposals(option.progress.object, option.proposals);
    return object ? [{ option, object }] : [];
  });
  const candidates: Candidate[] = fitting.map(({ option, object }) => ({ resource: option.progress.resource, object }));
  const verdicts = await ask(name, candidates);
  return fitting.map((entry, i) => ({ ...entry, violations: verdicts[i] ?? [] }));
}

/** The best of judged options for one object: nothing new fails, fewest violations left, fewest proposals. */
export function best(judged: readonly Judged[], progress: Progress): Judged | undefined {
  const now = tally(progress.violations);
  return judged
    .filter(({ option, violations }) => option.progress === progress && isBetter(tally(violations), now))
    .sort(
      (a, b) =>
        total(tally(a.violations)) - total(tally(b.violations)) ||
        a.option.proposals.length - b.option.proposals.length,
    )[0];
}

/** What the fixers would do to objects in their present state; objects that they know nothing for are left out. */
export function offersFor(workspace: Workspace, active: readonly Progress[], policies: readonly KubeObject[]): Offer[] {
  return active.flatMap((progress): Offer[] => {
    const context = contextOf(workspace, workspace.resources[progress.resource] as Resource, progress);
    const all = proposalsFor(context, policies);
    const named = all.filter(
      (proposal) => ['kyverno-pattern', 'kyverno-mutate'].includes(proposal.by) || isNamed(proposal, context),
    );
    return all.length > 0 ? [{ progress, named: named.length > 0 ? named : all, all }] : [];
  });
}
