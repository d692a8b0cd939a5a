import { type JsonObject, valueAt } from '../../src/manifest/json.ts';
import { formatPointer } from '../../src/manifest/patch.ts';
import { judgedApart } from '../../src/policy/apart.ts';
import type { KubeObject, Violation } from '../../src/policy/violation.ts';
import { sourcesOf } from './cel/expressions.ts';
import type { Decided } from './decide.ts';
import { contextOf } from './facts.ts';
import { objectionsToAnswer } from './guards.ts';
import { type Lead, leadsFor } from './leads.ts';
import type { Ask } from './minimise.ts';
import { applyProposals } from './propose.ts';
import type { Progress } from './search.ts';
import { keyOf, noWorse, tally } from './tally.ts';
import type { Resource, Workspace } from './workspace.ts';

/** Objects of which leads are followed, and choices that one question gets of them. */
const MOST_OBJECTS = 4;
const MOST_CHOICES = 6;

/** Leads that are followed for an object: fewer where an engine has to be asked about each by itself. */
const mostLeads = (policies: readonly KubeObject[]): number => (judgedApart(policies).length > 0 ? 12 : 160);

const shapeOf = ({ path }: Lead): string => path.map((key) => (typeof key === 'number' ? '' : key)).join('.');

/** The first leads, and what tells of them whether any text would do as well. */
function firstOf(leads: readonly Lead[], most: number): Lead[] {
  const first = leads.filter(({ control }) => !control).slice(0, most);
  const shapes = new Set(first.map(shapeOf));
  return [...first, ...leads.filter((lead) => lead.control && shapes.has(shapeOf(lead)))];
}

/** Where an answer is as good as any other it is none; of several numbers the one that changes least. */
function meant(accepted: readonly Lead[], object: JsonObject): Lead[] {
  const indifferent = new Set(accepted.filter(({ control }) => control).map(shapeOf));
  const open = accepted.filter((lead) => lead.value === null || !indifferent.has(shapeOf(lead)));
  const far = ({ path, value }: Lead): number => Math.abs(Number(value) - Number(valueAt(object, path)));
  return open.filter(
    (lead) =>
      typeof lead.value !== 'number' ||
      open.every(
        (other) => typeof other.value !== 'number' || shapeOf(other) !== shapeOf(lead) || far(other) >= far(lead),
      ),
  );
}

/**
 * Where neither edit nor question was found for what is left, the engines are asked about many edits of what the policies read to what
 * they name. Those after which a rule is content, and no other is less so, are the choices of one question for that rule: none is
 * taken, since what is accepted may only evade what is meant. Adds to `decided`.
 */
export async function probe(
  workspace: Workspace,
  denied: readonly Progress[],
  decided: Map<Progress, Decided>,
  ask: Ask,
): Promise<void> {
  const policies = workspace.policies.map(({ json }) => json);
  // Kyverno's other policies say in patterns and conditions what they want.
  const inCel = new Set(
    policies.filter((policy) => sourcesOf(policy).length > 0).map(({ kind, metadata }) => `${kind}|${metadata?.name}`),
  );
  const isCode = ({ engine, policy }: Violation): boolean =>
    engine === 'gatekeeper' || engine === 'vap' || inCel.has(`${policy.kind}|${policy.name}`);
  const stuck = denied
    .flatMap((progress) => {
      const covered = decided.get(progress)?.covered;
      const left = progress.violations.filter((violation) => !covered?.has(keyOf(violation)));
      const open = left.filter((violation) => !violation.failed && isCode(violation));
      return open.length > 0 ? [{ progress, open }] : [];
    })
    .slice(0, MOST_OBJECTS);
  const trials = stuck.flatMap(({ progress, open }) => {
    const context = contextOf(workspace, workspace.resources[progress.resource] as Resource, {
      object: progress.object,
      violations: open,
    });
    return firstOf(leadsFor(context), mostLeads(policies)).flatMap((lead) => {
      const object = applyProposals(progress.object, [{ by: 'lead', summary: '', cost: 0, edits: lead.edits }]);
      return object && objectionsToAnswer(progress.object, object, policies).length === 0
        ? [{ progress, lead, object }]
        : [];
    });
  });
  if (trials.length === 0) return;
  const verdicts = await ask(
    'leads',
    trials.map(({ progress, object }) => ({ resource: progress.resource, object })),
  );
  for (const { progress, open } of stuck) {
    const before = tally(progress.violations);
    for (const key of new Set(open.map(keyOf))) {
      const accepted = trials.flatMap(({ progress: own, lead }, at): Lead[] => {
        const after = tally(verdicts[at] ?? []);
        return own === progress && !after.has(key) && noWorse(after, before) ? [lead] : [];
      });
      const choices = [
        ...new Map(meant(accepted, progress.object).map((lead) => [JSON.stringify(lead.edits), lead])).values(),
      ];
      const [first] = choices;
      if (!first) continue;
      const known = decided.get(progress);
      const question = `Which of these does ${progress.violations.find((each) => keyOf(each) === key)?.policy.name} mean? Its engine accepts each; what it reads is not understood.`;
      decided.set(progress, {
        decisions: [
          ...(known?.decisions ?? []),
          { question, path: formatPointer(first.path), choices: choices.slice(0, MOST_CHOICES) },
        ],
        covered: new Set([...(known?.covered ?? []), key]),
      });
    }
  }
}
