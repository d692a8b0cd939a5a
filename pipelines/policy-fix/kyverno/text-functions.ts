import { posix } from 'node:path';
import type { Json } from '../../../src/manifest/json.ts';
import { regexReplaced } from '../regex-fits.ts';

type Arguments = readonly (Json | undefined)[];

/** A function of Kyverno's JMESPath that makes something else of a text. */
interface TextFunction {
  /** Which argument is the text. */
  readonly of: number;
  /** What it makes of a text; undefined where that cannot be told. */
  readonly made: (text: string, all: Arguments) => Json | undefined;
  /** The text of which it makes another one. */
  readonly back?: (made: string) => string;
}

const plain = (made: TextFunction['made'], back?: TextFunction['back']): TextFunction =>
  back ? { of: 0, made, back } : { of: 0, made };

/** As Go's `strings.Trim` has it: the characters of a set go from either end. */
function trimmed(text: string, set: Json | undefined): string | undefined {
  if (typeof set !== 'string') return undefined;
  const goes = new Set(set);
  const characters = [...text];
  const first = characters.findIndex((one) => !goes.has(one));
  return first === -1 ? '' : characters.slice(first, characters.findLastIndex((one) => !goes.has(one)) + 1).join('');
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const encoded = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

const decoded = (text: string): string | undefined =>
  BASE64.test(text) ? Buffer.from(text, 'base64').toString('utf8') : undefined;

const replaced = (text: string, old: Json | undefined, by: Json | undefined): string | undefined =>
  typeof old === 'string' && typeof by === 'string' && old !== '' ? text.replaceAll(old, () => by) : undefined;

const regex = (literal: boolean): TextFunction => ({
  of: 1,
  made: (text, [pattern, , by]) =>
    typeof pattern === 'string' && typeof by === 'string' ? regexReplaced(pattern, text, by, literal) : undefined,
});

const FUNCTIONS: Readonly<Record<string, TextFunction>> = {
  to_lower: plain((text) => text.toLowerCase()),
  to_upper: plain((text) => text.toUpperCase()),
  trim: plain((text, [, set]) => trimmed(text, set)),
  trim_prefix: plain((text, [, prefix]) =>
    typeof prefix === 'string' ? (text.startsWith(prefix) ? text.slice(prefix.length) : text) : undefined,
  ),
  split: plain((text, [, by]) => (typeof by === 'string' ? text.split(by) : undefined)),
  replace_all: plain((text, [, old, by]) => replaced(text, old, by)),
  replace: plain((text, [, old, by, most]) => (most === -1 ? replaced(text, old, by) : undefined)),
  truncate: plain((text, [, most]) => (typeof most === 'number' ? text.slice(0, most) : undefined)),
  base64_decode: plain(decoded, encoded),
  base64_encode: plain(encoded),
  path_canonicalize: plain((text) => posix.normalize(text).replace(/(?<=.)\/$/, '')),
  regex_replace_all: regex(false),
  regex_replace_all_literal: regex(true),
};

/** The function of that name, if it is one of those that make something else of a text. */
export const textFunction = (name: string): TextFunction | undefined =>
  Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;

/** What a text might have been before a function of the kind made it another one, itself first. */
export const textsBehind = (made: string): string[] => [
  made,
  ...Object.values(FUNCTIONS).flatMap(({ back }) => (back ? [back(made)] : [])),
];
