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
  return without(question, evades);
}

/** A question without the choices that must not be; undefined where nothing is left of it. */
function without(question: Question, mustNot: (edits: readonly Edit[]) => boolean): Question | undefined {
  const choices = question.choices.filter(({ edits }) => !mustNot(edits));
  const empty = choices.length === 0 && question.choices.length > 0 && question.trial.length === 0;
  return empty || mustNot(question.trial) ? undefined : { ...question, choices };
}

/** The questions without what only lets the object off. */
export const toObey = (context: FixContext, questions: readonly Question[]): Question[] =>
  questions.flatMap((question) => without(question, (edits) => letsOff(context, edits)) ?? []);

/** How much is asked: questions, and choices. */
const extentOf = (questions: readonly Question[]): number =>
  questions.reduce((sum, { choices }) => sum + 1 + choices.length, 0);

/** Whether a round asks something that the ones before it did not. */
export const asksMore = (context: FixContext, questions: readonly Question[], round: Round): boolean =>
  round === 'first' ||
  (round === 'last' ? questions.some(({ last }) => last) : extentOf(toObey(context, questions)) < extentOf(questions));

/** When something is asked: at first, where nothing of that helps, and then also whether the object is one that the policies let off. */
export type Round = 'first' | 'last' | 'excused';

/** What is asked of an object in a round. */
export function questionsFor(context: FixContext, policies: readonly KubeObject[], round: Round): Question[] {
  const chosen = questionsOf(context, allProposals(context, policies).chosen);
  const named = [...chosen, ...FIXERS.flatMap((fixer) => fixer.ask?.(context) ?? [])]
    .filter(({ last }) => round !== 'first' || !last)
    .flatMap((question) => fitQuestion(context.object, question) ?? [])
    .filter(
      ({ about, stated }) => stated || context.policies.some(({ words }) => about.some((word) => words.includes(word))),
    );
  return [
    ...Map.groupBy(round === 'excused' ? named : toObey(context, named), ({ path }) => formatPointer(path)).values(),
  ]
    .flatMap(
      (same) =>
        same.find(({ stated, choices }) => stated && choices.length > 0 && same[0]?.choices.length === 0) ??
        same[0] ??
        [],
    )
    .flatMap((question) => {
      // A key that would exempt the object is no value to ask for.
      const mustNot = (edits: readonly Edit[]): boolean => {
        const after = applyProposals(context.object, [{ by: 'trial', summary: '', cost: 0, edits }]);
        return after !== undefined && objectionsToAnswer(context.object, after, policies).length > 0;
      };
      return question.trial.length > 0
        ? mustNot(question.trial)
          ? []
          : [question]
        : (without(question, mustNot) ?? []);
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
  // Where items come or go, a place of then is another one now.
  const moves = helpers.some(({ edits }) =>
    edits.some(({ op, path }) => op === 'append' || (op === 'remove' && typeof path.at(-1) === 'number')),
  );
  if (!object || moves || own.length >= MOST_QUESTIONS) return [];
  const policies = workspace.policies.map(({ json }) => json);
  const resource = workspace.resources[progress.resource] as Resource;
  const asked = new Set(own.map(({ path }) => formatPointer(path)));
  return questionsFor(contextOf(workspace, resource, { ...progress, object }), policies, 'first')
    .filter(({ stated, path }) => stated && !asked.has(formatPointer(path)))
    .slice(0, MOST_QUESTIONS - own.length);
}
