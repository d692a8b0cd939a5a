import type { Json } from '../../../src/manifest/json.ts';
import { regexSpans } from '../regex-fits.ts';

/** A text without the given characters at its ends. */
export function stripped(text: string, characters: string, left: boolean, right: boolean): string {
  let [from, to] = [0, text.length];
  while (left && from < to && characters.includes(text.charAt(from))) from++;
  while (right && to > from && characters.includes(text.charAt(to - 1))) to--;
  return text.slice(from, to);
}

/** Functions that give a part of a text, or something about it. What they give is no longer what stands in the object. */
export const OF_TEXT: Readonly<
  Record<string, (text: string, args: readonly (Json | undefined)[]) => Json | undefined>
> = {
  split: (text, [by]) => (typeof by === 'string' ? text.split(by) : undefined),
  trim_left: (text, [characters]) => stripped(text, String(characters), true, false),
  trim_right: (text, [characters]) => stripped(text, String(characters), false, true),
  trim_prefix: (text, [part]) => (typeof part === 'string' && text.startsWith(part) ? text.slice(part.length) : text),
  trim_suffix: (text, [part]) =>
    typeof part === 'string' && part !== '' && text.endsWith(part) ? text.slice(0, -part.length) : text,
  replace: (text, [old, by]) =>
    typeof old === 'string' && typeof by === 'string' ? text.replaceAll(old, () => by) : undefined,
  substring: (text, [from, length]) => {
    if (typeof from !== 'number' || typeof length !== 'number' || from < 0) return undefined;
    return length < 0 ? text.slice(from) : text.slice(from, from + length);
  },
  indexof: (text, [part]) => (typeof part === 'string' ? text.indexOf(part) : undefined),
};

/** What stands between the parts of a text that a regular expression fits; one that fits nothing (`x*`) is not read. */
function between(pattern: string, text: string): string[] | undefined {
  const spans = regexSpans(pattern, text);
  if (!spans || spans.some(([start, end]) => start === end)) return undefined;
  const ends = [0, ...spans.map(([, end]) => end)];
  return ends.map((from, i) => text.slice(from, spans[i]?.[0] ?? text.length));
}

/** Functions that take a text apart by a regular expression: at which place among the arguments the text is, and what they give. */
export const BY_PATTERN: Readonly<
  Record<
    string,
    { readonly text: number; readonly give: (text: string, args: readonly (Json | undefined)[]) => Json | undefined }
  >
> = {
  'regex.split': { text: 1, give: (text, [pattern]) => between(String(pattern), text) },
  'regex.find_n': {
    text: 1,
    give: (text, [pattern, , most]) => {
      const found = regexSpans(String(pattern), text)?.map(([start, end]) => text.slice(start, end));
      return typeof most === 'number' && most >= 0 ? found?.slice(0, most) : found;
    },
  },
  'regex.replace': {
    text: 0,
    // `$1` stands for a group.
    give: (text, [, pattern, by]) =>
      typeof by === 'string' && !by.includes('$') ? between(String(pattern), text)?.join(by) : undefined,
  },
};
