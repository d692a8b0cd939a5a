import { type Json, number, text } from '../../json.ts';
import { needlesOf, type Statement } from './statement.ts';
import { fact, ownWords, textsOf } from './texts.ts';
import { wordsOf } from './words.ts';

function countOf(value: unknown): number | undefined {
  return typeof value === 'boolean' ? undefined : number(value);
}

const isCount = (value: unknown): value is number => typeof value === 'number';

/** How many are ready of how many, where the names of two counts tell that they belong together. */
export function counts(status: Json, spec: Json): Statement[] {
  const named = new Map(
    [status, spec].flatMap((map) => Object.entries(map)).map(([key, value]) => [wordsOf(key).join(' '), value]),
  );
  return Object.entries(status).flatMap(([key, value]): Statement[] => {
    const [first, ...noun] = wordsOf(key);
    if (!/^(?:ready|available|updated)$/.test(first ?? '')) return [];
    const what = noun.length === 0 ? 'size' : noun.join(' ');
    // What was ready and has been taken is no longer counted as ready.
    const taken = countOf(named.get(['allocated', ...noun].join(' '))) ?? 0;
    const free = countOf(value);
    const ready = free === undefined ? undefined : free + taken;
    const aim = countOf(
      named.get(what) ?? named.get(`desired ${what}`) ?? (noun.length === 0 ? named.get('desired') : undefined),
    );
    if (ready === undefined || aim === undefined) return [];
    const says = `${ready} of ${aim} ${what === 'size' ? 'members' : what} ${first}`;
    const tone = ready < aim ? 'going' : 'good';
    return [{ tone, says, of: '', own: false, needles: [key], depth: 0, by: 'count' }];
  });
}

/** What is taken of a pool, and what is left. */
const TAKEN = /^(?:assigned|allocated|used|in use)\b/;
const LEFT = /^(?:available|free|remaining)\b/;

/** A pool that says how much of it is taken and that some is left; one of which nothing is left may be full, or as it should be. */
export function pools(map: Json): Statement[] {
  const named = Object.entries(map).map(([key, value]) => [key, wordsOf(key).join(' '), value] as const);
  return named.flatMap(([key, words, value]): Statement[] => {
    const noun = words.replace(LEFT, '');
    const taken = named.some(
      ([, other, one]) => TAKEN.test(other) && other.replace(TAKEN, '') === noun && isCount(one),
    );
    if (!LEFT.test(words) || !taken || !(isCount(value) && value > 0)) return [];
    return [
      { tone: 'good', says: fact(key, String(value)), of: '', own: false, needles: [key], depth: 0, by: 'count' },
    ];
  });
}

/** Words of counts that divide the same things into those that serve and those that do not. */
const SIDES: readonly (readonly [string, string])[] = [
  ['online', 'offline'],
  ['up', 'down'],
  ['healthy', 'unhealthy'],
  ['reachable', 'unreachable'],
  ['connected', 'disconnected'],
];

/** Some of its parts serve and others do not (`drivesOnline: 12`, `drivesOffline: 4`): it serves partly. */
export function divided(map: Json, depth: number, of: string): Statement[] {
  const named = new Map(Object.entries(map).map(([key, value]) => [wordsOf(key).join(' '), [key, value] as const]));
  return SIDES.flatMap(([good, bad]) =>
    [...named].flatMap(([words, [key, value]]): Statement[] => {
      const all = words.split(' ');
      if (!all.includes(bad) || !isCount(value) || value < 1) return [];
      const other = named.get(all.map((word) => (word === bad ? good : word)).join(' '))?.[1];
      if (!isCount(other) || other < 1) return [];
      const says = `${fact(key, String(value))} beside ${other} ${good}`;
      return [{ tone: 'hard', says, of, own: false, needles: [key], depth, by: 'count' }];
    }),
  );
}

/** `2/3` under the name of a count. */
export function shares(map: Json, depth: number, of: string): Statement[] {
  return Object.entries(map).flatMap(([key, value]): Statement[] => {
    const share = /^(\d{1,5})\/(\d{1,5})$/.exec(text(value) ?? '');
    if (share === null || !/\b(?:ready|available|replicas|members|nodes|instances)\b/.test(wordsOf(key).join(' ')))
      return [];
    const tone = Number(share[1]) < Number(share[2]) ? 'going' : 'good';
    return [{ tone, says: fact(key, share[0]), of, own: false, needles: [share[0], key], depth, by: 'count' }];
  });
}

/** How far work has come: `3/7`, `42.1%`. */
export function progress(map: Json, depth: number, of: string): Statement[] {
  return Object.entries(map).flatMap(([key, value]): Statement[] => {
    if (!/(?:^|(?<!\bin) )progress(?: percent(?:age)?)?$/.test(wordsOf(key).join(' '))) return [];
    const said = text(value) ?? '';
    // A number alone is of a hundred, where it is not of one.
    const [, done, all = '100'] =
      /^(\d{1,9}(?:\.\d+)?)(?:%|\/(\d{1,9}))$/.exec(said) ?? (isCount(value) && value > 1 ? [said, said] : []);
    if (done === undefined || Number(done) >= Number(all)) return [];
    return [{ tone: 'going', says: fact(key, said), of, own: false, needles: [said, key], depth, by: 'count' }];
  });
}

/** What a call answered, as gRPC numbers what goes wrong, with a message. */
export function codes(map: Json, depth: number, of: string): Statement[] {
  const [code, [says]] = [countOf(map.code), textsOf(map.message)];
  if (typeof map.code !== 'number' || code === undefined || code < 1 || code > 16 || says === undefined) return [];
  return [{ tone: 'hard', says, of, own: true, needles: needlesOf(says), depth, by: 'error' }];
}

/** What a server answered, as HTTP numbers it. */
export function answers(map: Json, depth: number, of: string): Statement[] {
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

/** How much of some work is being done, has succeeded and has failed, where those are counted together: as of a part that is a Job. */
export function work(map: Json): Statement[] {
  const [succeeded, failed] = [map.succeeded, map.failed];
  if (!isCount(succeeded) || !isCount(failed)) return [];
  const key = ['active', 'running'].find((name) => isCount(map[name]) && Number(map[name]) > 0);
  if (key === undefined) return [];
  return [
    { tone: 'going', says: fact(key, String(map[key])), of: '', own: false, needles: [key], depth: 0, by: 'count' },
  ];
}
