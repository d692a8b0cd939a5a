import { z } from 'zod';
import { OpslineError } from '../errors.ts';
import { equalJson, isObject, type Json } from './json.ts';

const JsonValue: z.ZodType<Json> = z.json() as z.ZodType<Json>;
const Pointer = z
  .string()
  .regex(/^(\/([^~/]|~[01])*)*$/)
  .describe('RFC 6901 JSON pointer');

/** The RFC 6902 operations that opsline edits with. */
export const Operation = z.discriminatedUnion('op', [
  z.object({ op: z.literal('add'), path: Pointer, value: JsonValue }),
  z.object({ op: z.literal('replace'), path: Pointer, value: JsonValue }),
  z.object({ op: z.literal('remove'), path: Pointer }),
  z.object({ op: z.literal('test'), path: Pointer, value: JsonValue }),
]);
export type Operation = z.infer<typeof Operation>;

/** The unescaped reference tokens of an RFC 6901 pointer; `''` gives none. */
export function parsePointer(pointer: string): string[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((token) => (token.includes('~') ? token.replaceAll('~1', '/').replaceAll('~0', '~') : token));
}

export function formatPointer(path: readonly (string | number)[]): string {
  let pointer = '';
  for (const token of path) {
    const text = String(token);
    pointer += `/${/[~/]/.test(text) ? text.replaceAll('~', '~0').replaceAll('/', '~1') : text}`;
  }
  return pointer;
}

function fail(operation: Operation, why: string): never {
  throw new OpslineError('invalid-input', `cannot ${operation.op} ${operation.path || '(the document)'}: ${why}`);
}

function index(operation: Operation, token: string, length: number, adding: boolean): number {
  if (adding && token === '-') return length;
  if (!/^(0|[1-9][0-9]*)$/.test(token)) fail(operation, `"${token}" is not an index of a list`);
  const at = Number(token);
  if (at > length || (!adding && at === length)) fail(operation, `the list has ${length} items`);
  return at;
}

/** A copy; a scalar is its own, and most values are scalars. */
const copyOf = (value: Json): Json => (typeof value === 'object' && value !== null ? structuredClone(value) : value);

/**
 * Applies one operation to a JSON value and returns the new value; the old one stays as it was. Throws `invalid-input`
 * when the path does not exist or a `test` does not hold.
 */
export function applyOperation(value: Json, operation: Operation): Json {
  const path = parsePointer(operation.path);
  if (path.includes('__proto__')) fail(operation, '"__proto__" is not a key of a manifest');
  const walk = (current: Json, depth: number): Json => {
    const token = path[depth];
    if (token === undefined) {
      if (operation.op === 'remove') fail(operation, 'a whole document is never removed');
      if (operation.op === 'test' && !equalJson(current, operation.value)) fail(operation, 'the value differs');
      return operation.op === 'test' ? current : copyOf(operation.value);
    }
    const last = depth === path.length - 1;
    if (Array.isArray(current)) {
      const at = index(operation, token, current.length, last && operation.op === 'add');
      const copy = [...current];
      if (last && operation.op === 'add') copy.splice(at, 0, copyOf(operation.value));
      else if (last && operation.op === 'remove') copy.splice(at, 1);
      else copy[at] = walk(current[at] as Json, depth + 1);
      return copy;
    }
    if (!isObject(current)) fail(operation, `nothing stands under "${path.slice(0, depth).join('/')}"`);
    const copy = { ...current };
    if (last && operation.op === 'add') copy[token] = copyOf(operation.value);
    else if (!Object.hasOwn(current, token)) fail(operation, `"${token}" does not exist`);
    else if (last && operation.op === 'remove') delete copy[token];
    else copy[token] = walk(current[token] as Json, depth + 1);
    return copy;
  };
  return walk(value, 0);
}

/** {@link applyOperation} for each operation in turn. */
export function applyOperations(value: Json, operations: readonly Operation[]): Json {
  return operations.reduce(applyOperation, value);
}
