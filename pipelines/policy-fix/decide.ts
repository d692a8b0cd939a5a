import type { Json } from '../../src/manifest/json.ts';
import { formatPointer } from '../../src/manifest/patch.ts';
import type { Violation } from '../../src/policy/violation.ts';
import { companions } from './coherence.ts';
import type { Edit } from './edits.ts';
import { contextOf } from './facts.ts';
import type { Proposal, Question } from './fixers/fixer.ts';
import { objectionsToAnswer } from './guards.ts';
import { type Ask, minimise, type Reducible } from './minimise.ts';
import { applyProposals, isNamed, proposalsFor } from './propose.ts';
import { asksMore, questionsBehind, questionsFor, type Round } from './questions.ts';
import type { Progress } from './search.ts';
import { isBetter, noWorse, type Tally, tally } from './tally.ts';
import type { Resource, Workspace } from './workspace.ts';

/** A question to people, with the choices that the engines accept. */
export interface OpenDecision {
  readonly question: string;
  readonly path: string;
  readonly choices: readonly { readonly value: Json; readonly source: string; readonly edits: readonly Edit[] }[];
}

export interface Decided {
  readonly decisions: readonly OpenDecision[];
  /** Violations (by what they count under) that an answer removes. */
  readonly covered: ReadonlySet<string>;
}

/** The `nth` choice or the last one; after all of them (`Infinity`) the stand-in, which may satisfy what no choice does. */
const answer = ({ choices, trial }: Question, nth: number): readonly Edit[] =>
  nth === Infinity && trial.length > 0 ? trial : (choices[Math.min(nth, choices.length - 1)]?.edits ?? trial);

type Part = Proposal & { readonly question: Question; readonly path: string };

interface Asking {
  readonly progress: Progress;
  readonly questions: readonly Question[];
  /** Edits of known value that the policy names; with the answers they may be what it wants. */
  readonly helpers: readonly Proposal[];
}

/** More sets of answers than these are not tried: the first choices of all questions, their second ones, … */
const MOST_VARIANTS = 3;

/** One proposal for each edit of each question's `nth` choice (its last one, or its trial, where it has fewer). */
function partsOf(questions: readonly Question[], nth: number): Part[] {
  const taken = new Set<string>();
  // A part of something is not asked for where the whole has an answer: it may go.
  const isPartOfAnswered = ({ path, choices }: Question): boolean =>
    choices.length === 0 &&
    questions.some(
      (other) =>
        other.choices.length > 0 && other.path.length < path.length && other.path.every((key, at) => key === path[at]),
    );
  const open = questions.length > 1 ? questions.filter((question) => !isPartOfAnswered(question)) : questions;
  return open.flatMap((question) => {
    // Of questions of which one will do, the one with answers.
    const unanswered = question.choices.length === 0 ? 5 : 0;
    if (question.whole) {
      const path = formatPointer(question.path);
      taken.add(path);
      const edits = answer(question, nth);
      return [{ by: 'decision', summary: question.question, edits, cost: 10 + unanswered, question, path }];
    }
    return answer(question, nth).flatMap((edit, i) => {
      const path = formatPointer(edit.path);
      // A later question never writes over what an earlier one asks for, nor around or into it.
      if ([...taken].some((other) => `${path}/`.startsWith(`${other}/`) || other.startsWith(`${path}/`))) return [];
      taken.add(path);
      // Questions go first where known values do as well, those first that no policy states.
      const cost = (question.stated ? 10 : 20) + i + unanswered;
      return [{ by: 'decision', summary: question.question, edits: [edit], cost, question, path }];
    });
  });
}

/** More questions than these are not also tried one by one. */
const MOST_SINGLES = 6;

/** More containers than these are not answered each in its own way. */
const MOST_APART = 3;

/** The container that a question is about; '' for what is of none. */
const containerOf = ({ path }: Question): string => {
  const at = path.findIndex((key) => /^(?:init|ephemeral)?[cC]ontainers$/.test(String(key)));
  return at < 0 ? '' : formatPointer(path.slice(0, at + 2));
};

/**
 * The first choices of some containers' questions (and of those of none) beside stand-ins for the others', whose first choices may not
 * belong together.
 */
function apart(questions: readonly Question[]): Part[][] {
  const groups = [...Map.groupBy(questions, containerOf).values()];
  // Without a choice both are the same.
  const open = groups.filter((group) => group.some(({ choices }) => choices.length > 0));
  if (open.length < 2 || groups.length > MOST_APART) return [];
  const first = (group: Question[], set: number): boolean => (set >> open.indexOf(group)) % 2 === 0;
  return Array.from({ length: 2 ** open.length - 2 }, (_, at) =>
    groups.flatMap((group) => partsOf(group, open.includes(group) && first(group, at + 1) ? 0 : Infinity)),
  );
}

/**
 * The sets of answers that are tried: all questions' first choices, their second ones, …, all stand-ins, and each container's apart;
 * without those about what a known value is given anyway; those alone that policies state; and each question alone, since the answer
 * to one may undo another's.
 */
function variants({ questions, helpers }: Asking, most: number): Part[][] {
  const known = new Set(helpers.flatMap(({ edits }) => edits.map(({ path }) => formatPointer(path))));
  const others = questions.filter(({ path }) => !known.has(formatPointer(path)));
  const own = questions.filter(({ stated }) => stated === true);
  const singles = questions.length > 1 && questions.length <= MOST_SINGLES ? questions : [];
  // What a policy states is asked rather than what would do as well.
  const alone = [...singles].sort((a, b) => Number(b.stated ?? false) - Number(a.stated ?? false));
  return [
    ...Array.from({ length: most }, (_, nth) => partsOf(questions, nth)),
    partsOf(questions, Infinity),
    ...apart(questions),
    ...[others, own].flatMap((some) =>
      some.length > 0 && some.length < questions.length
        ? [...Array.from({ length: most }, (_, nth) => partsOf(some, nth)), partsOf(some, Infinity)]
        : [],
    ),
    ...alone.filter(({ choices }) => choices.length > 0).map((question) => partsOf([question], 0)),
    ...alone.map((question) => partsOf([question], Infinity)),
  ];
}

/** 1 where parts belong to more than one question. */
const several = (parts: readonly Part[]): number => (new Set(parts.map(({ question }) => question)).size > 1 ? 1 : 0);

/** How many parts are of questions without a choice. */
const unanswered = (parts: readonly Part[]): number =>
  parts.filter(({ question }) => question.choices.length === 0).length;

const partsLeft = ({ proposals }: Reducible): Part[] =>
  proposals.filter((proposal): proposal is Part => 'question' in proposal);

/**
 * Finds the questions whose answers would remove what is left. An arbitrary value stands in for each answer while the
 * engines tell which of them they insist on; it is shown to nobody. Choices are offered only where the engines take them.
 * Known values that only help together with an answer are added to the object's accepted edits.
 */
export async function findDecisions(
  workspace: Workspace,
  open: readonly Progress[],
  ask: Ask,
): Promise<Map<Progress, Decided>> {
  const found = await decisionsAmong(workspace, open, ask, 'first');
  for (const round of ['last', 'excused'] as const) {
    const stuck = open.filter((progress) => !found.has(progress));
    const again: Ask = (name, candidates) => ask(`${round}-${name}`, candidates);
    for (const [progress, decided] of await decisionsAmong(workspace, stuck, again, round))
      found.set(progress, decided);
  }
  return found;
}

async function decisionsAmong(
  workspace: Workspace,
  open: readonly Progress[],
  ask: Ask,
  round: Round,
): Promise<Map<Progress, Decided>> {
  const found = new Map<Progress, Decided>();
  if (open.length === 0) return found;
  const policies = workspace.policies.map(({ json }) => json);
  const asking: Asking[] = open.flatMap((progress) => {
    const context = contextOf(workspace, workspace.resources[progress.resource] as Resource, progress);
    const helpers = proposalsFor(context, policies).filter((proposal) => isNamed(proposal, context));
    const own = questionsFor(context, policies, round);
    if (!asksMore(context, own, round)) return [];
    const questions = [...own, ...questionsBehind(workspace, progress, helpers, own)];
    return questions.length > 0 ? [{ progress, questions, helpers }] : [];
  });
  const joint = asking.flatMap((entry) => {
    const most = Math.min(MOST_VARIANTS, Math.max(1, ...entry.questions.map(({ choices }) => choices.length)));
    // A value that the policy's words seem to name may as well be what breaks it.
    const helpings = entry.helpers.length > 0 ? [entry.helpers, []] : [[]];
    return helpings.flatMap((helpers) =>
      variants(entry, most).flatMap((parts) => {
        const object = applyProposals(entry.progress.object, [...helpers, ...parts]);
        return object ? [{ ...entry, helpers, parts, object }] : [];
      }),
    );
  });
  const verdicts = await ask(
    'questions',
    joint.map(({ progress, object }) => ({ resource: progress.resource, object })),
  );
  const judgedJoint = joint.map((entry, i) => ({ ...entry, violations: verdicts[i] ?? [] }));
  const answered = asking.flatMap(({ progress }) => {
    // The set of answers that leaves the least: one answer if that is enough, rather those that are known, the earliest of such.
    const better = judgedJoint
      .filter((entry) => entry.progress === progress && isBetter(tally(entry.violations), tally(progress.violations)))
      .sort(
        (a, b) =>
          a.violations.length - b.violations.length ||
          several(a.parts) - several(b.parts) ||
          unanswered(a.parts) - unanswered(b.parts),
      )[0];
    if (!better) return [];
    const { violations, ...entry } = better;
    const target = tally(violations);
    const item: Reducible = {
      resource: entry.progress.resource,
      object: entry.progress.object,
      denied: entry.progress.violations,
      proposals: [...entry.helpers, ...entry.parts],
      violations,
    };
    return [{ ...entry, item, target }];
  });
  await minimise(
    'needed',
    answered.map(({ item }) => item),
    ask,
  );
  await askOnce(answered, judgedJoint, ask);
  // Known values that the answers need belong to the patch.
  for (const { progress, item } of answered) {
    const helpers = item.proposals.filter((proposal) => !('question' in proposal));
    progress.object = applyProposals(progress.object, helpers) ?? progress.object;
    progress.accepted = [...progress.accepted, ...helpers];
  }
  // Every choice of every needed question, among stand-ins for the other answers.
  const trials = answered.flatMap((entry) => {
    const needed = partsLeft(entry.item);
    return [...new Set(needed.map(({ question }) => question))].flatMap((question) => {
      const paths = new Set(needed.filter((part) => part.question === question).map(({ path }) => path));
      const others = needed.filter((part) => part.question !== question);
      return question.choices.flatMap((choice) => {
        const own = choice.edits.filter((edit) => question.whole || paths.has(formatPointer(edit.path)));
        const after = applyProposals(entry.progress.object, [{ by: 'choice', summary: '', cost: 0, edits: own }]);
        const edits = [
          ...own,
          ...(after ? companions(entry.progress.object, after).flatMap(({ edits }) => edits) : []),
        ];
        const object = applyProposals(entry.progress.object, [
          ...others,
          { by: 'choice', summary: '', cost: 0, edits },
        ]);
        const alone = applyProposals(entry.progress.object, [{ by: 'choice', summary: '', cost: 0, edits }]);
        if (!object || !alone || objectionsToAnswer(entry.progress.object, alone, policies).length > 0) return [];
        return [{ entry, question, choice: { ...choice, edits }, object }];
      });
    });
  });
  const judged = await ask(
    'choices',
    trials.map(({ entry, object }) => ({ resource: entry.progress.resource, object })),
  );
  for (const entry of answered) {
    const questions = [...new Set(partsLeft(entry.item).map(({ question }) => question))];
    const decisions = questions.map((question) => {
      const choices = trials
        .filter(
          (trial, i) =>
            trial.entry === entry && trial.question === question && noWorse(tally(judged[i] ?? []), entry.target),
        )
        .map(({ choice }) => choice);
      const left = new Set(choices.map(({ source }) => source));
      const asked = (left.size > 0 && question.among?.(left)) || question.question;
      return { question: asked, path: formatPointer(question.path), choices };
    });
    const before = tally(entry.progress.violations);
    const covered = new Set(
      [...before].filter(([key, count]) => (entry.target.get(key) ?? 0) < count).map(([key]) => key),
    );
    found.set(entry.progress, { decisions, covered });
  }
  // Where no stand-in could satisfy the policy (a pattern no arbitrary value fits), a message that names the key is enough.
  for (const { progress, questions } of asking) {
    if (found.has(progress)) continue;
    const messages = progress.violations.map(({ message }) => message.toLowerCase());
    const named = questions.filter(
      ({ about, path }) =>
        ['labels', 'annotations'].includes(String(path.at(-2))) &&
        messages.some((message) => about.some((word) => message.includes(word))),
    );
    if (named.length === 0) continue;
    const choices = await listedChoices(progress, named, policies, ask);
    const covered = tally(
      progress.violations.filter(({ message }) =>
        named.some(({ about }) => about.some((word) => message.toLowerCase().includes(word))),
      ),
    );
    found.set(progress, {
      decisions: named.map((question) => ({
        question: question.question,
        path: formatPointer(question.path),
        choices: choices.get(question) ?? [],
      })),
      covered: new Set(covered.keys()),
    });
  }
  return found;
}

/**
 * Answers that lean on one another look as if each were needed: where one of them does as much by itself, it alone is asked for, one
 * with choices rather than one without.
 */
async function askOnce(
  answered: readonly (Asking & { readonly item: Reducible; readonly target: Tally })[],
  judged: readonly (Asking & { readonly parts: readonly Part[]; readonly violations: readonly Violation[] })[],
  ask: Ask,
): Promise<void> {
  const alone = answered.flatMap(({ progress, helpers, item, target }): Reducible[] => {
    const needed = new Set(partsLeft(item).map(({ question }) => question));
    if (needed.size < 2) return [];
    const [first] = judged
      .filter(({ progress: own, parts: [one, ...more], violations }) => {
        const single = one !== undefined && more.every(({ question }) => question === one.question);
        return own === progress && single && needed.has(one.question) && noWorse(tally(violations), target);
      })
      .sort(
        (a, b) => Number(b.parts[0]?.question.choices.length !== 0) - Number(a.parts[0]?.question.choices.length !== 0),
      );
    if (!first) return [];
    item.proposals = [...helpers, ...first.parts];
    item.violations = first.violations;
    return [item];
  });
  if (alone.length > 0) await minimise('needed-alone', alone, ask);
}

/** The choices of questions, each alone, that make something better and nothing worse. */
async function listedChoices(
  progress: Progress,
  questions: readonly Question[],
  policies: Parameters<typeof objectionsToAnswer>[2],
  ask: Ask,
) {
  const trials = questions.flatMap((question) =>
    question.choices.flatMap((choice) =>
      [choice.edits.slice(0, 1), choice.edits].flatMap((edits) => {
        const object = applyProposals(progress.object, [{ by: 'choice', summary: '', cost: 0, edits }]);
        return object && objectionsToAnswer(progress.object, object, policies).length === 0
          ? [{ question, choice: { ...choice, edits }, object }]
          : [];
      }),
    ),
  );
  const judged = await ask(
    `listed-${progress.resource}`,
    trials.map(({ object }) => ({ resource: progress.resource, object })),
  );
  const kept = new Map<Question, (typeof trials)[number]['choice'][]>();
  for (const [i, { question, choice }] of trials.entries()) {
    const list = kept.get(question) ?? [];
    if (
      list.some(({ value }) => value === choice.value) ||
      !isBetter(tally(judged[i] ?? []), tally(progress.violations))
    )
      continue;
    kept.set(question, [...list, choice]);
  }
  return kept;
}
