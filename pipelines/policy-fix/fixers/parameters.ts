import { isObject, type Json } from '../../../src/manifest/json.ts';
import { regexFits } from '../regex-fits.ts';
import { regexExample } from './regex-example.ts';

/** Every value in a tree with the chain of keys that leads to it. */
export function* leaves(
  value: Json | undefined,
  path: readonly string[] = [],
): Generator<{ path: readonly string[]; value: Json }> {
  if (value === undefined) return;
  yield { path, value };
  if (Array.isArray(value)) for (const item of value) yield* leaves(item, path);
  else if (isObject(value)) for (const [key, item] of Object.entries(value)) yield* leaves(item, [...path, key]);
}

/** A key that a policy requires, with what it says about the value. */
export interface RequiredKey {
  readonly key: string;
  readonly where: 'labels' | 'annotations';
  /** Values the policy itself lists. */
  readonly allowed: readonly string[];
  readonly pattern?: string;
  /** What the policy accepts, as it says it. */
  readonly said?: string;
  readonly fallback?: string;
  /** Any value that the policy accepts, where its pattern is no regular expression. */
  readonly example?: string;
  /** The policy would take another label instead. */
  readonly oneOfSeveral?: true;
}

const KEY = /^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

export const isKey = (text: string): boolean => text.length <= 317 && KEY.test(text);

const strings = (value: Json | undefined): string[] =>
  Array.isArray(value)
    ? value.filter((item): item is string => typeof item === 'string')
    : typeof value === 'string'
      ? [value]
      : [];

/** Labels and annotations that a constraint's parameters ask for: lists of keys, or objects with a key and its rules. */
export function requiredKeys(parameters: Json): RequiredKey[] {
  const found: RequiredKey[] = [];
  for (const { path, value } of leaves(parameters)) {
    const name = path.at(-1) ?? '';
    const where = /annotation/i.test(name) ? 'annotations' : /label/i.test(name) ? 'labels' : undefined;
    if (where === undefined) continue;
    if (typeof value === 'string' && isKey(value)) found.push({ key: value, where, allowed: [] });
    if (!isObject(value)) continue;
    const key = value.key ?? value.name ?? value.label ?? value.annotation;
    if (typeof key === 'string' && isKey(key)) {
      const pattern = value.allowedRegex ?? value.regex ?? value.pattern;
      const fallback = value.default ?? value.defaultValue;
      found.push({
        key,
        where,
        allowed: strings(value.allowedValues ?? value.values ?? value.allowed ?? value.value),
        ...(typeof pattern === 'string' && pattern !== '' ? { pattern } : {}),
        ...(typeof fallback === 'string' ? { fallback } : {}),
      });
    }
  }
  return found;
}

/** The choices of a regular expression that is nothing but a list of words: `^(dev|prod)$`. */
export function wordsOfPattern(pattern: string | undefined): string[] {
  const inner = pattern?.match(/^\^?\(?(?:\?:)?([A-Za-z0-9_.|-]+)\)?\$$/)?.[1];
  return inner ? inner.split('|').filter((word) => word !== '' && !/[.]/.test(word)) : [];
}

/** Whether a value fits a policy's pattern; patterns that are not read fit nothing. */
export const fits = (value: string, pattern: string | undefined): boolean =>
  pattern === undefined || regexFits(pattern, value) === true;

/** A text that fits a pattern, to stand in for a value nobody knows yet; `x` where none is found. */
export function exampleOf(pattern: string | undefined): string {
  if (pattern === undefined) return 'x';
  return regexExample(pattern) || 'x';
}
