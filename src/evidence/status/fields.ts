import { asObject, isObject, type Json, number, objects, text } from '../../json.ts';
import { type Asked, fromConditions, isCondition } from './conditions.ts';
import { answers, codes, counts, divided, pools, progress, shares, work } from './counts.ts';
import { errors } from './errors.ts';
import { membersOf, newestOf, within } from './members.ts';
import { needlesOf, type Statement } from './statement.ts';
import { flags, heldUp, parts, states } from './states.ts';
import { ERROR, fact, isPast, last, ownWords, STATE, sentencesOf, textsOf } from './texts.ts';
import { toneOf, troubled, waits, wordsOf } from './words.ts';

const NOT_READ = /^(?:last(?:Applied|Config)\w*|atProvider|subresourceStatuses|managedFields|artifact|metadata)$/;
const MAX_MEMBERS = 100;
const MAX_DEPTH = 5;

/** A condition that a map of conditions keeps under its type. */
function typed(list: string, name: string | undefined, member: Json): Json {
  const keyed = /conditions$/i.test(list) && name !== undefined && member.type === undefined;
  return keyed ? { type: name, ...member } : member;
}

/** The only member of a status that holds its state, where it is a map of its own: what that says the status says. */
function stateMap(status: Json): string | undefined {
  const named = Object.entries(status).filter(
    ([key, value]) =>
      /conditions$/i.test(key) ||
      (STATE.test(last(key)) && (!isObject(value) || Object.keys(value).some((member) => STATE.test(member)))),
  );
  const [only] = named;
  return named.length === 1 && only !== undefined && isObject(only[1]) ? only[0] : undefined;
}

/** Whether the members of a list are of one type each, and say in a word how that is. */
function areStates(members: readonly Json[]): boolean {
  const types = members.map(({ type }) => type);
  return (
    new Set(types).size === types.length &&
    members.every(({ type, status }) => typeof type === 'string' && typeof status === 'string')
  );
}

/** Whether all states among the fields of a map say that it succeeded: what is merely finished may have ended badly. */
function succeeded(map: Json): boolean {
  const told = Object.entries(map).flatMap(([key, value]) => (STATE.test(last(key)) ? (text(value) ?? []) : []));
  return told.length > 0 && told.every((state) => wordsOf(state).at(-1) === 'succeeded');
}

function walk(map: Json, asked: Asked, depth: number, of: string): Statement[] {
  const said = [
    ...states(map, asked, depth, of),
    ...parts(map, depth, of),
    ...shares(map, depth, of),
    ...divided(map, depth, of),
    ...progress(map, depth, of),
    ...codes(map, depth, of),
    ...answers(map, depth, of),
  ];
  // The error beside the state of a part that has succeeded is of an attempt before.
  const over = depth > 0 && said.some(({ tone, by }) => tone === 'done' && by === 'state') && succeeded(map);
  const own = [...said, ...(over ? [] : errors(map, depth, of)), ...flags(map, depth, of)];
  if (depth >= MAX_DEPTH) return own;
  const same = depth === 0 ? stateMap(map) : undefined;
  const present = Object.entries(map).flatMap(([key, value]) => (STATE.test(last(key)) ? (text(value) ?? []) : []));
  const nested = Object.entries(map).flatMap(([key, value]): Statement[] => {
    if (NOT_READ.test(key) || isPast(key)) return [];
    const members = membersOf(value).slice(0, MAX_MEMBERS);
    const deeper = key === same && members.length === 1 ? depth : depth + 1;
    const conditions = members.map(([name, member]) => typed(key, name, member));
    if (conditions.some(isCondition)) return fromConditions(conditions, asked, depth, of, present);
    // They hold states of their own. Without types they are a history, and what the last of them says the status says, too.
    if (/conditions$/i.test(key) && !areStates(members.map(([, member]) => member))) return [];
    // A map of maps is read by its members; errors may be one of them.
    const among = isObject(value) && members[0]?.[1] !== value ? errors(value, depth + 1, of) : [];
    const each = members.flatMap(([name, member]) => [
      ...((name ?? key) === 'waiting' ? heldUp(member, depth, of) : []),
      ...walk(member, asked, deeper, within(of, name)),
    ]);
    return [...among, ...each];
  });
  return [...own, ...nested];
}

function ownTroubles(map: Json, depth: number, of: string): Statement[] {
  return ownWords(map)
    .filter((words) => troubled(words) && !waits(words))
    .map((says) => ({ tone: 'hard', says, of, own: /\s/.test(says), needles: needlesOf(says), depth, by: 'words' }));
}

/** Messages that tell of trouble, and stand beside nothing but names, numbers and times. */
function troubles(map: Json, depth: number, of: string): Statement[] {
  const nested =
    depth >= MAX_DEPTH
      ? []
      : Object.entries(map).flatMap(([key, value]): Statement[] =>
          NOT_READ.test(key) || isPast(key)
            ? []
            : membersOf(value)
                .slice(0, MAX_MEMBERS)
                .flatMap(([name, member]) => troubles(member, depth + 1, within(of, name))),
        );
  return [...ownTroubles(map, depth, of), ...nested];
}

/**
 * What numbers of failures tell where nothing else is said: that there are some, or that there are none while nothing is pending;
 * as a field for an error says that is empty.
 */
function failuresCounted(map: Json, depth = 0): Statement[] {
  const entries = Object.entries(map).map(([key, value]) => [key, wordsOf(key), value] as const);
  const isPending = (words: readonly string[], value: unknown) => words[0] === 'pending' && Number(value) > 0;
  const waiting = entries.some(([, words, value]) => isPending(words, value));
  return entries.flatMap(([key, words, value]): Statement[] => {
    if (isPast(key)) return [];
    if (isObject(value) && depth < 2) return failuresCounted(value, depth + 1);
    const base = { of: '', own: false, needles: [key], depth, by: 'count' } as const;
    if (isPending(words, value)) return [{ ...base, tone: 'going', says: fact(key, String(value)) }];
    const noun = /^(?:count|number|total)$/.test(words.at(-1) ?? '') ? words.at(-2) : words.at(-1);
    // What is only reported of others is no failure of its own; that there is none is what is hoped for.
    if (noun === 'violations' && value !== 0) return [];
    const named = words[0] === 'failed' || noun === 'violations' || ERROR.test(noun ?? '');
    // Names of what failed, as of the nodes of which no backup was made.
    const names = words[0] === 'failed' && Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
    const [name] = names;
    if (name !== undefined)
      return [{ ...base, tone: 'soft', says: fact(key, names.slice(0, 3).join(', ')), needles: [name, key] }];
    if (!named || (value !== '' && typeof value !== 'number')) return [];
    if (Number(value) > 0) return [{ ...base, tone: 'soft', says: fact(key, String(value)) }];
    return waiting ? [] : [{ ...base, tone: 'good', says: fact(key, value === '' ? 'empty' : '0') }];
  });
}

/** Whether a field can only tell of things, and not how they are: names, numbers and lists of them. */
function isFact([key, value]: readonly [string, unknown]): boolean {
  const plain = (one: unknown) => one === null || ['string', 'number'].includes(typeof one);
  if (STATE.test(last(key)) || ownWords({ [key]: value }).length > 0 || /conditions$/i.test(key)) return false;
  return plain(value)
    ? !(typeof value === 'string' && toneOf(value) !== undefined)
    : Array.isArray(value) && value.every(plain);
}

/** Some controllers write nothing but what they have seen and made; what they have seen without a complaint is well. */
function onlySeen(status: Json, { generation }: Asked): Statement[] {
  const seen = number(status.observedGeneration ?? status.lastGeneration);
  if (seen === undefined || generation === undefined || !Object.entries(status).every(isFact)) return [];
  const says = `its controller has seen generation ${seen} of ${generation}`;
  const tone = seen < generation ? 'going' : 'good';
  return [{ tone, says, of: '', own: false, needles: ['observedGeneration'], depth: 0, by: 'count' }];
}

/** How many are ready of what a part counts, where nothing else is said. */
function partsCounted(status: Json): Statement[] {
  return Object.values(status).flatMap((part) => [
    ...(isObject(part) ? counts(part, {}) : []),
    ...membersOf(part).flatMap(([, member]) => work(member)),
  ]);
}

/** Sentences of trouble in fields whose names say nothing (`value`). */
function sentences(status: Json): Statement[] {
  return sentencesOf(status)
    .filter((says) => !waits(says))
    .map((says) => ({ tone: 'hard', says, of: '', own: true, needles: needlesOf(says), depth: 0, by: 'words' }));
}

/** Sentences about parts that do not say that they are well, and the newest of what was said of them. */
function remarks(status: Json): Statement[] {
  const unasked = { generation: undefined, made: Number.NaN, age: Number.NaN };
  return Object.entries(status).flatMap(([key, value]): Statement[] => {
    if (NOT_READ.test(key) || isPast(key) || typeof value !== 'object') return [];
    return membersOf(value)
      .slice(0, MAX_MEMBERS)
      .flatMap(([name, member]) => {
        const of = within('', name);
        if (states(member, unasked, 1, of).some(({ tone }) => tone !== 'hard' && tone !== 'soft')) return [];
        return [...ownWords(member), ...ownWords(newestOf(objects(member.history)) ?? {})]
          .filter((says) => says.split(/\s+/).length >= 4 && toneOf(says) !== 'good' && !waits(says))
          .map((says) => ({ tone: 'hard', says, of, own: true, needles: needlesOf(says), depth: 1, by: 'words' }));
      });
  });
}

/** What an entry of a list of attempts is called: what was tried, when, and how it ended. */
const isAttempt = ({ operation, action, timestamp, time, message }: Json) =>
  (operation ?? action) !== undefined && (timestamp ?? time) !== undefined && typeof message === 'string';

/** What the newest of a list of attempts says, where it failed and nothing else is said: the older are history. */
function attempts(map: Json, depth: number, of: string): Statement[] {
  return Object.entries(map).flatMap(([key, value]): Statement[] => {
    const members = membersOf(value).slice(0, MAX_MEMBERS);
    const tried = members.map(([, member]) => member);
    if (!Array.isArray(value) || tried.length === 0 || !tried.every(isAttempt))
      return depth >= MAX_DEPTH || NOT_READ.test(key)
        ? []
        : members.flatMap(([name, member]) => attempts(member, depth + 1, within(of, name)));
    const newest = newestOf(tried);
    const [says] = textsOf(newest?.message);
    if (says === undefined || toneOf(text(newest?.type ?? newest?.result ?? newest?.status) ?? '') !== 'bad') return [];
    return [{ tone: 'hard', says, of, own: true, needles: needlesOf(says), depth, by: 'error' }];
  });
}

/** All that the status of a resource says of how it is, wherever in it. */
export function statementsIn(status: Json, spec: Json, asked: Asked): Statement[] {
  const all = [...walk(status, asked, 0, ''), ...counts(status, spec)];
  // What went wrong may be told in a field of its own, beside or above what names it.
  const ended = all.some(({ tone, depth }) => tone === 'done' && depth === 0);
  const wrong = all.some(({ tone, by, depth }) => tone === 'hard' && by !== 'past' && (depth === 0 || !ended));
  const told = wrong ? ownTroubles(status, 0, '') : [];
  // What a provider shows of the thing itself says why, where the resource does not.
  const amiss = all.filter(({ tone }) => tone === 'hard' || tone === 'soft');
  if (amiss.length > 0 && !amiss.some(({ own }) => own))
    told.push(
      ...ownTroubles(asObject(status.atProvider), 1, ''),
      ...failuresCounted(status).filter(({ tone }) => tone === 'soft'),
      // So does what is told of one of its parts.
      ...(wrong ? [...sentences(status), ...troubles(status, 0, '')] : []),
    );
  // A state that says it alone, as of what only measures others: what its parts tell, whatever their words.
  if (wrong && amiss.every(({ by }) => by === 'state') && ![...amiss, ...told].some(({ own }) => own))
    told.push(...remarks(status));
  if (all.some(({ by }) => by !== 'count')) return [...all, ...told];
  const found = [...troubles(status, 0, ''), ...attempts(status, 0, '')];
  const [reason] = textsOf(status.reason);
  if (found.length > 0 || all.length > 0) return [...found, ...all];
  if (reason === undefined || !reason.includes(' ')) {
    const failures = failuresCounted(status);
    const failed = failures.some(({ tone }) => tone === 'soft');
    return [
      ...(failed ? sentences(status) : []),
      ...failures,
      ...pools(status),
      ...partsCounted(status),
      ...onlySeen(status, asked),
    ];
  }
  // Nothing but a number beside it: it is for trouble that a reason is given.
  return [{ tone: 'soft', says: reason, of: '', own: true, needles: needlesOf(reason), depth: 0, by: 'words' }];
}
