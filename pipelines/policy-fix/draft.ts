import {
  type DraftPolicyFixInput,
  type DraftPolicyFixOutput,
  draftPolicyFix,
} from '../../signatures/draft-policy-fix.ts';
import { OpslineError } from '../../src/errors.ts';
import type { Json, JsonObject } from '../../src/manifest/json.ts';
import { applyOperations, Operation, parsePointer } from '../../src/manifest/patch.ts';
import type { Step } from '../../src/runs/pipeline.ts';
import type { OpenDecision } from './decide.ts';
import { append, type Edit, remove, set } from './edits.ts';
import { factsOf } from './facts.ts';
import type { Proposal } from './fixers/fixer.ts';
import { objections } from './guards.ts';
import { type Ask, minimise, type Reducible } from './minimise.ts';
import { applyProposals } from './propose.ts';
import type { Progress } from './search.ts';
import { isBetter, tally } from './tally.ts';
import type { Workspace } from './workspace.ts';

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
    manifest: cut(JSON.stringify(object)),
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

/** Places whose values only people know; a model's word there is a choice to offer, not an answer. */
const PEOPLES =
  /^(?:.*\/)?(?:labels|annotations)(?:\/|$)|\/image$|\/resources(?:\/|$)|(?:liveness|readiness|startup)Probe(?:\/|$)|\/hosts?(?:\/|$)|\/secretName$|\/replicas$|runAs(?:User|Group)$|fsGroup$/;

/** Whether everything an edit writes at such a place already stands in the policies or manifests. */
function isInvented(edit: Edit, known: string): boolean {
  if (edit.op === 'remove') return false;
  const walk = (value: Json, path: string): boolean => {
    if (Array.isArray(value)) return value.some((item) => walk(item, path));
    if (value !== null && typeof value === 'object')
      return Object.entries(value).some(([key, item]) => walk(item, `${path}/${key}`));
    return PEOPLES.test(path) && typeof value !== 'boolean' && !known.includes(JSON.stringify(value));
  };
  return walk(edit.value, `/${edit.path.join('/')}`);
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
  const known = JSON.stringify([policies, workspace.resources.map(({ object }) => object)]);
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
      const against = object
        ? objections(entry.progress.object, object, policies)
        : ['the operations do not fit the object'];
      if (!object || against.length > 0)
        again.push({ ...entry, lastTry: `${words}\nNot allowed: ${against.join('; ')}` });
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
      const edits = item.proposals.flatMap((proposal) => proposal.edits);
      const invented = edits.find((edit) => isInvented(edit, known));
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
