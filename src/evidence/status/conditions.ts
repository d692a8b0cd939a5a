import { asObject, type Json, objects, text } from '../../json.ts';
import { kept } from './kept.ts';
import { needlesOf, type Statement } from './statement.ts';
import { type Tone, toneOf, troubled, waits, wordsOf } from './words.ts';

/** Conditions that say when True that something is wrong, though their names alone do not. */
const BAD_WHEN_TRUE = /^(?:recoverable|no (?:\w+ matched|matching \w+))$/;
/** Conditions that something was begun, which stay True when it has ended. */
const BEGUN = /ing (?:started|begun|requested)$/;
/** Conditions about what a resource would be able to do: that it cannot is no fault. */
const ABILITY = /^(?!.*available)\w+able$/;
/** Conditions that are True for ever. */
const DONE = /^(?:Succeeded|Complete|Completed|Finished)$/;
/** Conditions that work of its own comes to an end with. */
const OUTCOME = /^(?:Succeeded|Successful|Completed?|Finished|Done)$/;
/** Conditions about what somebody chose. */
const CHOICE = /(?:Enabled|Disabled)$/;
/** Reasons that say that work went well. */
const ENDED_WELL = /\b(?:success|succeeded|successful|complete|completed|done|ready|available)$/;
const NOT_YET = /\b(?:not?|non|none|never|until|un\w+|wait\w*)\b/;
/** What a person does, and no fault. */
const BY_A_PERSON = /\b(?:deactivated|suspended|paused|hibernated)\b/;
/** A part without a name is its own, which it has yet to make; what others should have made is named. */
const OWN_PART_ABSENT = /^(?:the )?\w+ does not exist(?: yet)?\.?$/i;
/** That another thing, on which it waits, has not come up. */
const ANOTHER = /^dependenc(?:y|ies) (?:is |are )?not ready$/;
/** Conditions in which a resource sums up the others. */
const ALL = /^(?:Ready|Available|Healthy)$/i;
/** How much a condition matters, where it says that. */
const GRAVE = /^(?:critical|error|fatal)$/i;
/** What takes longer than this (ms) to come up for the first time does not come up. */
const FIRST_START = 60 * 60_000;
/** What is said of a thing that comes up for the first time. */
const FIRST = /\b(?:creat|issu|provision|initiali[sz]|install|start|bootstrap|launch|wait|pending)/i;

/** What a condition of this type says when it is True. */
function polarity(type: string): Tone | 'ability' | undefined {
  const words = wordsOf(type.split(/[/.]/).at(-1) ?? '');
  if (BAD_WHEN_TRUE.test(words.join(' '))) return 'bad';
  if (BEGUN.test(words.join(' '))) return undefined;
  if (CHOICE.test(type)) return 'ability';
  const tone = toneOf(words.join(' '));
  // What is said of a thing stands last: `ClusteringActive`.
  if (tone === 'going' && words.at(-1) !== 'up' && toneOf(words.at(-1) ?? '') === 'good') return 'good';
  if (tone !== undefined) return tone;
  return ABILITY.test(words.at(-1) ?? '') ? 'ability' : undefined;
}

/** Whether a member of a status is a condition: something with a type that is True, False or Unknown. */
export function isCondition(entry: Json): boolean {
  return typeof entry.type === 'string' && /^(?:true|false|unknown)$/i.test(text(entry.status) ?? '');
}

/** What the conditions of a resource are measured by. */
export interface Asked {
  /** The generation of what is asked for. */
  readonly generation: number | undefined;
  /** When the resource was made, ms. */
  readonly made: number;
  /** How long ago that was, ms; not a number where nothing says it. */
  readonly age: number;
}

type Toned = readonly [tone: Statement['tone'], by: Statement['by']] | undefined;

/** As much of a message as a person reads. */
function messageOf({ message, error }: Json): string {
  return (text(message) || text(error) || '').slice(0, 2000).trim();
}

/** A condition that only carries a number is no state. */
const NUMBER = /^\d+(?:\.\d+)?%?$/;

/** A condition that its controller has not come to: it is Unknown, and nothing says why. */
function isOpen({ status, reason, message }: Json): boolean {
  return /^unknown$/i.test(text(status) ?? '') && (text(reason) ?? '') === '' && (text(message) ?? '') === '';
}

/** What the other conditions beside one tell of it. */
interface Beside {
  /** What is still open is told apart from what is False. */
  readonly decided: boolean;
  /** The work that it does has not ended. */
  readonly unended: boolean;
  /** What sums them up, or any of them, is well. */
  readonly ready: boolean;
  readonly anyGood: boolean;
  /** It says that it is ready. */
  readonly readied: boolean;
  /** One denies that anything is wrong. */
  readonly denied: boolean;
  /** There are others than those about what it would be able to do. */
  readonly telling: boolean;
  /** Its state says that it is being made. */
  readonly making: boolean;
  /** When it became ready, ms. */
  readonly readySince: number;
  /** When it came to its end, ms. */
  readonly endedSince: number;
  /** When the first of them became True, ms. */
  readonly since: number;
}

function besides(conditions: readonly Json[], states: readonly string[]): Beside {
  const isTrue = ({ status }: Json) => /^true$/i.test(text(status) ?? '');
  const times = conditions.filter(isTrue).map((one) => Date.parse(text(one.lastTransitionTime) ?? ''));
  return {
    ready: conditions.some((one) => ALL.test(text(one.type) ?? '') && isTrue(one)),
    readied: conditions.some((one) => /^Ready$/i.test(text(one.type) ?? '') && isTrue(one)),
    denied: conditions.some(
      (one) => /^false$/i.test(text(one.status) ?? '') && polarity(text(one.type) ?? '') === 'bad',
    ),
    telling: conditions.some((one) => !['ability', undefined].includes(polarity(text(one.type) ?? ''))),
    anyGood: conditions.some((one) => isTrue(one) && polarity(text(one.type) ?? '') === 'good'),
    decided: conditions.some(isOpen),
    unended: conditions.some((one) => OUTCOME.test(text(one.type) ?? '') && !isTrue(one)),
    endedSince: Math.max(
      ...conditions
        .filter((one) => DONE.test(text(one.type) ?? '') && isTrue(one))
        .map((one) => Date.parse(text(one.lastTransitionTime) ?? '')),
    ),
    making: states.some((state) => /^(?:provisioning|creating|initiali[sz]ing)$/i.test(state)),
    readySince: Math.max(
      ...conditions
        .filter((one) => /^Ready$/i.test(text(one.type) ?? '') && isTrue(one))
        .map((one) => Date.parse(text(one.lastTransitionTime) ?? '')),
    ),
    since: Math.min(...times.filter((time) => !Number.isNaN(time))),
  };
}

/** A condition that is good when True, and is not. */
function amiss(condition: Json, asked: Asked, beside: Beside): Toned {
  const reason = text(condition.reason) ?? '';
  const message = messageOf(condition);
  const why = toneOf(reason);
  const waiting = waits(message);
  const unknown = text(condition.status)?.toLowerCase() === 'unknown';
  if (why === 'bad' && !(unknown && waiting)) return ['hard', 'condition'];
  if (beside.making && !(asked.age > FIRST_START) && OWN_PART_ABSENT.test(message)) return ['going', 'condition'];
  if (!waiting && troubled(message)) return ['hard', 'words'];
  // What was known for long, and is no longer, was lost from sight.
  const lost = Date.parse(text(condition.lastTransitionTime) ?? '') - beside.since > FIRST_START;
  if (unknown) return [lost && message !== '' && !waiting && why !== 'going' ? 'soft' : 'going', 'condition'];
  const another = ANOTHER.test(wordsOf(reason).join(' '));
  const under = waiting || another || why === 'going' || why === 'good' || why === 'held';
  // It was up before, or is not although it was made long ago.
  const before = Date.parse(text(condition.lastTransitionTime) ?? '') - asked.made > FIRST_START;
  const late = asked.age > FIRST_START && (another || FIRST.test(`${message} ${reason}`));
  if (under && !(before && message === '') && !late) return ['going', 'condition'];
  return [beside.decided && message !== '' ? 'hard' : 'soft', 'condition'];
}

function toned(condition: Json, asked: Asked, beside: Beside): Toned {
  const state = text(condition.status)?.toLowerCase();
  const type = text(condition.type) ?? '';
  const message = messageOf(condition);
  const meaning = polarity(type);
  const because = wordsOf(text(condition.reason) ?? '').join(' ');
  const failed = toneOf(text(condition.reason) ?? '') === 'bad';
  if (NUMBER.test(message)) return undefined;
  if (/\bas expected$/.test(because) && meaning !== 'going') return ['good', 'condition'];
  // Who wrote it says that it does not matter.
  if (/\bwarn(?:ings?)?\b/.test(wordsOf(type).join(' '))) return undefined;
  if (/^info$/i.test(text(condition.severity) ?? ''))
    return meaning === 'good' && state === 'false' ? ['going', 'condition'] : undefined;
  // What is tried again has gone wrong.
  const again = /\bretry/.test(because) && troubled(message);
  const late = failed || (!waits(message) && (again || /timed out|exceeded|fail/i.test(message)));
  switch (meaning) {
    case 'bad':
    case 'unready':
      // What somebody stopped was taken away on purpose.
      if (state === 'true' && BY_A_PERSON.test(because) && !failed && !troubled(message)) return ['held', 'condition'];
      if (state === 'true') return [meaning === 'bad' || failed || troubled(message) ? 'hard' : 'soft', 'condition'];
      // It denies a failure, and its message tells of one: nothing else says that it is well.
      if (!beside.anyGood && /^\W*(?:error|failed)\b/i.test(message)) return ['hard', 'words'];
      return state === 'false' ? ['good', 'condition'] : undefined;
    case 'going':
    case 'held':
      // What it cannot do it need not do.
      if (state === 'false' && /\b(?:un|not )supported\b/.test(because)) return undefined;
      if (late && state === 'false' && Date.parse(text(condition.lastTransitionTime) ?? '') < beside.endedSince)
        return undefined;
      if (late && state !== 'unknown') return ['hard', 'condition'];
      // What goes on and on goes well, by its reason; and what was begun before it was ready is over.
      if (state !== 'true') return undefined;
      if (meaning === 'held') return ['held', 'condition'];
      if (ENDED_WELL.test(because) && !NOT_YET.test(because)) return ['good', 'condition'];
      return Date.parse(text(condition.lastTransitionTime) ?? '') < beside.readySince
        ? undefined
        : ['going', 'condition'];
    case 'good':
      // An end is an end, also a bad one.
      if (state === 'true' && failed && (DONE.test(type) || troubled(message))) return ['hard', 'condition'];
      if (state === 'true' && type === 'Running' && beside.unended) return ['going', 'condition'];
      if (state === 'true') return [DONE.test(type) ? 'done' : 'good', 'condition'];
      return amiss(condition, asked, beside);
    default:
      // What it could do is beside the point where others tell how it is.
      if (meaning === 'ability' && state === 'false' && beside.telling) return undefined;
      if (state === 'true' && GRAVE.test(text(condition.category ?? condition.severity) ?? ''))
        return ['hard', 'condition'];
      if (state !== 'true' && because !== 'unknown' && toneOf(because) === 'going') return ['going', 'condition'];
      // Whatever it is that does not hold, there is trouble with it.
      if (state === 'false' && !beside.ready && troubled(message) && !waits(message)) return ['hard', 'words'];
      if (state === 'false' && because === 'unknown') return ['going', 'condition'];
      // A remark beside what is well in all, and wrong in nothing.
      if (state === 'true' && beside.ready && beside.denied) return undefined;
      return failed && (state === 'false' || (state === 'true' && troubled(message)))
        ? ['hard', 'condition']
        : undefined;
  }
}

/**
 * What a list of conditions says. A condition about an older generation than the one that is asked for counts only where it
 * tells of a failure: controllers that fail do not always write the generation. `states` stand beside the list.
 */
export function fromConditions(
  list: readonly Json[],
  asked: Asked,
  depth: number,
  of: string,
  states: readonly string[] = [],
): Statement[] {
  const conditions = kept(list.filter(isCondition), states);
  const beside = besides(conditions, states);
  return conditions.flatMap((condition): Statement[] => {
    const found = toned(condition, asked, beside);
    if (found === undefined) return [];
    // What is ready needs no activity, nor to be known in all; what went wrong counts all the same.
    const part = /^false$/i.test(text(condition.status) ?? '') || !ALL.test(text(condition.type) ?? '');
    if (beside.ready && part && !/^true$/i.test(text(condition.status) ?? '') && found[0] === 'going') return [];
    // What is ready in all lacks nothing that it needs.
    if (beside.readied && found[0] === 'soft' && !(ALL.test(text(condition.type) ?? '') && messageOf(condition) !== ''))
      return [];
    const stale = asked.generation !== undefined && Number(text(condition.observedGeneration)) < asked.generation;
    const [tone, by] = stale && found[0] !== 'hard' ? (['going', 'condition'] as const) : found;
    const reason = (text(condition.reason) ?? '').trim();
    const message = messageOf(condition);
    const type = text(condition.type) ?? '';
    const fact = `${type} is ${text(condition.status)}`;
    const says = message !== '' ? message : reason === '' ? fact : `${fact} (${reason})`;
    const needles = [...(message === '' ? [] : needlesOf(message)), ...(reason === '' ? [] : [reason]), type];
    const code = message !== '' && wordsOf(reason).length > 1 && !reason.includes(' ') && !message.includes(reason);
    const own: Statement = { tone, says, of, own: message !== '', needles, depth, by, ...(code ? { reason } : {}) };
    const details = tone === 'hard' ? [...objects(condition.errors), asObject(condition.errors)] : [];
    return [
      ...details.flatMap((error): Statement[] => {
        const told = text(error.message) ?? '';
        return told === '' ? [] : [{ ...own, says: told, own: true, needles: needlesOf(told), by: 'error' }];
      }),
      own,
    ];
  });
}

/** Whether a condition complains by itself, whatever stands beside it. */
export function isComplaint(condition: Json): boolean {
  const asked = { generation: undefined, made: Number.NaN, age: Number.NaN };
  return fromConditions([condition], asked, 0, '').some(({ tone }) => tone === 'hard' || tone === 'soft');
}
