import { isObject, type Json, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import type { Path } from '../edits.ts';
import { quantity } from '../fixers/resources.ts';
import type { Way } from '../wish.ts';
import type { Condition } from './resolve.ts';

/** Where a value of a constant map comes from: the key stands in the object, and the value lies `within` what the key leads to. */
export interface LookedUp {
  readonly path: Path;
  readonly map: JsonObject;
  readonly within: readonly (string | number)[];
}

/** The text of the object that a value is a part of, or was read from, where it stands, and what would be read of another text. */
export interface Within {
  readonly path: Path;
  readonly text: string;
  readonly again?: (text: string) => Json | undefined;
}

/** The same, of which a part is read. */
export function readFurther({ again, ...within }: Within, read: (part: Json) => Json | undefined): Within {
  if (!again) return within;
  const further = (text: string): Json | undefined => {
    const part = again(text);
    return part === undefined ? undefined : read(part);
  };
  return { ...within, again: further };
}

/**
 * What an expression stands for: a place in the object (with what counts where nothing stands there; its `key` alone; written in
 * lower or upper case), a value (`seen` in other objects, not written in the policy; looked up `by` a key), a list of such (with how it would get empty or
 * something, and how it would get a member; of a `set` members are asked for), a list's items that fit a condition, fields by name,
 * a quantity's or duration's number (times `scale`), two numbers that are added or the like, a truth value that is computed, or something that cannot be told without an API server.
 */
export type Meaning =
  | {
      readonly kind: 'place';
      readonly path: Path;
      readonly value: Json | undefined;
      readonly fallback?: Json;
      /** The fallback is what another place of the object holds, and no word of the policy's. */
      readonly standsIn?: true;
      readonly key?: true;
      readonly cased?: true;
      /** The number that a text says. */
      readonly said?: true;
    }
  | {
      readonly kind: 'value';
      readonly value: Json;
      readonly seen?: true;
      readonly by?: LookedUp;
      readonly within?: Within;
      /** The texts that it was put together of, one after the other, where some of them stand in the object. */
      readonly made?: readonly Meaning[];
    }
  | {
      readonly kind: 'list';
      readonly items: readonly Meaning[];
      readonly filled?: (some: boolean) => Way[];
      readonly gains?: (member: Json) => Way[];
      readonly set?: true;
      /** The lists that were put one after the other. */
      readonly parts?: readonly Meaning[];
    }
  | {
      readonly kind: 'filtered';
      readonly items: readonly Meaning[];
      /** Where the list stands in the object. */
      readonly list?: Path;
      readonly keep: (item: Meaning) => Condition;
      /** What stands for an item that is kept. */
      readonly as?: (item: Meaning) => Meaning;
    }
  /** Fields by name, some of which may stand in the object or be computed. */
  | {
      readonly kind: 'map';
      readonly fields: ReadonlyMap<string, Meaning>;
      readonly filled?: (some: boolean) => Way[];
    }
  | { readonly kind: 'quantity'; readonly of: Meaning; readonly unit?: 'duration' | 'version'; readonly scale?: number }
  | {
      readonly kind: 'sum';
      readonly operator: string;
      readonly left: Meaning;
      readonly right: Meaning;
      readonly now?: number;
    }
  | { readonly kind: 'condition'; readonly now: boolean | undefined; readonly ways: (want: boolean) => Way[] }
  | { readonly kind: 'unknown' };

export const UNKNOWN: Meaning = { kind: 'unknown' };
export const value = (json: Json): Meaning => ({ kind: 'value', value: json });

/** A map of given keys and what they hold; unknown where a key is. */
export function mapOf(entries: readonly (readonly [Meaning, Meaning])[]): Meaning {
  const fields = new Map<string, Meaning>();
  for (const [key, item] of entries) {
    const name = valueNow(key);
    if (typeof name !== 'string') return UNKNOWN;
    fields.set(name, item);
  }
  const map: Meaning = { kind: 'map', fields };
  const plain = [...fields.values()].every(({ kind }) => kind === 'value') ? valueNow(map) : undefined;
  return plain === undefined ? map : value(plain);
}

/** The value a meaning has now; undefined where it is absent or cannot be told. */
export function valueNow(meaning: Meaning): Json | undefined {
  if (meaning.kind === 'value') return meaning.value;
  if (meaning.kind === 'place') return meaning.value ?? meaning.fallback;
  if (meaning.kind === 'quantity') {
    const now = valueNow(meaning.of);
    const number =
      meaning.unit === undefined ? quantity(now) : meaning.unit === 'duration' ? nanoseconds(now) : versionNumber(now);
    return number === undefined || meaning.scale === undefined ? number : number * meaning.scale;
  }
  if (meaning.kind === 'map') {
    const entries = [...meaning.fields].map(([key, item]) => [key, valueNow(item)] as const);
    return entries.some(([, item]) => item === undefined) ? undefined : (Object.fromEntries(entries) as Json);
  }
  if (meaning.kind === 'condition' || meaning.kind === 'sum') return meaning.now;
  return undefined;
}

const UNITS: Readonly<Record<string, number>> = { h: 3600e9, m: 60e9, s: 1e9, ms: 1e6, us: 1e3, µs: 1e3, ns: 1 };

/** A duration as Go writes it (`1h30m`), in nanoseconds. */
export function nanoseconds(text: Json | undefined): number | undefined {
  if (typeof text !== 'string' || !/^(?:\d+(?:\.\d+)?(?:h|ms|m|s|us|µs|ns))+$/.test(text)) return undefined;
  return [...text.matchAll(/([\d.]+)(\D+)/g)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (UNITS[unit] ?? 0),
    0,
  );
}

/** A version as semver has it (without what comes before a release) as one number; the first part up to 9999, others up to a million. */
function versionNumber(text: Json | undefined): number | undefined {
  const parts =
    typeof text === 'string' ? /^(\d{1,4})\.(\d{1,6})\.(\d{1,6})(?:\+.*)?$/.exec(text)?.slice(1) : undefined;
  return parts?.reduce((number, part) => number * 1e6 + Number(part), 0);
}

/** Such a number as a version again. */
export const versionText = (number: number): string =>
  [Math.floor(number / 1e12), Math.floor(number / 1e6) % 1e6, number % 1e6].join('.');

/** Nanoseconds as Go reads them, in the largest unit that is whole. */
export function durationText(count: number): string {
  const [unit, size] = Object.entries(UNITS).find(([, each]) => count % each === 0) ?? ['ns', 1];
  return `${count / size}${unit}`;
}

/** A field or an index of a meaning; a place goes on where nothing stands yet. */
export function field(of: Meaning, key: string | number): Meaning {
  const list = of.kind === 'list' ? of.items[Number(key)] : undefined;
  if (of.kind === 'list') return list ?? UNKNOWN;
  if (of.kind === 'map') return of.fields.get(String(key)) ?? UNKNOWN;
  const container = of.kind === 'place' || of.kind === 'value' ? valueNow(of) : undefined;
  const inner = Array.isArray(container)
    ? container[Number(key)]
    : isObject(container) && Object.hasOwn(container, key)
      ? container[key]
      : undefined;
  if (of.kind === 'place') return { kind: 'place', path: [...of.path, key], value: inner };
  if (inner === undefined) return UNKNOWN;
  if (of.kind !== 'value') return value(inner);
  const { by, within } = of;
  return {
    ...of,
    value: inner,
    ...(by ? { by: { ...by, within: [...by.within, key] } } : {}),
    ...(within ? { within: readFurther(within, (whole) => valueAt(whole, [key])) } : {}),
  };
}

/** The text of the object that a text is, or is a part of. */
export function withinOf(text: Meaning): Within | undefined {
  if (text.kind === 'value') return text.within;
  return text.kind === 'place' && !text.key && typeof text.value === 'string'
    ? { path: text.path, text: text.value, again: (other) => other }
    : undefined;
}

/** What a literal of CEL stands for; numbers come as bigints or in a wrapper of their type. */
export function literal(raw: unknown): Meaning {
  if (typeof raw === 'bigint') return value(Number(raw));
  if (raw === null || typeof raw === 'string' || typeof raw === 'number' || typeof raw === 'boolean') return value(raw);
  const text = String(raw);
  return /^\d+$/.test(text) ? value(Number(text)) : UNKNOWN;
}
