import type { Json } from '../../../src/manifest/json.ts';
import { UNKNOWN } from '../cel/meaning.ts';
import { FAR_AHEAD } from '../defaults.ts';
import type { Way } from '../wish.ts';
import type { Lapse, Traced } from './traced.ts';

const LONG_AGO = '1970-01-01T00:00:00Z';

/** What is asked of a text that has to tell a time on one side of another: for people, and any such time. */
export const timeAsked = (early: boolean, than: string): { readonly pattern: string; readonly example: string } => ({
  pattern: `a time ${early ? 'before' : 'after'} ${than}`,
  example: early ? LONG_AGO : FAR_AHEAD,
});

/** A moment so much later, or earlier where the duration is negative. */
const moved = (words: string, duration: string): string =>
  duration.startsWith('-') ? `${words} - ${duration.slice(1)}` : `${words} + ${duration}`;

/** What a time is called: one that moves with the clock, or one that the policy says. */
function wordsOf(traced: Traced | undefined, now: Json | undefined): string | undefined {
  if (traced?.kind === 'moment') return traced.words;
  if (traced?.kind !== 'value' || typeof now !== 'string') return undefined;
  return now === '' ? 'now' : now;
}

/** The time from one moment to another, of which one stands in the object. */
function between(one: Traced | undefined, other: Traced | undefined, nows: readonly (Json | undefined)[]): Traced {
  const [start, end] = [wordsOf(one, nows[0]), wordsOf(other, nows[1])];
  if (one?.kind === 'place' && end !== undefined) return { kind: 'lapse', place: one, other: end, from: true };
  return other?.kind === 'place' && start !== undefined
    ? { kind: 'lapse', place: other, other: start, from: false }
    : UNKNOWN;
}

/** What Kyverno's functions of time give: nothing here reads a clock. Undefined for other functions. */
export function timeOf(name: string, args: readonly Traced[], nows: readonly (Json | undefined)[]): Traced | undefined {
  const [first, second, third] = args;
  switch (name) {
    case 'time_now':
    case 'time_now_utc':
      return { kind: 'moment', words: 'now' };
    case 'time_utc':
    case 'time_truncate':
      return first;
    case 'time_add': {
      const words = wordsOf(first, nows[0]);
      const duration = nows[1];
      return words !== undefined && typeof duration === 'string'
        ? { kind: 'moment', words: moved(words, duration) }
        : UNKNOWN;
    }
    case 'time_diff':
      return between(first, second, nows);
    case 'time_since':
      return between(second, third, nows.slice(1));
    default:
      return undefined;
  }
}

/** Ways to make the time between two moments at most, or at least, as long as a duration. */
export function lasting({ place, other, from }: Lapse, operator: string, duration: Json | undefined): Way[] {
  if (place.kind !== 'place' || typeof duration !== 'string' || !/^[<>]/.test(operator)) return [];
  const short = operator.startsWith('<');
  return [
    [
      {
        kind: 'present',
        path: place.path,
        ...timeAsked(from !== short, moved(other, from ? `-${duration}` : duration)),
      },
    ],
  ];
}
