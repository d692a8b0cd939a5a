import { isObject, type Json, type JsonObject, valueAt } from '../../src/manifest/json.ts';
import { applyOperation, formatPointer, type Operation } from '../../src/manifest/patch.ts';

export type Path = readonly (string | number)[];

/** A wish for a value, whatever stands there now. Parents that are missing are made. */
export type Edit =
  | { readonly op: 'set'; readonly path: Path; readonly value: Json }
  | { readonly op: 'append'; readonly path: Path; readonly value: Json }
  | { readonly op: 'remove'; readonly path: Path };

export const set = (path: Path, value: Json): Edit => ({ op: 'set', path, value });
export const append = (path: Path, value: Json): Edit => ({ op: 'append', path, value });
export const remove = (path: Path): Edit => ({ op: 'remove', path });

function nest(path: Path, value: Json): Json {
  return path.reduceRight<Json>((inner, key) => (typeof key === 'number' ? [inner] : { [key]: inner }), value);
}

/** The operation that fulfils an edit on `object`, or undefined when nothing is to do or it cannot be done. */
function operationFor(object: Json, edit: Edit): Operation | undefined {
  const current = valueAt(object, edit.path);
  if (edit.op === 'remove') return current === undefined ? undefined : { op: 'remove', path: formatPointer(edit.path) };
  if (edit.op === 'append' && Array.isArray(current)) {
    if (current.some((item) => JSON.stringify(item) === JSON.stringify(edit.value))) return undefined;
    return { op: 'add', path: `${formatPointer(edit.path)}/-`, value: edit.value };
  }
  const value: Json = edit.op === 'append' ? [edit.value] : edit.value;
  if (current !== undefined && current !== null) {
    if (edit.op === 'append' || JSON.stringify(current) === JSON.stringify(value)) return undefined;
    return { op: 'replace', path: formatPointer(edit.path), value };
  }
  // Down to the deepest parent that is there; a parent written as null counts as missing.
  for (let depth = 0; depth < edit.path.length; depth++) {
    const parent = valueAt(object, edit.path.slice(0, depth));
    const here = valueAt(object, edit.path.slice(0, depth + 1));
    if (!isObject(parent) && !Array.isArray(parent)) return undefined;
    if (here === undefined || here === null) {
      if (Array.isArray(parent) && Number(edit.path[depth]) !== parent.length) return undefined;
      return {
        op: here === null ? 'replace' : 'add',
        path: formatPointer(edit.path.slice(0, depth + 1)),
        value: nest(edit.path.slice(depth + 1), value),
      };
    }
  }
  return undefined;
}

/** Puts operations below a value that an earlier one adds into that value, so that a patch has no needless steps. */
function foldOperations(operations: readonly Operation[]): Operation[] {
  const folded: Operation[] = [];
  for (const operation of operations) {
    const at = folded.findLastIndex(
      (earlier) =>
        earlier.op !== 'remove' &&
        earlier.op !== 'test' &&
        operation.path.startsWith(`${earlier.path}/`) &&
        !earlier.path.endsWith('/-'),
    );
    const earlier = folded[at];
    if (earlier && 'value' in earlier) {
      const path = operation.path.slice(earlier.path.length);
      folded[at] = { ...earlier, value: applyOperation(earlier.value, { ...operation, path }) };
    } else folded.push(operation);
  }
  return folded;
}

/** The operations that fulfil the edits one after the other, and what comes of them. */
function fulfilled(object: JsonObject, edits: readonly Edit[]): { operations: Operation[]; after: JsonObject } {
  const operations: Operation[] = [];
  let after: Json = object;
  for (const edit of edits) {
    const operation = operationFor(after, edit);
    if (!operation) continue;
    operations.push(operation);
    after = applyOperation(after, operation);
  }
  return { operations, after: after as JsonObject };
}

/** The operations that fulfil the edits. */
export function compile(object: JsonObject, edits: readonly Edit[]): Operation[] {
  return foldOperations(fulfilled(object, edits).operations);
}

/** The object after the edits. */
export function applyEdits(object: JsonObject, edits: readonly Edit[]): JsonObject {
  return fulfilled(object, edits).after;
}

/** The object after the edits, or undefined when they do not fit it. */
export function afterFitting(object: JsonObject, edits: readonly Edit[]): JsonObject | undefined {
  try {
    return applyEdits(object, edits);
  } catch {
    return undefined;
  }
}
