import { equalJson, type JsonObject, valueAt } from '../../src/manifest/json.ts';
import { formatPointer } from '../../src/manifest/patch.ts';
import type { KubeObject } from '../../src/policy/violation.ts';
import { isChosen } from './chosen.ts';
import { afterFitting, type Edit } from './edits.ts';
import { fitEdits } from './fit.ts';
import type { FixContext, Proposal } from './fixers/fixer.ts';
import { FIXERS } from './fixers/index.ts';
import { objections } from './guards.ts';
import { letsOff } from './letting-off.ts';

/** More proposals than this are not tried on one object: an engine call holds only so many candidates. */
const MOST_PROPOSALS = 120;

/** The object after proposals, or undefined when they do not fit it. */
export function applyProposals(object: JsonObject, proposals: readonly Proposal[]): JsonObject | undefined {
  return afterFitting(
    object,
    proposals.flatMap(({ edits }) => edits),
  );
}

/**
 * The place of an edit. A right that has to go as a policy states it (`!has(spec.hostNetwork)`) stands beside what a fixer would write there:
 * the engine says whether `false` will do.
 */
const target = (object: JsonObject, edit: Edit, by: string): string => {
  const how = edit.op === 'append' ? `append ${JSON.stringify(edit.value)} ` : '';
  const goes = edit.op === 'remove' && by === 'stated' && valueAt(object, edit.path) === true;
  return `${goes ? 'remove ' : how}${formatPointer(edit.path)}`;
};

/** An empty text in place of a field: it takes away what stands there, and looks as if something did. */
const isBlank = (edit: Edit): boolean => edit.op === 'set' && edit.value === '' && typeof edit.path.at(-1) === 'string';

/**
 * Everything the fixers would do to an object, without two proposals for one place, without what the guards forbid and without what
 * would only let the object off: what is nobody's to decide, and what goes against a value that somebody chose.
 */
export function allProposals(
  context: FixContext,
  policies: readonly KubeObject[],
): { free: Proposal[]; chosen: Proposal[] } {
  const taken = new Set<string>();
  const all = FIXERS.flatMap((fixer) => fixer.propose(context))
    .flatMap((proposal): Proposal[] => {
      const edits = fitEdits(context.object, proposal.edits);
      return edits ? [{ ...proposal, edits }] : [];
    })
    .filter((proposal) => {
      if (proposal.edits.some((edit) => taken.has(target(context.object, edit, proposal.by)) || isBlank(edit)))
        return false;
      // What the cluster itself would set lets nobody off.
      if (proposal.by !== 'kyverno-mutate' && letsOff(context, proposal.edits)) return false;
      const after = applyProposals(context.object, [proposal]);
      if (!after || equalJson(after, context.object) || objections(context.object, after, policies).length > 0)
        return false;
      for (const edit of proposal.edits) taken.add(target(context.object, edit, proposal.by));
      return true;
    })
    .slice(0, MOST_PROPOSALS);
  const chosen = all.filter((proposal) => isChosen(context, proposal));
  return { free: all.filter((proposal) => !chosen.includes(proposal)), chosen };
}

/** Those that are nobody's to decide. */
export const proposalsFor = (context: FixContext, policies: readonly KubeObject[]): Proposal[] =>
  allProposals(context, policies).free;

/** Whether a violated policy or its message names what the proposal edits. */
export function isNamed(proposal: Proposal, context: FixContext): boolean {
  return proposal.edits.some((edit) => {
    const key = edit.path.findLast((part) => typeof part === 'string');
    return key !== undefined && context.policies.some(({ words }) => words.includes(String(key).toLowerCase()));
  });
}
