import { RE2JS } from 're2js';

/**
 * Policies and manifests come from strangers. RE2, which the engines themselves use, takes time in proportion to pattern and text; these
 * bound both.
 */
const LIMITS = { pattern: 1_000, text: 10_000, kept: 200 } as const;

const compiled = new Map<string, RE2JS | undefined>();

function compile(pattern: string): RE2JS | undefined {
  if (pattern.length > LIMITS.pattern) return undefined;
  if (compiled.has(pattern)) return compiled.get(pattern);
  if (compiled.size >= LIMITS.kept) compiled.clear();
  let found: RE2JS | undefined;
  try {
    found = RE2JS.compile(pattern);
  } catch {
    // A pattern that RE2 does not read is the engine's to refuse.
  }
  compiled.set(pattern, found);
  return found;
}

/**
 * Whether a regular expression of RE2 fits a part of a text; undefined for one that is no such expression, or too long to be read
 * here. The engine has the last word, this only saves looking at what does not matter.
 */
export function regexFits(pattern: string, text: string): boolean | undefined {
  return text.length > LIMITS.text ? undefined : compile(pattern)?.matcher(text).find();
}

/** The first part of a text that it fits, empty where none is; undefined as for `regexFits`. */
export function regexFound(pattern: string, text: string): string | undefined {
  const matcher = text.length > LIMITS.text ? undefined : compile(pattern)?.matcher(text);
  if (matcher === undefined) return undefined;
  return matcher.find() ? (matcher.group() ?? '') : '';
}

/** Where the parts of a text begin and end that it fits, one after the other; undefined as for `regexFits`. */
export function regexSpans(pattern: string, text: string): (readonly [start: number, end: number])[] | undefined {
  const matcher = text.length > LIMITS.text ? undefined : compile(pattern)?.matcher(text);
  if (matcher === undefined) return undefined;
  const spans: (readonly [number, number])[] = [];
  while (matcher.find()) spans.push([matcher.start(), matcher.end()]);
  return spans;
}

/** A group that a replacement names: `$1`, `${1}`. */
const GROUP = /\$(?:\{(\w+)\}|(\w+))/g;

/**
 * A text with each part that an expression fits replaced, `by` naming groups as Go has them unless it is `literal`; undefined as for
 * `regexFits`, and where a group has a name.
 */
export function regexReplaced(pattern: string, text: string, by: string, literal: boolean): string | undefined {
  const matcher = text.length > LIMITS.text ? undefined : compile(pattern)?.matcher(text);
  const named = literal ? [] : [...by.matchAll(GROUP)].map(([, braced, bare]) => braced ?? bare ?? '');
  if (matcher === undefined || named.some((name) => !/^\d+$/.test(name))) return undefined;
  const replaced = matcher.replaceAll((...groups: unknown[]) =>
    literal ? by : by.replaceAll(GROUP, (_, braced: string, bare: string) => groupOf(groups, Number(braced ?? bare))),
  );
  return replaced.length > LIMITS.text ? undefined : replaced;
}

/** The text of a group, empty where there is none; behind the groups come numbers and what a match was found in. */
const groupOf = (groups: readonly unknown[], at: number): string => {
  const end = groups.findIndex((group) => typeof group === 'number');
  const group = at < end ? groups[at] : undefined;
  return typeof group === 'string' ? group : '';
};
