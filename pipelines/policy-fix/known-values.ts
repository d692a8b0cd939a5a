import { equalJson, isObject, type Json, type JsonObject } from '../../src/manifest/json.ts';
import type { KubeObject } from '../../src/policy/violation.ts';

/** Places whose values only people know: another manifest's value there is no answer, nor is a value stated elsewhere. */
const PEOPLES =
  /^(?:.*\/)?(?:labels|annotations)(?:\/|$)|\/image$|\/resources(?:\/|$)|(?:liveness|readiness|startup)Probe(?:\/|$)|\/hosts?(?:\/|$)|\/secretName$|replicas$|runAs(?:User|Group)$|fsGroup$/i;

/** Parts of a policy that say which objects it looks at, or how its parameters are written, not what it wants. */
const NOT_WANTED = new Set(['match', 'exclude', 'matchConstraints', 'matchConditions', 'preconditions', 'crd']);

/** A text that is only part of a value (a prefix, a pattern), and a number that counts findings. */
const PARTS =
  /\b(?:startswith|endswith|contains|matches|re_match|regex\.\w+|indexof|trim\w*|split|replace|concat)\s*\([^()]*\)/gi;
const COUNTS = /(?:\b(?:count|size|len|length)\s*\([^()]*\)|\.size\(\))\s*[<>=!]+\s*\d+/g;
const INDEX = /(?<=[\w\])])\[\d+\]/g;
const NUMBER = /(?<![\w.])-?\d+(?:\.\d+)?(?:m|%|[kKMGTPE]i?)?(?!\w|\.\d)/g;
const QUOTED = /"([^"\\\n]*)"|'([^'\\\n]*)'|`([^`\n]*)`/g;

interface Statement {
  /** Where the values stand: keys, their neighbours and the line itself, lower case. */
  readonly about: string;
  readonly values: ReadonlySet<string>;
}

const singular = (key: string): string => key.toLowerCase().replace(/s$/, '');

/** The values that one line of a policy states as whole tokens. */
function valuesOf(line: string): Set<string> {
  const text = line.replaceAll(PARTS, ' ').replaceAll(COUNTS, ' ').replaceAll(INDEX, ' ');
  const values = new Set<string>();
  for (const [number] of text.matchAll(NUMBER)) values.add(number);
  for (const [, a, b, c] of text.matchAll(QUOTED)) values.add(a ?? b ?? c ?? '');
  // A whole value, or the alternatives of a Kyverno pattern.
  for (const part of line.split(/[|&]/)) {
    const value = part.trim().replace(/^[<>=]+\s*/, '');
    if (!/^!|[*?]/.test(value)) values.add(value);
  }
  values.delete('');
  return values;
}

function* statementsOf(value: Json | undefined, about: string): Generator<Statement> {
  if (Array.isArray(value)) for (const item of value) yield* statementsOf(item, about);
  else if (isObject(value)) {
    const neighbours = Object.values(value).filter((item) => typeof item === 'string' && item.length <= 100);
    for (const [key, item] of Object.entries(value))
      if (!NOT_WANTED.has(key)) yield* statementsOf(item, `${about} ${key} ${neighbours.join(' ')}`);
  } else if (typeof value === 'number') yield { about: about.toLowerCase(), values: new Set([String(value)]) };
  else if (typeof value === 'string')
    for (const line of value.split('\n')) yield { about: `${about} ${line}`.toLowerCase(), values: valuesOf(line) };
}

/** The non-boolean scalars below a value, each with the nearest key that is no index. */
function* scalarsOf(value: Json, key: string): Generator<[string, string]> {
  if (Array.isArray(value)) for (const item of value) yield* scalarsOf(item, key);
  else if (isObject(value)) for (const [inner, item] of Object.entries(value)) yield* scalarsOf(item, inner);
  else if (typeof value !== 'boolean') yield [key, String(value)];
}

export interface KnownValues {
  /** Whether a value at this place is stated by the policies, or stands under the same key in another manifest. */
  has(path: readonly (string | number)[], value: string | number | null): boolean;
}

/**
 * What may be written without asking anybody. `messages` are the engine's: they tie a value of the policies to a key, but
 * repeat values of the object, so they make no value known.
 */
export function knownValues(
  policies: readonly KubeObject[],
  messages: readonly string[],
  others: readonly JsonObject[],
): KnownValues {
  const statements = policies.flatMap(({ spec }) => [...statementsOf(spec, '')]);
  const said = messages.flatMap((message) => [...statementsOf(message, '')]);
  const stated = new Set(statements.flatMap(({ values }) => [...values]));
  const elsewhere = new Set(
    others.flatMap((object) => [...scalarsOf(object, '')].map(([key, value]) => JSON.stringify([key, value]))),
  );
  return {
    has(path, value) {
      const key = String(path.findLast((part) => typeof part === 'string') ?? '');
      const text = String(value);
      if (!PEOPLES.test(`/${path.join('/')}`)) return stated.has(text) || elsewhere.has(JSON.stringify([key, text]));
      return (
        stated.has(text) &&
        [...statements, ...said].some(({ about, values }) => values.has(text) && about.includes(singular(key)))
      );
    },
  };
}

/** Every non-boolean scalar that stands in `after` and did not stand there before. */
export function* written(
  before: Json | undefined,
  after: Json,
  path: readonly (string | number)[] = [],
): Generator<{ path: readonly (string | number)[]; value: string | number | null }> {
  if (equalJson(before, after)) return;
  if (Array.isArray(after)) {
    const old = Array.isArray(before) ? before : [];
    for (const [i, item] of after.entries()) {
      if (old.some((earlier) => equalJson(earlier, item))) continue;
      const same =
        isObject(item) && item.name !== undefined
          ? old.find((earlier) => isObject(earlier) && equalJson(earlier.name, item.name))
          : old[i];
      yield* written(same, item, [...path, i]);
    }
  } else if (isObject(after)) {
    const old = isObject(before) ? before : {};
    for (const [key, item] of Object.entries(after))
      yield* written(Object.hasOwn(old, key) ? old[key] : undefined, item, [...path, key]);
  } else if (typeof after !== 'boolean') yield { path, value: after };
}
