import type { Json } from '../../../src/manifest/json.ts';
import { OVER_TLS_BECAUSE, saferURL } from '../cel/addresses.ts';
import { type Meaning, withinOf } from '../cel/meaning.ts';
import { MOST_WAYS } from '../cel/ways.ts';
import type { Way } from '../wish.ts';
import { textsBehind } from './text-functions.ts';
import type { Traced } from './traced.ts';

/** More words of a policy are not tried. */
const MOST_WORDS = 20;

const isText = (json: Json | undefined): json is string => typeof json === 'string';

const textsOf = (json: Json | undefined): string[] => (Array.isArray(json) ? json : [json]).filter(isText);

/** Texts that are said word for word, and any that fit what is said with wildcards. */
const spelled = (word: string): string => word.replaceAll('*', 'opsline').replaceAll('?', 'x');

/** A text with a part of it, wherever that stands, replaced by another one. */
function withPart(text: string, part: Json, other: string): string[] {
  const pieces = isText(part) && part !== '' ? text.split(part) : [];
  return pieces
    .slice(1)
    .map((_, at) => pieces.slice(0, at + 1).join(`${part}`) + other + pieces.slice(at + 1).join(`${part}`));
}

/**
 * What is said of something that a function makes of a text of the object (`base64_decode(data.url)`): another text is asked, of which
 * the function makes what the policy accepts, or of which only the part differs (`split(schedule, ' ')[1]`). `accepts`: whether a condition is content with what is made. What the policy says word
 * for word, and the same address over TLS, are choices.
 */
export function otherText(key: Traced, bound: Json | undefined, accepts: (made: Json) => boolean): Way[] {
  const within = key.kind === 'value' ? withinOf(key as Meaning) : undefined;
  if (!within?.again || key.kind !== 'value') return [];
  const { path, text, again } = within;
  const fits = (other: string): boolean => {
    const made = again(other);
    return other !== text && made !== undefined && accepts(made);
  };
  const words = textsOf(bound).slice(0, MOST_WORDS);
  const safer = saferURL(isText(key.value) ? key.value : undefined);
  const over = (safer === undefined ? [] : textsBehind(safer)).filter(fits);
  if (over.length > 0) return [[{ kind: 'choose', path, values: over.slice(0, 1), source: OVER_TLS_BECAUSE }]];
  const texts = (word: string): string[] =>
    [...textsBehind(word), ...withPart(text, key.value, word)].filter(fits).slice(0, 1);
  const said = words.filter((word) => !/[*?]/.test(word)).flatMap(texts);
  if (said.length > 0) return [[{ kind: 'choose', path, values: [...new Set(said)].slice(0, MOST_WAYS) }]];
  const [example] = [...words.map(spelled), 'opsline'].flatMap(texts);
  return example === undefined ? [] : [[{ kind: 'present', path, pattern: '', example }]];
}
