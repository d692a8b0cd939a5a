import { isObject, type Json } from '../../../src/manifest/json.ts';
import type { Path } from '../edits.ts';
import { regexFound } from '../regex-fits.ts';
import { OF_ADDRESS } from './addresses.ts';

/** A scalar as another type, or in other letters; undefined where it cannot be. */
export function rewritten(name: string, now: Json): Json | undefined {
  if (isObject(now) || Array.isArray(now)) return undefined;
  if (name === 'int' || name === 'double') return Number.isNaN(Number(now)) ? undefined : Number(now);
  if (name === 'string') return String(now);
  if (typeof now !== 'string') return undefined;
  return name === 'trim' ? now.trim() : name === 'upperAscii' ? now.toUpperCase() : now.toLowerCase();
}

/** What a text may be asked to be readable as, and any such text; never offered. */
export const READ_AS_SUCH: Readonly<Record<string, string>> = { isSemver: '1.0.0', isQuantity: '1' };

/** A text with each of its parts in turn replaced by a word of the policy, which states what stands between them, too. */
const withParts = (text: string, words: readonly string[]): string[] =>
  words
    .filter((between) => /^[-./:_,@]$/.test(between) && text.includes(between))
    .flatMap((between) => {
      const parts = text.split(between);
      return parts.flatMap((_, at) => words.map((word) => parts.with(at, word).join(between)));
    });

const NO_DIGEST = '0'.repeat(64);

/**
 * Texts that may stand in where a part of one is compared, of the sort that a field takes: versions of an image, or what a policy
 * states (`words`) before it, times of a schedule. Never offered.
 */
export function textsLike(path: Path, now = '', words: readonly string[] = []): string[] {
  if (path.at(-1) === 'schedule') return ['17 3 * * 1', '17 3 * * *', '*/20 * * * *'];
  if (path.at(-1) !== 'image') return withParts(now, words);
  const repository = now.replace(/@.*/, '').replace(/:[^/]*$/, '');
  return ['1.0.0', 'v1.0.0', '1', `1.0.0@sha256:${NO_DIGEST}`]
    .map((tag) => `${repository}:${tag}`)
    .concat(`${repository}@sha256:${NO_DIGEST}`)
    .concat(words.map((word) => `${word.replace(/\/$/, '')}/${now.replace(/^.*\//, '')}`));
}

/** Methods that give a part of a text, or something about it. What they give is no longer what stands in the object. */
export const OF_TEXT: Readonly<
  Record<string, (text: string, args: readonly (Json | undefined)[]) => Json | undefined>
> = {
  split: (text, [by]) => (typeof by === 'string' ? text.split(by) : undefined),
  replace: (text, [old, by, most]) =>
    typeof old === 'string' && typeof by === 'string' && most === undefined
      ? text.replaceAll(old, () => by)
      : undefined,
  substring: (text, [from, to]) =>
    typeof from === 'number' && (to === undefined || typeof to === 'number') ? text.substring(from, to) : undefined,
  indexOf: (text, [part]) => (typeof part === 'string' ? text.indexOf(part) : undefined),
  lastIndexOf: (text, [part]) => (typeof part === 'string' ? text.lastIndexOf(part) : undefined),
  find: (text, [pattern]) => (typeof pattern === 'string' ? regexFound(pattern, text) : undefined),
  charAt: (text, [at]) => (typeof at === 'number' ? text.charAt(at) : undefined),
  ...OF_ADDRESS,
};
