import {
  type DraftPolicyFixInput,
  type DraftPolicyFixOutput,
  draftPolicyFix,
} from '../../signatures/draft-policy-fix.ts';
import { OpslineError } from '../../src/errors.ts';
import type { Json, JsonObject } from '../../src/manifest/json.ts';
import { applyOperations, Operation, parsePointer } from '../../src/manifest/patch.ts';
import { redact } from '../../src/model/redaction.ts';
import type { Step } from '../../src/runs/pipeline.ts';
import { isChosen } from './chosen.ts';
import type { OpenDecision } from './decide.ts';
import { append, applyEdits, type Edit, remove, set } from './edits.ts';
import { contextOf, factsOf } from './facts.ts';
import type { Proposal } from './fixers/fixer.ts';
import { type KnownValues, knownValues, written } from './known-values.ts';
import { letsOff } from './letting-off.ts';
import { type Ask, minimise, type Reducible } from './minimise.ts';
import { modelObjections } from './model-guards.ts';
import { applyProposals } from './propose.ts';
import type { Progress } from './search.ts';
import { isBetter, tally } from './tally.ts';
import type { Resource, Workspace } from './workspace.ts';

/** Objects that the model is asked about in one run, and times it is asked about each. */
const MOST_OBJECTS = 5;
const MOST_ROUNDS = 2;
/** What of a policy and an object goes into the question. */
const CHARACTERS = 6_000;

const cut = (text: string): string => (text.length > CHARACTERS ? `${text.slice(0, CHARACTERS)}…` : text);

function question(
  workspace: Workspace,
  { object }: Progress,
  violations: Progress['violations'],
  lastTry?: string,
): DraftPolicyFixInput {
  const facts = factsOf(workspace.policies, violations);
  return {
    // The object, not its text: keys, names of variables and kinds tell what is secret.
    manifest: cut(JSON.stringify(redact(object).value)),
    violations: violations.slice(0, 8).map(({ policy, message }) => `${policy.name}: ${message}`),
    policy: cut(facts.flatMap(({ documents }) => documents.map(({ spec }) => JSON.stringify(spec))).join('\n') || '{}'),
    ...(lastTry ? { lastTry } : {}),
  };
}

type PatchOperations = readonly DraftPolicyFixOutput['firstOperation'][];

/** The model's operations as edits of the object, or why they are none. */
function editsOf(object: JsonObject, operations: PatchOperations): Edit[] | string {
  let current: Json = object;
  const edits: Edit[] = [];
  try {
    for (const { op, path, valueJson } of operations) {
      const operation = Operation.parse(op === 'remove' ? { op, path } : { op, path, value: JSON.parse(valueJson) });
      current = applyOperations(current, [operation]);
      const keys = parsePointer(path).map((key) => (/^(0|[1-9][0-9]*)$/.test(key) ? Number(key) : key));
      if (operation.op === 'remove') edits.push(remove(keys));
      else if ('value' in operation)
        edits.push(keys.at(-1) === '-' ? append(keys.slice(0, -1), operation.value) : set(keys, operation.value));
    }
  } catch (error) {
    return error instanceof OpslineError ? error.message : 'an operation is no valid JSON';
  }
  return edits.length > 0 ? edits : 'there are no operations';
}

/** The first edit that writes a value which neither the policies nor other manifests give. */
function inventedBy(item: Reducible, known: KnownValues): Edit | undefined {
  let object = item.object;
  return item.proposals
    .flatMap(({ edits }) => edits)
    .find((edit) => {
      object = applyEdits(object, [edit]);
      return [...written(item.object, object)].some(({ path, value }) => !known.has(path, value));
    });
}

interface Draft {
  readonly progress: Progress;
  readonly proposals: readonly Proposal[];
  readonly object: JsonObject;
}

/**
 * Asks the model about what rules left. Its operations count only when the guards have no objection and the engines
 * accept them; what they refuse is told to it once more. Values that it made up become choices of a question.
 */
export async function searchByModel(
  workspace: Workspace,
  open: readonly { progress: Progress; covered: ReadonlySet<string> }[],
  step: Step,
  ask: Ask,
  keyOf: (violation: Progress['violations'][number]) => string,
): Promise<Map<Progress, OpenDecision[]>> {
  const decisions = new Map<Progress, OpenDecision[]>();
  const policies = workspace.policies.map(({ json }) => json);
  const against = (progress: Progress, proposals: readonly Proposal[]): string[] => {
    const { object, violations } = progress;
    const after = applyProposals(object, proposals);
    if (!after) return ['the operations do not fit the object'];
    const edits = proposals.flatMap((proposal) => proposal.edits);
    const context = contextOf(workspace, workspace.resources[progress.resource] as Resource, progress);
    const off = letsOff(context, edits) ? ['it sets a key by which the policy only lets objects off'] : [];
    return [...off, ...modelObjections(object, after, edits, policies, violations)];
  };
  let asked = open.slice(0, MOST_OBJECTS).map((entry) => ({ ...entry, lastTry: undefined as string | undefined }));
  for (let round = 1; round <= MOST_ROUNDS && asked.length > 0; round++) {
    const drafts: Draft[] = [];
    const again: typeof asked = [];
    for (const entry of asked) {
      const left = entry.progress.violations.filter((violation) => !entry.covered.has(keyOf(violation)));
      const answer = await step.predict(draftPolicyFix, question(workspace, entry.progress, left, entry.lastTry));
      if (answer === null) continue;
      const operations = [answer.firstOperation, ...answer.moreOperations];
      const edits = editsOf(entry.progress.object, operations);
      const words = cut(JSON.stringify(operations));
      if (typeof edits === 'string') {
        again.push({ ...entry, lastTry: `${words}\n${edits}` });
        continue;
      }
      const proposals = edits.map((edit) => ({
        by: 'model',
        summary: `${edit.op === 'remove' ? 'remove' : 'set'} ${edit.path.join('.')}, drafted by the model`,
        edits: [edit],
        cost: 5,
      }));
      const object = applyProposals(entry.progress.object, proposals);
      const refused = against(entry.progress, proposals);
      if (!object || refused.length > 0)
        again.push({ ...entry, lastTry: `${words}\nNot allowed: ${refused.join('; ')}` });
      else drafts.push({ progress: entry.progress, proposals, object });
    }
    const verdicts = await ask(
      `draft-${round}`,
      drafts.map(({ progress, object }) => ({ resource: progress.resource, object })),
    );
    const good: { draft: Draft; item: Reducible }[] = [];
    for (const [i, draft] of drafts.entries()) {
      const violations = verdicts[i] ?? [];
      if (isBetter(tally(violations), tally(draft.progress.violations))) {
        good.push({
          draft,
          item: {
            resource: draft.progress.resource,
            object: draft.progress.object,
            denied: draft.progress.violations,
            proposals: draft.proposals,
            violations,
          },
        });
        continue;
      }
      const entry = asked.find(({ progress }) => progress === draft.progress);
      const said = (verdicts[i] ?? [])
        .map(({ message }) => message)
        .slice(0, 5)
        .join('; ');
      if (entry)
        again.push({
          ...entry,
          lastTry: `${cut(JSON.stringify(draft.proposals.flatMap(({ edits }) => edits)))}\nThe engine still says: ${said}`,
        });
    }
    await minimise(
      `drafted-${round}`,
      good.map(({ item }) => item),
      ask,
    );
    for (const { draft, item } of good) {
      const { progress } = draft;
      const edits = item.proposals.flatMap((proposal) => proposal.edits);
      // An edit that was harmless among the others need not be so without them.
      const refused = against(progress, item.proposals);
      if (refused.length > 0) {
        const entry = asked.find((other) => other.progress === progress);
        if (entry)
          again.push({ ...entry, lastTry: `${cut(JSON.stringify(edits))}\nNot allowed: ${refused.join('; ')}` });
        continue;
      }
      const known = knownValues(
        factsOf(workspace.policies, progress.violations).flatMap(({ documents }) => documents),
        progress.violations.map(({ message }) => message),
        workspace.resources.filter((_, at) => at !== progress.resource).map(({ object }) => object),
      );
      // What somebody chose only they change, whatever a policy states.
      const context = contextOf(workspace, workspace.resources[progress.resource] as Resource, progress);
      const chosen = item.proposals.find((proposal) => isChosen(context, proposal))?.edits[0];
      const invented = inventedBy(item, known) ?? chosen;
      if (invented) {
        const value = invented.op === 'remove' ? null : invented.value;
        const choice = { value, source: 'a guess of the model, which the policy accepts', edits };
        decisions.set(draft.progress, [
          ...(decisions.get(draft.progress) ?? []),
          {
            question: `Which value fits ${invented.path.join('.')}?`,
            path: `/${invented.path.join('/')}`,
            choices: [choice],
          },
        ]);
        continue;
      }
      draft.progress.object = applyProposals(item.object, item.proposals) ?? item.object;
      draft.progress.accepted = [...draft.progress.accepted, ...item.proposals];
      draft.progress.violations = item.violations;
    }
    asked = again;
  }
  return decisions;
}
