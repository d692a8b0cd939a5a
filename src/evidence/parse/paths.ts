import { asObject, isObject } from '../../json.ts';

const MAX_DEPTH = 12;

/** A member by its name, all of an array (`*`), one of it by its place, or the one whose `type` (or `name`) is asked for. */
export type Key = string | number | { readonly [by: string]: string };

const STEP = /\.([A-Za-z]\w*)|\[(\d)\]|\[(\*?)\]|\[\?\(@\.(type|name)==\\?["']([\w.-]+)\\?["']\)\]/g;

/** `.status.containerStatuses[0].lastState` as its keys; undefined for anything that is no plain path. */
export function keysOf(path: string): Key[] | undefined {
  if (!path.startsWith('.') || path.replace(STEP, '') !== '') return undefined;
  const keys = [...path.matchAll(STEP)].map(([, key, index, every, by, value]): Key => {
    if (key !== undefined) return key;
    if (index !== undefined) return Number(index);
    return every === undefined ? { [by ?? '']: value ?? '' } : '*';
  });
  return keys.length > MAX_DEPTH ? undefined : keys;
}

/**
 * The object in which a value stands under these keys; of several values under `*` each in a member of its own, of the innermost array where one
 * lies in another: how many the outer one has was not shown.
 */
export function placed(keys: readonly Key[], value: unknown): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  if (key === '*')
    return (value instanceof Several && !rest.includes('*') ? value.values : [value]).map((one) => placed(rest, one));
  const inner = placed(rest, value);
  if (typeof key === 'object') return [{ ...asObject(inner), ...key }];
  // What stands before it in the array was not shown.
  return typeof key === 'number' ? [...Array.from({ length: key }, () => null), inner] : { [key]: inner };
}

/** What a path with `*` gave, one for each member. */
export class Several {
  readonly values: readonly unknown[];
  constructor(values: readonly unknown[]) {
    this.values = values;
  }
}

function json(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}

/** Maps and lists whose values are texts, whatever they look like. */
const TEXTS = /^(?:labels|annotations|matchLabels|nodeSelector|data|value|args|command)$/;
/** Members that are sentences: blanks stand within one of them. */
const SENTENCE = /^(?:message|value|error|description)$/;

/** Whether a path leads to a sentence. */
export function isSentenceAt(keys: readonly Key[]): boolean {
  const last = keys.at(-1);
  return typeof last === 'string' && SENTENCE.test(last);
}

/** The texts that an expression of `jq` puts where there is no value (`.spec.serviceAccountName // "missing"`): no values of the objects. */
export const defaultsIn = (command: string): ReadonlySet<string> =>
  new Set([...command.matchAll(/\/\/ ?\\?"([^"\\]*)\\?"/g)].map(([, said = '']) => said.trim()));

/** A text as jsonpath prints it: without quotes, and a boolean in the same way. */
export function bareValue(line: string, keys: readonly Key[]): unknown {
  return /^(?:true|false)$/.test(line) && !keys.some((key) => typeof key === 'string' && TEXTS.test(key))
    ? line === 'true'
    : line;
}

/** What was printed for a path: JSON, a text, or several of these with a blank between them where the path asks for all of an array. */
export function readValue(cell: string, keys: readonly Key[]): unknown {
  const several = keys.includes('*');
  if (/^[[{]/.test(cell)) {
    const one = json(cell);
    if (one !== undefined) return several && Array.isArray(one) ? new Several(one) : one;
    const all = several ? json(`[${cell.replaceAll(/([}\]]) (?=[{[])/g, '$1,')}]`) : undefined;
    return Array.isArray(all) ? new Several(all) : cell;
  }
  if (several && cell.includes(' ') && !isSentenceAt(keys))
    return new Several(cell.split(' ').map((part) => bareValue(part, keys)));
  return bareValue(cell, keys);
}

/** Whether two members of an array are one: not where both say a `type` or `name`, and another one. */
const isSame = (one: unknown, other: unknown): boolean =>
  ['type', 'name'].every((key) => {
    const [a, b] = [asObject(one)[key], asObject(other)[key]];
    return a === undefined || b === undefined || a === b;
  });

/** What was placed for two paths of one object, in one. */
export function together(one: unknown, other: unknown): unknown {
  if (isObject(one) && isObject(other)) {
    const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
    return Object.fromEntries(
      keys.map((key) => [key, key in one && key in other ? together(one[key], other[key]) : (one[key] ?? other[key])]),
    );
  }
  if (Array.isArray(one) && Array.isArray(other)) {
    if (!other.every((member, index) => isSame(one[index], member))) return [...one, ...other];
    return Array.from({ length: Math.max(one.length, other.length) }, (_, index) => together(one[index], other[index]));
  }
  return one ?? other;
}
