import { type Json, objects, text } from '../../json.ts';
import type { Asked } from './conditions.ts';
import { needlesOf, type Statement } from './statement.ts';
import { fact, isPast, last, MAX_TEXT, ownWords, STATE, sentencesOf, textsOf } from './texts.ts';
import { toneOf, troubled, waits, wordsOf } from './words.ts';

/** Flags that are wrong when they have the other value; `ready: false` is what is also said before a thing is up. */
const FLAGS: Readonly<Record<string, 'hard' | 'soft' | 'told' | 'going'>> = {
  ok: 'hard',
  healthy: 'hard',
  valid: 'hard',
  success: 'hard',
  succeeded: 'hard',
  successful: 'hard',
  ready: 'soft',
  available: 'soft',
  synced: 'soft',
  applied: 'soft',
  created: 'soft',
  'ready to use': 'going',
  // Only where it says why: these are also false of what is not wanted.
  registered: 'told',
  installed: 'told',
  connected: 'told',
  attached: 'told',
  mounted: 'told',
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
/** States of a part that is not yet as it should be, as each is in turn during an update. */
const BEHIND = /\bout of (?:sync|date)$/;
const DONE = /^(?:succeeded|complete|completed|finished|done|passed)$/;

/** What has been under way for longer than this (ms), or nobody knows for how long, and says why it does not get on, does not. */
const STILL_STARTING = 10 * 60_000;

/** States in a list, each of a type that says it by itself, and with messages. */
function listed(members: readonly Json[], depth: number, of: string): Statement[] {
  return members.flatMap((member): Statement[] => {
    const type = text(member.type) ?? '';
    if (member.status !== undefined || toneOf(type) !== 'bad') return [];
    const base = { tone: 'hard', of, depth, by: 'state' } as const;
    const words = ownWords(member).filter((says) => !waits(says));
    return words.length === 0
      ? [{ ...base, says: fact('type', type), own: false, needles: [type] }]
      : words.map((says) => ({ ...base, says, own: true, needles: needlesOf(says, type) }));
  });
}

/** What the phases, states and healths among the fields of a map say. */
export function states(map: Json, asked: Asked, depth: number, of: string): Statement[] {
  return Object.entries(map).flatMap(([key, value]): Statement[] => {
    if (typeof value === 'object' && STATE.test(last(key)) && !isPast(key))
      return listed(Array.isArray(value) ? objects(value) : objects([value]), depth, of);
    if (typeof value !== 'string' || value === '' || !(STATE.test(last(key)) || key === 'code')) return [];
    if (isPast(key)) return [];
    const base = { of, depth, by: 'state' as const };
    if (value.length > MAX_TEXT) return [];
    if (value.length > 20 && value.includes(' ')) {
      const tone = waits(value) ? 'going' : troubled(value) ? 'hard' : /\bnot\b/i.test(value) ? 'soft' : undefined;
      const words = tone === 'hard' || tone === 'soft' ? ownWords(map) : [];
      const told = [...new Set([...words.slice(0, 1), value])];
      if (tone === undefined && toneOf(value) === 'good')
        return [{ ...base, tone: 'good', says: fact(key, value), own: false, needles: [value, key] }];
      return tone === undefined
        ? []
        : told.map((says) => ({ ...base, tone, says, own: true, needles: needlesOf(says) }));
    }
    // Where it is named what runs, it is a part of the work.
    const [doing, what] = wordsOf(value);
    const part = doing === 'running' && what !== undefined && !/\s/.test(value) && toneOf(what) === undefined;
    const found = part && toneOf(value) === 'good' ? 'going' : toneOf(value);
    // What is not known to be healthy is not.
    const tone = /^unknown$/i.test(value) && last(key) === 'health' ? 'unready' : found;
    if (tone === undefined) return [];
    const says = fact(key, value);
    if (tone !== 'bad' && tone !== 'unready') {
      const late = tone === 'going' && !(asked.age <= STILL_STARTING);
      // Nobody paused it: it was stopped by what went wrong.
      const stopped = tone === 'held' && !/paus|suspend/i.test(value);
      const [why] = late || stopped ? ownWords(map) : [];
      if (why !== undefined && troubled(why) && !waits(why))
        return [{ ...base, tone: 'hard', says: why, own: true, needles: needlesOf(why, value) }];
      const [doing] = tone === 'going' ? ownWords(map) : [];
      if (doing?.includes(' ') === true)
        return [{ ...base, tone, says: `${says} (${doing.slice(0, 160)})`, own: false, needles: [value, key] }];
      const done = tone === 'good' && DONE.test(wordsOf(value).at(-1) ?? '');
      return [{ ...base, tone: done ? 'done' : tone, says, own: false, needles: [value, key] }];
    }
    const why = toneOf(text(map.reason) ?? '');
    const said = wordsOf(value).join(' ');
    const wrong = tone === 'bad' ? !(ABSENT.test(said) || (depth > 0 && BEHIND.test(said))) : why === 'bad';
    const weight = wrong ? ('hard' as const) : ('soft' as const);
    const [words] = [...ownWords(map), ...sentencesOf(map)];
    const link =
      words === undefined ? Object.values(map).find((other) => /^https?:\/\/\S+$/.test(text(other) ?? '')) : undefined;
    const more = link === undefined ? '' : `, see ${text(link)}`;
    const short = { ...base, tone: weight, says: `${says}${more}`, own: false, needles: [value, key] };
    if (words === undefined) return [short];
    // One word of its own is a reason.
    if (!/\s/.test(words)) return [{ ...short, says: `${says} (${words})`, needles: [words, value, key] }];
    return [{ ...base, tone: weight, says: words, own: true, needles: needlesOf(words, value) }, short];
  });
}

/** `true`, `"False"` and the like. */
function flagOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return typeof value === 'string' && /^(?:true|false)$/i.test(value) ? value.toLowerCase() === 'true' : undefined;
}

/** What the flags of a map say. */
export function flags(map: Json, depth: number, of: string): Statement[] {
  return Object.entries(map).flatMap(([key, raw]): Statement[] => {
    const value = flagOf(raw);
    if (value === undefined) return [];
    const name = wordsOf(key)
      .join(' ')
      .replace(/^is ?(?=[a-z]{5})/, '');
    const wrong = value ? (/^(?:failed|degraded|unhealthy)$/.test(name) ? 'hard' : undefined) : FLAGS[name];
    const short = { says: fact(key, String(raw)), of, own: false, needles: [key], depth, by: 'state' as const };
    if (wrong === undefined) return value && FLAGS[name] !== undefined ? [{ ...short, tone: 'good' }] : [];
    const [words] = ownWords(map);
    const tone = words !== undefined && troubled(words) && !waits(words) ? 'hard' : wrong;
    if (tone === 'told') return [];
    // Of a part it is also said before that has come up.
    const weight =
      tone === 'hard' && wrong === 'hard' && depth > 0 && !(words !== undefined && troubled(words)) ? 'soft' : tone;
    return words === undefined
      ? [{ ...short, tone: weight }]
      : [{ ...short, tone: weight, says: words, own: true, needles: needlesOf(words, key) }];
  });
}

/** What a thing is called is no state of it, also where a metric is called `errors`. */
const CALLED = /^(?:name|id|displayName)$/;

/** A map from parts to their states: all of its texts are states, under whatever names. */
export function parts(map: Json, depth: number, of: string): Statement[] {
  const texts = Object.entries(map).flatMap(([key, value]): (readonly [string, string])[] =>
    typeof value === 'string' && value !== '' && !CALLED.test(key) ? [[key, value]] : [],
  );
  const toned = texts.map(([key, value]) => [key, value, /\s/.test(value) ? undefined : toneOf(value)] as const);
  if (texts.length < 2 || toned.some(([, , tone]) => tone === undefined)) return [];
  return toned.flatMap(([key, value, tone]): Statement[] =>
    tone !== 'bad' || STATE.test(last(key)) || isPast(key)
      ? []
      : [{ tone: 'hard', says: fact(key, value), of, own: false, needles: [value, key], depth, by: 'state' }],
  );
}

/** The state of a container that waits, as Kubernetes writes it. */
export function heldUp(waiting: Json, depth: number, of: string): Statement[] {
  const reason = text(waiting.reason) ?? '';
  if (toneOf(reason) !== 'bad') return [];
  const message = textsOf(waiting.message)[0];
  const base = { tone: 'hard', of, depth, by: 'state' } as const;
  return message === undefined
    ? [{ ...base, says: `it waits: ${reason}`, own: false, needles: [reason] }]
    : [{ ...base, says: message, own: true, needles: needlesOf(message, reason) }];
}
