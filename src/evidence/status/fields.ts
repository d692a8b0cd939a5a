import { isObject, type Json, number, objects, text } from '../../json.ts';
import { type Asked, fromConditions, isCondition } from './conditions.ts';
import { needlesOf, type Statement } from './statement.ts';
import { toneOf, troubled, waits, wordsOf } from './words.ts';

/** Last words of the names of fields that hold a state; a few kinds write a sentence there. */
const STATE = /^(?:phase|state|status|health|result|verdict|outcome|conclusion|compliant|compliance|robustness|stage)$/;
const MESSAGE =
  /^(?:message|messages|description|reason|cause|detail|details|issues|explanation|trace|info|note|notes)$/;
const ERROR = /^(?:error|errors|failure|failures|problem|problems)$/;
/** What was, or was asked for, and what only points elsewhere: not how it is. */
const PAST =
  /^(?:history|recent|runs|attempts|executions|previous|prior|old|former|past|measurements|events|template|spec|inventory|selector|desired|target|parameters)$/;
const NOT_READ = /^(?:last(?:Applied|Config)\w*|atProvider|subresourceStatuses|managedFields|artifact|metadata)$/;
/** Flags that are wrong when they have the other value; `ready: false` is what is also said before a thing is up. */
const FLAGS: Readonly<Record<string, 'hard' | 'soft' | 'told'>> = {
  healthy: 'hard',
  valid: 'hard',
  success: 'hard',
  succeeded: 'hard',
  ready: 'soft',
  available: 'soft',
  synced: 'soft',
  applied: 'soft',
  created: 'soft',
  // Only where it says why: these are also false of what is not wanted.
  registered: 'told',
  installed: 'told',
  connected: 'told',
  attached: 'told',
  deployed: 'told',
  initialized: 'told',
  accepted: 'told',
  programmed: 'told',
  reachable: 'told',
  reconciled: 'told',
  provisioned: 'told',
  running: 'told',
};
/** States of what is not there, as also what was stopped is not. */
const ABSENT = /^(?:missing|offline|absent|not ?found)$/;
/** What may follow the word for an error in the name of a field that holds one: `errorMessage`, but not `failureDomain`. */
const OF_ERROR =
  /^(?:message|messages|msg|reason|type|info|detail|details|text|string|description|cause|summary|trace)$/;
const DONE = /^(?:succeeded|complete|completed|finished|done|passed)$/;
/** What controllers write where there is nothing to tell. */
const NOTHING = /^(?:|-|null|nil|<nil>|<none>|none|n\/a|no ?errors?|ok|success|false|0)$/i;
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
  if (typeof value === 'string') return NOTHING.test(value.trim()) ? [] : [firstLine(value)];
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
  return keys.toSorted((a, b) => rank(a) - rank(b)).flatMap((key) => textsOf(map[key]));
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
    const weight = tone === 'bad' && !ABSENT.test(wordsOf(value).join(' ')) ? ('hard' as const) : ('soft' as const);
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

/** Whether a field of this name holds an error. `onFailure` says what to do in one. */
function isError(words: readonly string[]): boolean {
  const at = words.findIndex((word) => ERROR.test(word));
  return (
    at >= 0 && words[at - 1] !== 'on' && words.slice(at + 1).every((word) => OF_ERROR.test(word) || ERROR.test(word))
  );
}

function errors(map: Json, depth: number, of: string): Statement[] {
  return Object.entries(map).flatMap(([key, value]): Statement[] => {
    const words = wordsOf(key);
    if (words.some((word) => PAST.test(word))) return [];
    const named = isError(words);
    const failed =
      words[0] === 'failed' && typeof value === 'object' ? membersOf(value).map(([, member]) => member) : [];
    const said = named ? textsOf(value) : [...failed, ...leveled(value)].flatMap(textsOf);
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

/** `true`, `"False"` and the like. */
function flagOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return typeof value === 'string' && /^(?:true|false)$/i.test(value) ? value.toLowerCase() === 'true' : undefined;
}

function flags(map: Json, depth: number, of: string): Statement[] {
  return Object.entries(map).flatMap(([key, raw]): Statement[] => {
    const value = flagOf(raw);
    if (value === undefined) return [];
    const name = wordsOf(key).join(' ');
    const wrong = value ? (/^(?:failed|degraded|unhealthy)$/.test(name) ? 'hard' : undefined) : FLAGS[name];
    const short = { says: fact(key, String(raw)), of, own: false, needles: [key], depth, by: 'state' as const };
    if (wrong === undefined) return value && FLAGS[name] !== undefined ? [{ ...short, tone: 'good' }] : [];
    const [words] = ownWords(map);
    const tone = words !== undefined && troubled(words) && !waits(words) ? 'hard' : wrong;
    if (tone === 'told') return [];
    return words === undefined
      ? [{ ...short, tone }]
      : [{ ...short, tone, says: words, own: true, needles: needlesOf(words, key) }];
  });
}

/** A map from parts to their states: all of its texts are states, under whatever names. */
function parts(map: Json, depth: number, of: string): Statement[] {
  const texts = Object.entries(map).flatMap(([key, value]): (readonly [string, string])[] =>
    typeof value === 'string' && value !== '' ? [[key, value]] : [],
  );
  const toned = texts.map(([key, value]) => [key, value, /\s/.test(value) ? undefined : toneOf(value)] as const);
  if (texts.length < 2 || toned.some(([, , tone]) => tone === undefined)) return [];
  return toned.flatMap(([key, value, tone]): Statement[] =>
    tone !== 'bad' || STATE.test(last(key)) || wordsOf(key).some((word) => PAST.test(word))
      ? []
      : [{ tone: 'hard', says: fact(key, value), of, own: false, needles: [value, key], depth, by: 'state' }],
  );
}

/** How many are ready of how many, where the names of two counts tell that they belong together. */
function counts(status: Json, spec: Json): Statement[] {
  const named = new Map(
    [status, spec].flatMap((map) => Object.entries(map)).map(([key, value]) => [wordsOf(key).join(' '), value]),
  );
  return Object.entries(status).flatMap(([key, value]): Statement[] => {
    const [first, ...noun] = wordsOf(key);
    if (!/^(?:ready|available|updated)$/.test(first ?? '')) return [];
    const what = noun.length === 0 ? 'size' : noun.join(' ');
    const ready = countOf(value);
    const aim = countOf(named.get(what) ?? named.get(`desired ${what}`));
    if (ready === undefined || aim === undefined) return [];
    const says = `${ready} of ${aim} ${what === 'size' ? 'members' : what} ${first}`;
    const tone = ready < aim ? 'going' : 'good';
    return [{ tone, says, of: '', own: false, needles: [key], depth: 0, by: 'count' }];
  });
}

/** `2/3` under the name of a count. */
function shares(map: Json, depth: number, of: string): Statement[] {
  return Object.entries(map).flatMap(([key, value]): Statement[] => {
    const share = /^(\d{1,5})\/(\d{1,5})$/.exec(text(value) ?? '');
    if (share === null || !/\b(?:ready|available|replicas|members|nodes|instances)\b/.test(wordsOf(key).join(' ')))
      return [];
    const tone = Number(share[1]) < Number(share[2]) ? 'going' : 'good';
    return [{ tone, says: fact(key, share[0]), of, own: false, needles: [share[0], key], depth, by: 'count' }];
  });
}

/** What a server answered, as HTTP numbers it. */
function answers(map: Json, depth: number, of: string): Statement[] {
  return Object.entries(map).flatMap(([key, value]): Statement[] => {
    const code = countOf(value);
    if (
      code === undefined ||
      code < 400 ||
      code > 599 ||
      !/^(?:status|http|response) (?:status )?code$/.test(wordsOf(key).join(' '))
    )
      return [];
    const base = { tone: 'hard', of, depth, by: 'state' } as const;
    const words = ownWords(map)[0] ?? textsOf(map.response ?? map.body)[0];
    const short: Statement = { ...base, says: fact(key, String(code)), own: false, needles: [key] };
    return words === undefined ? [short] : [{ ...base, says: words, own: true, needles: needlesOf(words) }, short];
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

function walk(map: Json, asked: Asked, depth: number, of: string): Statement[] {
  const said = [
    ...states(map, asked, depth, of),
    ...parts(map, depth, of),
    ...shares(map, depth, of),
    ...answers(map, depth, of),
  ];
  const own = [...said, ...errors(map, depth, of), ...flags(map, depth, of)];
  if (depth >= MAX_DEPTH) return own;
  const same = depth === 0 ? stateMap(map) : undefined;
  const nested = Object.entries(map).flatMap(([key, value]): Statement[] => {
    if (NOT_READ.test(key) || wordsOf(key).some((word) => PAST.test(word))) return [];
    const members = membersOf(value).slice(0, MAX_MEMBERS);
    const deeper = key === same && members.length === 1 ? depth : depth + 1;
    const conditions = members.map(([name, member]) => typed(key, name, member));
    if (conditions.some(isCondition)) return fromConditions(conditions, asked, depth, of);
    // Without types they are a history, and what the last of them says the status says, too.
    if (/conditions$/i.test(key)) return [];
    return members.flatMap(([name, member]) => walk(member, asked, deeper, within(of, name)));
  });
  return [...own, ...nested];
}

/** Messages that tell of trouble, and stand beside nothing but names, numbers and times. */
function troubles(map: Json, depth: number, of: string): Statement[] {
  const own = ownWords(map).filter((words) => troubled(words) && !waits(words));
  const nested =
    depth >= MAX_DEPTH
      ? []
      : Object.entries(map).flatMap(([key, value]): Statement[] =>
          NOT_READ.test(key) || wordsOf(key).some((word) => PAST.test(word))
            ? []
            : membersOf(value)
                .slice(0, MAX_MEMBERS)
                .flatMap(([name, member]) => troubles(member, depth + 1, within(of, name))),
        );
  return [
    ...own.map(
      (says): Statement => ({ tone: 'hard', says, of, own: true, needles: needlesOf(says), depth, by: 'words' }),
    ),
    ...nested,
  ];
}

/** All that the status of a resource says of how it is, wherever in it. */
export function statementsIn(status: Json, spec: Json, asked: Asked): Statement[] {
  const all = [...walk(status, asked, 0, ''), ...counts(status, spec)];
  if (all.some(({ by }) => by !== 'count')) return all;
  const found = troubles(status, 0, '');
  const [reason] = textsOf(status.reason);
  if (found.length > 0 || all.length > 0 || reason === undefined || !reason.includes(' ')) return [...found, ...all];
  // Nothing but a number beside it: it is for trouble that a reason is given.
  return [{ tone: 'soft', says: reason, of: '', own: true, needles: needlesOf(reason), depth: 0, by: 'words' }];
}
