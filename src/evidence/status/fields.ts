import { isObject, type Json, number, objects, text } from '../../json.ts';
import { type Asked, fromConditions, isCondition } from './conditions.ts';
import { needlesOf, type Statement } from './statement.ts';
import { toneOf, troubled, waits, wordsOf } from './words.ts';

/** Last words of the names of fields that hold a state; a few kinds write a sentence there. */
const STATE = /^(?:phase|state|status|health|result|verdict|outcome|conclusion|compliant|compliance|robustness|stage)$/;
const MESSAGE = /^(?:message|messages|description|reason|cause|detail|details|issues|explanation|trace)$/;
const ERROR = /^(?:error|errors|failure|failures)$/;
/** What was, or was asked for, and what only points elsewhere: not how it is. */
const PAST =
  /^(?:history|previous|prior|old|former|past|measurements|events|template|spec|inventory|selector|desired|target|parameters)$/;
const NOT_READ = /^(?:last(?:Applied|Config)\w*|atProvider|subresourceStatuses|managedFields|artifact|metadata)$/;
/** Flags that are wrong when they have the other value; `ready: false` is what is also said before a thing is up. */
const FLAGS: Readonly<Record<string, 'hard' | 'soft'>> = {
  healthy: 'hard',
  valid: 'hard',
  success: 'hard',
  succeeded: 'hard',
  ready: 'soft',
  available: 'soft',
  synced: 'soft',
  applied: 'soft',
  created: 'soft',
};
/** Last words of fields that are about errors and hold none. */
const ABOUT_ERRORS = /^(?:count|counts|policy|threshold|time|code|budget)$/;
const DONE = /^(?:succeeded|complete|completed|finished|done|passed)$/;
const MAX_MEMBERS = 100;
/** Longer texts are no message. */
const MAX_TEXT = 2000;
const MAX_DEPTH = 5;
const NAMES =
  /^(?:name|id|displayName|domain|host|hostname|node|nodeName|cluster\w*|parentRef|ancestorRef|targetRef|resourceRef|catalogSourceRef|type)$/i;

function last(key: string): string {
  return wordsOf(key).at(-1) ?? '';
}

function firstLine(value: string): string {
  return value.slice(0, MAX_TEXT).trim().split('\n')[0]?.trim() ?? '';
}

/** The texts of a field that holds a message, a list of them, or objects that have one. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return value.trim() === '' || value === 'null' ? [] : [firstLine(value)];
  if (Array.isArray(value)) return value.slice(0, 10).flatMap(textsOf);
  if (!isObject(value)) return [];
  const own = ['message', 'msg', 'description', 'detail', 'reason'].find((key) => textsOf(value[key]).length > 0);
  return own === undefined ? [] : textsOf(value[own]);
}

/** What one member of a list or a map is called. */
export function nameOf(member: Json): string | undefined {
  for (const [key, value] of Object.entries(member)) {
    if (!NAMES.test(key)) continue;
    const name = typeof value === 'string' ? value : isObject(value) ? text(value.name) : undefined;
    if (name !== undefined && name !== '' && name.length < 100) return name;
  }
  return undefined;
}

/** Fields of a map that say in words what is the matter, the most telling first. */
function ownWords(map: Json): string[] {
  const keys = Object.keys(map).filter((key) => ERROR.test(last(key)) || MESSAGE.test(last(key)));
  const rank = (key: string) =>
    wordsOf(key).some((word) => ERROR.test(word)) ? 0 : MESSAGE.test(last(key)) && !/reason$/i.test(key) ? 1 : 2;
  return keys
    .toSorted((a, b) => rank(a) - rank(b))
    .flatMap((key) => textsOf(map[key]))
    .filter((words) => !/^none$/i.test(words));
}

function fact(key: string, value: string): string {
  return `${key} is ${value}`;
}

/** What has been under way for this long (ms), and says why it does not get on, does not. */
const STILL_STARTING = 10 * 60_000;

function states(map: Json, asked: Asked, depth: number, of: string): Statement[] {
  return Object.entries(map).flatMap(([key, value]): Statement[] => {
    if (typeof value !== 'string' || value === '' || !STATE.test(last(key))) return [];
    if (wordsOf(key).some((word) => PAST.test(word))) return [];
    const base = { of, depth, by: 'state' as const };
    if (value.length > MAX_TEXT) return [];
    if (value.length > 20 && value.includes(' ')) {
      const tone = waits(value) ? 'going' : troubled(value) ? 'hard' : /\bnot\b/i.test(value) ? 'soft' : undefined;
      const words = tone === 'hard' || tone === 'soft' ? ownWords(map) : [];
      const told = [...new Set([...words.slice(0, 1), value])];
      return tone === undefined
        ? []
        : told.map((says) => ({ ...base, tone, says, own: true, needles: needlesOf(says) }));
    }
    const found = toneOf(value);
    // What is not known to be healthy is not.
    const tone = /^unknown$/i.test(value) && last(key) === 'health' ? 'unready' : found;
    if (tone === undefined) return [];
    const says = fact(key, value);
    if (tone !== 'bad' && tone !== 'unready') {
      const [why] = tone === 'going' && asked.age > STILL_STARTING ? ownWords(map) : [];
      if (why !== undefined && troubled(why) && !waits(why))
        return [{ ...base, tone: 'hard', says: why, own: true, needles: needlesOf(why, value) }];
      const done = tone === 'good' && DONE.test(wordsOf(value).at(-1) ?? '');
      return [{ ...base, tone: done ? 'done' : tone, says, own: false, needles: [value, key] }];
    }
    const weight = tone === 'bad' ? ('hard' as const) : ('soft' as const);
    const [words] = ownWords(map);
    const link =
      words === undefined ? Object.values(map).find((other) => /^https?:\/\/\S+$/.test(text(other) ?? '')) : undefined;
    const more = link === undefined ? '' : `, see ${text(link)}`;
    const short = { ...base, tone: weight, says: `${says}${more}`, own: false, needles: [value, key] };
    if (words === undefined) return [short];
    return [{ ...base, tone: weight, says: words, own: true, needles: needlesOf(words, value) }, short];
  });
}

/** Members of a list or map whose level says that they are errors. */
function leveled(value: unknown): Json[] {
  const members = Array.isArray(value)
    ? objects(value)
    : isObject(value)
      ? [value, ...Object.values(value).filter(isObject)]
      : [];
  return members.filter((entry) =>
    /^(?:error|critical|fatal)$|_err$/i.test(text(entry.level ?? entry.severity ?? entry.type) ?? ''),
  );
}

function errors(map: Json, depth: number, of: string): Statement[] {
  return Object.entries(map).flatMap(([key, value]): Statement[] => {
    const words = wordsOf(key);
    if (words.some((word) => PAST.test(word))) return [];
    const named = words.some((word) => ERROR.test(word)) && !ABOUT_ERRORS.test(words.at(-1) ?? '');
    const said = named ? textsOf(value) : leveled(value).flatMap(textsOf);
    return said.slice(0, 3).map((says) => ({
      tone: 'hard',
      says,
      of,
      // A code is no sentence.
      own: /\s/.test(says),
      needles: needlesOf(says, key),
      depth,
      by: words[0] === 'last' ? 'past' : 'error',
    }));
  });
}

function flags(map: Json, depth: number, of: string): Statement[] {
  return Object.entries(map).flatMap(([key, value]): Statement[] => {
    if (typeof value !== 'boolean') return [];
    const name = wordsOf(key).join(' ');
    const wrong = value ? (/^(?:failed|degraded|unhealthy)$/.test(name) ? 'hard' : undefined) : FLAGS[name];
    const short = { says: fact(key, String(value)), of, own: false, needles: [key], depth, by: 'state' as const };
    if (wrong === undefined) return value && FLAGS[name] !== undefined ? [{ ...short, tone: 'good' }] : [];
    const [words] = ownWords(map);
    return words === undefined
      ? [{ ...short, tone: wrong }]
      : [{ ...short, tone: wrong, says: words, own: true, needles: needlesOf(words, key) }];
  });
}

/** How many are ready of how many, where the names of two counts tell that they belong together. */
function counts(status: Json, spec: Json): Statement[] {
  const named = new Map(
    [status, spec].flatMap((map) => Object.entries(map)).map(([key, value]) => [wordsOf(key).join(' '), value]),
  );
  return Object.entries(status).flatMap(([key, value]): Statement[] => {
    const [first, ...noun] = wordsOf(key);
    if (!/^(?:ready|available)$/.test(first ?? '')) return [];
    const what = noun.length === 0 ? 'size' : noun.join(' ');
    const ready = countOf(value);
    const aim = countOf(named.get(what) ?? named.get(`desired ${what}`));
    if (ready === undefined || aim === undefined || ready >= aim) return [];
    const says = `${ready} of ${aim} ${what === 'size' ? 'members' : what} ready`;
    return [{ tone: 'going', says, of: '', own: false, needles: [key], depth: 0, by: 'count' }];
  });
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'boolean' ? undefined : number(value);
}

function within(of: string, name: string | undefined): string {
  return name === undefined ? of : of === '' ? name : `${of}, ${name}`;
}

/** The maps in a field, with what each is called: members of a list, of a map of maps, or the one that it is. */
function membersOf(value: unknown): (readonly [string | undefined, Json])[] {
  if (Array.isArray(value)) return objects(value).map((member) => [nameOf(member), member]);
  if (!isObject(value)) return [];
  const entries = Object.entries(value);
  const maps = entries.length > 0 && entries.every(([, member]) => isObject(member));
  return maps ? entries.map(([key, member]) => [nameOf(member as Json) ?? key, member as Json]) : [[undefined, value]];
}

function walk(map: Json, asked: Asked, depth: number, of: string): Statement[] {
  const own = [...states(map, asked, depth, of), ...errors(map, depth, of), ...flags(map, depth, of)];
  if (depth >= MAX_DEPTH) return own;
  const nested = Object.entries(map).flatMap(([key, value]): Statement[] => {
    if (NOT_READ.test(key) || wordsOf(key).some((word) => PAST.test(word))) return [];
    const members = membersOf(value).slice(0, MAX_MEMBERS);
    const conditions = members.map(([, member]) => member);
    if (conditions.some(isCondition)) return fromConditions(conditions, asked, depth, of);
    // Without types they are a history, and what the last of them says the status says, too.
    if (/conditions$/i.test(key)) return [];
    return members.flatMap(([name, member]) => walk(member, asked, depth + 1, within(of, name)));
  });
  return [...own, ...nested];
}

/** All that the status of a resource says of how it is, wherever in it. */
export function statementsIn(status: Json, spec: Json, asked: Asked): Statement[] {
  const all = [...walk(status, asked, 0, ''), ...counts(status, spec)];
  const [reason] = textsOf(status.reason);
  if (all.length > 0 || reason === undefined || !reason.includes(' ')) return all;
  // Nothing but a number beside it: it is for trouble that a reason is given.
  return [{ tone: 'soft', says: reason, of: '', own: true, needles: needlesOf(reason), depth: 0, by: 'words' }];
}
