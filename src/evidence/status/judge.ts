import { asObject, at, isObject, type Json, number, objects, text } from '../../json.ts';
import { statementsIn } from './fields.ts';
import { needlesOf, type Statement } from './statement.ts';
import { fact, last, objectIn, STATE, textsOf } from './texts.ts';
import { toneOf, troubled, wordsOf } from './words.ts';

/** How a resource is, by its own words. */
export interface Judgement {
  readonly is: 'unwell' | 'under-way' | 'held' | 'well';
  /** What says so, the most telling first. */
  readonly because: readonly Statement[];
  /** Whether something is said to have gone wrong, not only that it is not ready. */
  readonly sure: boolean;
}

/** What a handler of the Kopf framework tells in an annotation of a step that it tries again or has given up. */
function triedIn(annotation: string): string | undefined {
  if (!annotation.includes('"retries"')) return undefined;
  const { message, success, failure, retries } = asObject(objectIn(annotation));
  const wrong = failure === true || (success === false && (number(retries) ?? 0) > 1);
  return wrong ? textsOf(message)[0] : undefined;
}

/** Controllers that may not write the status leave their judgement in a label or annotation. */
function marks(object: Json): Statement[] {
  const all = { ...asObject(at(object, 'metadata', 'labels')), ...asObject(at(object, 'metadata', 'annotations')) };
  return Object.entries(all).flatMap(([key, value]): Statement[] => {
    const word = text(value) ?? '';
    const base = { of: '', own: false, needles: [key], depth: 0, by: 'mark' as const };
    if (/[./-]paused$/.test(key) && word !== 'false') return [{ ...base, tone: 'held', says: `${key} is set` }];
    const tried = triedIn(word);
    if (tried !== undefined) return [{ ...base, tone: 'hard', says: tried, own: true, needles: needlesOf(tried, key) }];
    const bad =
      /(?:state|status|result|health|phase)$/i.test(key) && /^(?:failed|error|degraded|unhealthy)$/i.test(word);
    return bad ? [{ ...base, tone: 'hard', says: `${key} is ${word}` }] : [];
  });
}

/** What was asked of it: to pause, to stop, or to go. */
function asked(object: Json): Statement[] {
  const spec = asObject(object.spec);
  const base = { of: '', own: false, depth: 0, by: 'spec' as const };
  const held = Object.entries(spec).flatMap(([key, value]): Statement[] => {
    const stops =
      (value === false && key === 'active') ||
      (value === true && /^(?:suspend(?:ed)?|paused?|stopped|disabled|hibernated?)$/i.test(key)) ||
      (typeof value === 'string' &&
        /(?:state|strategy|policy|status)$/i.test(key) &&
        (toneOf(value) === 'held' || /^(?:hold|pause|stop|suspend)/i.test(value)));
    return stops ? [{ ...base, tone: 'held', says: `${key} is ${String(value)}`, needles: [key] }] : [];
  });
  const gone = at(object, 'metadata', 'deletionTimestamp');
  return gone === undefined
    ? held
    : [...held, { ...base, tone: 'going', says: 'it is being deleted', needles: ['deletionTimestamp'] }];
}

/** What kinds are called that do one piece of work and end. */
export const ONE_TIME =
  /(?<!Cron|Scheduled)(?:Run|Job|Workflow|Migration|Backup|Restore|Promotion|Execution|Experiment|Build|Task)$/;

/** Work that runs has not come to its end, where a service that runs is well. */
function unfinished(object: Json): Statement[] {
  if (!ONE_TIME.test(text(object.kind) ?? '')) return [];
  const status = asObject(object.status);
  const told = Object.entries(status).filter(([key, value]) => typeof value === 'string' && STATE.test(last(key)));
  // Where the status itself names no state, the one map in it that does is what it says.
  const maps = Object.values(status).filter(
    (value): value is Json => isObject(value) && Object.keys(value).some((key) => STATE.test(last(key))),
  );
  const entries = told.length === 0 && maps.length === 1 ? Object.entries(maps[0] ?? {}) : told;
  return entries.flatMap(([key, value]): Statement[] =>
    STATE.test(last(key)) && /^(?:running|started|active)$/i.test(text(value) ?? '')
      ? [{ tone: 'going', says: fact(key, String(value)), of: '', own: false, needles: [key], depth: 0, by: 'state' }]
      : [],
  );
}

/** A resource of which nothing is asked, and whose controller lists nothing beside conditions: it does nothing. */
function emptiness(object: Json): Statement[] {
  if (!isObject(object.spec) || Object.keys(object.spec).length > 0) return [];
  const lists = Object.entries(asObject(object.status)).filter(
    ([key]) => !/^(?:conditions|observedGeneration)$/.test(key),
  );
  const [only] = lists;
  if (lists.length !== 1 || only === undefined || !Array.isArray(only[1]) || only[1].length > 0) return [];
  if (wordsOf(only[0]).some((word) => toneOf(word) === 'bad')) return [];
  const says = `it has no ${only[0]} configured: its spec is empty`;
  return [{ tone: 'hard', says, of: '', own: true, needles: [only[0]], depth: 0, by: 'spec' }];
}

/** Sentences that only send the reader on. */
const POINTS_ON =
  /\bsee\b.*\b(?:details?|errors?|logs?|status)\b|^child \S+ failed$|=(?:False|Unknown)\b|\bnot (?:ready|healthy)\.?$|one or more|at least one|after \d+ attempt|^(?:\w+ ){1,5}failed\.?$|^not applicable$/i;

function weight({ own, tone, by, says, depth }: Statement): number {
  const told = own ? (POINTS_ON.test(says) ? 2 : 3) : 1;
  return (
    told +
    (tone === 'hard' ? 2 : 0) +
    (by === 'error' ? 0.25 : 0) +
    (own && troubled(says) ? 0.2 : 0) -
    Math.min(depth, 4) * 0.1
  );
}

/** Complaints that count: what a good end leaves behind, and what a held resource leaves undone, do not. */
function complaints(all: readonly Statement[]): Statement[] {
  const top = all.filter(({ depth }) => depth === 0);
  const bad = all.filter(({ tone }) => tone === 'hard' || tone === 'soft');
  // An end that says itself that it was a bad one is none that makes good.
  const failed = top.some(({ tone, by }) => tone === 'hard' && (by === 'state' || by === 'condition'));
  const ended = top.some(({ tone }) => tone === 'done') && !failed;
  const held = top.some(({ tone }) => tone === 'held');
  const well =
    top.some(({ tone, by }) => tone === 'good' && by !== 'count') &&
    // What is not done with its work is not well yet.
    !top.some(({ tone, by }) => tone === 'going' && by === 'count') &&
    !all.some(({ tone, by }) => tone === 'hard' && by !== 'past');
  return bad.filter(({ depth, tone, by }) => {
    if (ended) return depth === 0 && tone === 'hard' && by !== 'past';
    if (held && (tone === 'soft' || by === 'words')) return false;
    // The last error of what is well is over.
    return !(well && by === 'past');
  });
}

/**
 * Reads conditions, phases, flags, errors and counts of a resource of any kind. `undefined` when nothing in it says how it is.
 */
export function judge(object: Json): Judgement | undefined {
  // A few kinds have no more than a text there.
  const status = typeof object.status === 'string' ? { status: object.status } : asObject(object.status);
  const generation = number(at(object, 'metadata', 'generation'));
  const age = (number(object.age) ?? Number.NaN) * 1000;
  const made = Date.parse(text(at(object, 'metadata', 'creationTimestamp')) ?? '');
  const all = [
    ...statementsIn(status, asObject(object.spec), { generation, made, age }),
    ...marks(object),
    ...asked(object),
    ...emptiness(object),
    ...unfinished(object),
  ];
  const seen = seenOf(status);
  const stale = generation !== undefined && seen !== undefined && seen < generation;
  const found = complaints(all).toSorted((a, b) => weight(b) - weight(a));
  const sure = found.some(({ tone }) => tone === 'hard');
  const going = all.filter(({ tone }) => tone === 'going').toSorted((a, b) => a.depth - b.depth);
  const held = all.filter(({ tone, depth }) => tone === 'held' && depth === 0);
  // Who was told to stop before it has seen what is asked for now: what it says is of before.
  if (stale && held.some(({ by }) => by === 'spec')) return { is: 'held', because: held, sure: true };
  if (sure || (found.length > 0 && going.length === 0 && !stale)) return { is: 'unwell', because: found, sure };
  if (held.length > 0) return { is: 'held', because: held, sure: true };
  if (stale && all.length > 0)
    return { is: 'under-way', because: [...going, ...found, unseen(seen, generation)], sure: true };
  const ended = all.some(({ tone, depth }) => tone === 'done' && depth === 0);
  if (going.length > 0 && !ended) return { is: 'under-way', because: going, sure: true };
  const good = all.filter(({ tone }) => tone === 'good' || tone === 'done');
  return good.length === 0 ? undefined : { is: 'well', because: good, sure: true };
}

/** The generation that a status speaks of, or the newest that its conditions do. */
function seenOf(status: Json): number | undefined {
  const own = number(status.observedGeneration);
  if (own !== undefined) return own;
  const seen = objects(status.conditions).flatMap((one) => number(one.observedGeneration) ?? []);
  return seen.length === 0 ? undefined : Math.max(...seen);
}

/** Whether somebody stopped a resource before its controller has seen what is asked for now: what its status says is of before. */
export function isOfBefore(object: Json): boolean {
  const [generation, seen] = [number(at(object, 'metadata', 'generation')), seenOf(asObject(object.status))];
  if (generation === undefined || seen === undefined || seen >= generation) return false;
  return asked(object).some(({ tone }) => tone === 'held');
}

/** That a controller has not come to look at what is asked for now. */
function unseen(seen: number, generation: number): Statement {
  const says = `its controller has seen generation ${seen} of ${generation}`;
  return { tone: 'going', says, of: '', own: false, needles: ['observedGeneration'], depth: 0, by: 'count' };
}

/** A complaint, and of which members of a list or map it is said. */
export interface Complaint {
  readonly says: string;
  readonly statement: Statement;
}

const MAX_SAID = 3;

/** The complaints of a resource: the most telling first, nothing said twice, and one for all the members that say the same. */
export function complaintsIn(because: readonly Statement[]): Complaint[] {
  const members = new Map<string, { statement: Statement; of: Set<string> }>();
  for (const statement of because) {
    const known = members.get(statement.says) ?? { statement, of: new Set() };
    if (statement.of !== '') known.of.add(statement.of);
    members.set(statement.says, known);
  }
  const kept: Complaint[] = [];
  for (const { statement, of } of members.values()) {
    const { says } = statement;
    if (kept.some((one) => one.statement.says.includes(says) || says.endsWith(one.statement.says))) continue;
    const more = of.size > MAX_SAID ? ', …' : '';
    const whose = of.size === 0 ? [] : [`${[...of].slice(0, MAX_SAID).join('; ')}${more}`];
    const beside = [...(statement.reason === undefined ? [] : [statement.reason]), ...whose];
    kept.push({ says: `${says}${beside.length === 0 ? '' : ` (${beside.join('; ')})`}`, statement });
    if (kept.length === MAX_SAID) break;
  }
  return kept;
}
