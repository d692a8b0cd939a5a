import type { Json } from '../../../src/manifest/json.ts';
import { exampleOf } from '../fixers/parameters.ts';
import { globs } from '../globs.ts';
import { regexFits } from '../regex-fits.ts';
import { timeAsked } from './times.ts';

/** A test of a text: whether it holds where that can be told, and what is asked of a text for which it should. */
export interface Test {
  /** Which argument is the text that is tested. */
  readonly of: number;
  readonly holds?: boolean;
  /** What the policy accepts, for people, and any text that it would accept. */
  asked(want: boolean): { readonly pattern: string; readonly example: string };
}

type Arguments = readonly (Json | undefined)[];

const matches = (pattern: string, text: Json | undefined): boolean | undefined =>
  typeof text === 'string' ? regexFits(pattern, text) : undefined;

/** `regex_match(pattern, text)` */
function regex([pattern, text]: Arguments): Test | undefined {
  if (typeof pattern !== 'string') return undefined;
  const now = matches(pattern, text);
  return {
    of: 1,
    ...(now === undefined ? {} : { holds: now }),
    asked: (want) => (want ? { pattern, example: exampleOf(pattern) } : { pattern: `!${pattern}`, example: 'opsline' }),
  };
}

/** `semver_compare(version, range)`: a range of one comparison. */
function version([, range]: Arguments): Test | undefined {
  const [, operator = '', bound] =
    (typeof range === 'string' && /^\s*([<>=!~^]*)\s*v?(\d+(?:\.\d+){0,2})/.exec(range)) || [];
  if (bound === undefined) return undefined;
  const [above, below] = ['999.0.0', '0.0.0'];
  const full = bound.split('.').concat('0', '0').slice(0, 3).join('.');
  const inside = operator === '>' || operator === '!=' ? above : operator === '<' ? below : full;
  const outside = operator.startsWith('<') ? above : operator === '>' || operator === '!=' ? full : below;
  return {
    of: 0,
    asked: (want) => ({ pattern: want ? `${range}` : `not ${range}`, example: want ? inside : outside }),
  };
}

/** `time_before(one, other)`, `time_after(one, other)`: whichever of the two is not a value of the policy's own is asked. */
const time =
  (name: 'before' | 'after') =>
  ([one, other]: Arguments, places: readonly boolean[], words: readonly (string | undefined)[]): Test | undefined => {
    const of = places.indexOf(true);
    if (of === -1) return undefined;
    const bound = of === 0 ? other : one;
    return {
      of,
      asked: (want) => {
        const early = (name === 'before') === (want === (of === 0));
        return timeAsked(early, typeof bound === 'string' ? bound : (words[1 - of] ?? 'now'));
      },
    };
  };

/** `pattern_match(pattern, text)`: a text with `*` and `?`, against a text or number. */
function wildcard([pattern, text]: Arguments): Test | undefined {
  if (typeof pattern !== 'string') return undefined;
  const now = typeof text === 'string' || typeof text === 'number' ? globs(pattern, String(text)) : undefined;
  const example = pattern.replaceAll('*', 'opsline').replaceAll('?', 'x');
  return {
    of: 1,
    ...(now === undefined ? {} : { holds: now }),
    asked: (want) => (want ? { pattern, example } : { pattern: `!${pattern}`, example: 'opsline' }),
  };
}

type Reading = (now: Arguments, places: readonly boolean[], words: readonly (string | undefined)[]) => Test | undefined;

const FUNCTIONS: Readonly<Record<string, Reading>> = {
  regex_match: regex,
  pattern_match: wildcard,
  semver_compare: version,
  time_before: time('before'),
  time_after: time('after'),
};

export const isTestFunction = (name: string): boolean => Object.hasOwn(FUNCTIONS, name);

/**
 * Reads a call of one of Kyverno's own functions that test a text; `places` says which arguments stand in the object, `words` what
 * those are called that move with the clock.
 */
export const testOf = (name: string, ...read: Parameters<Reading>): Test | undefined => FUNCTIONS[name]?.(...read);
