import type { Json } from '../../../src/manifest/json.ts';

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
