import type { JsonObject } from '../../src/manifest/json.ts';
import { formatPointer } from '../../src/manifest/patch.ts';
import type { KubeObject } from '../../src/policy/violation.ts';
import { isOutOfScope } from './cel/expressions.ts';
import { questionsOf } from './chosen.ts';
import type { Edit } from './edits.ts';
import { contextOf } from './facts.ts';
import { fitEdits } from './fit.ts';
import type { FixContext, Proposal, Question } from './fixers/fixer.ts';
import { FIXERS } from './fixers/index.ts';
import { objectionsToAnswer } from './guards.ts';
import { isOutOfSight } from './kyverno/sight.ts';
import { letsOff } from './letting-off.ts';
import { allProposals, applyProposals } from './propose.ts';
import type { Progress } from './search.ts';
import type { Resource, Workspace } from './workspace.ts';

const MOST_QUESTIONS = 40;

/** The question with values that its fields can hold; undefined where they cannot even hold the stand-in. */
function fitQuestion(object: JsonObject, question: Question): Question | undefined {
  const trial = fitEdits(object, question.trial);
  return (
    trial && {
      ...question,
      trial,
      choices: question.choices.flatMap((choice, at, all) => {
        const edits = fitEdits(object, choice.edits);
        const known = all.findIndex(({ edits: other }) => JSON.stringify(other) === JSON.stringify(choice.edits)) < at;
        return edits && !known ? [{ ...choice, edits }] : [];
      }),
    }
  );
}

/** The question without what only takes the object out of the policies' sight; undefined where nothing else is left of it. */
function inScope(context: FixContext, question: Question): Question | undefined {
  const evades = (edits: readonly Edit[]): boolean => {
    const after = applyProposals(context.object, [{ by: 'trial', summary: '', cost: 0, edits }]);
    return after !== undefined && edits.length > 0 && (isOutOfScope(context, after) || isOutOfSight(context, after));
  };
  const choices = question.choices.filter(({ edits }) => !evades(edits));
  return evades(question.trial) || (choices.length === 0 && question.choices.length > 0 && question.trial.length === 0)
    ? undefined
    : { ...question, choices };
}

/** The questions without what only lets the object off. */
export const toObey = (context: FixContext, questions: readonly Question[]): Question[] =>
  questions.flatMap((question): Question[] => {
    const choices = question.choices.filter(({ edits }) => !letsOff(context, edits));
    return letsOff(context, question.trial) ? [] : [{ ...question, choices }];
  });

/** What is asked of an object; `exceptions`: also whether it is one that the policies let off. */
export function questionsFor(context: FixContext, policies: readonly KubeObject[], exceptions: boolean): Question[] {
  const chosen = questionsOf(context, allProposals(context, policies).chosen);
  const named = [...chosen, ...FIXERS.flatMap((fixer) => fixer.ask?.(context) ?? [])]
    .flatMap((question) => fitQuestion(context.object, question) ?? [])
    .filter(
      ({ about, stated }) => stated || context.policies.some(({ words }) => about.some((word) => words.includes(word))),
    );
  return [...Map.groupBy(exceptions ? named : toObey(context, named), ({ path }) => formatPointer(path)).values()]
    .flatMap(
      (same) =>
        same.find(({ stated, choices }) => stated && choices.length > 0 && same[0]?.choices.length === 0) ??
        same[0] ??
        [],
    )
    .filter(({ trial, choices }) => {
      // A key that would exempt the object is no value to ask for.
      const mayBe = (edits: readonly Edit[]): boolean => {
        const after = applyProposals(context.object, [{ by: 'trial', summary: '', cost: 0, edits }]);
        return after === undefined || objectionsToAnswer(context.object, after, policies).length === 0;
      };
      return trial.length === 0 && choices.length > 0 ? choices.some(({ edits }) => mayBe(edits)) : mayBe(trial);
    })
    .flatMap((question) => inScope(context, question) ?? [])
    .slice(0, MOST_QUESTIONS);
}

/**
 * What the policies go on to ask, of an object with the edits that they name and that do not help alone: of a key that becomes another
 * sort, how long it is.
 */
export function questionsBehind(
  workspace: Workspace,
  progress: Progress,
  helpers: readonly Proposal[],
  own: readonly Question[],
): Question[] {
  const object = helpers.length > 0 ? applyProposals(progress.object, helpers) : undefined;
  if (!object || own.length >= MOST_QUESTIONS) return [];
  const policies = workspace.policies.map(({ json }) => json);
  const resource = workspace.resources[progress.resource] as Resource;
  const asked = new Set(own.map(({ path }) => formatPointer(path)));
  return questionsFor(contextOf(workspace, resource, { ...progress, object }), policies, false)
    .filter(({ stated, path }) => stated && !asked.has(formatPointer(path)))
    .slice(0, MOST_QUESTIONS - own.length);
}
