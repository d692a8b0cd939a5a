import { isObject, type Json, type JsonObject, valueAt } from '../../src/manifest/json.ts';
import { kindOf, kubernetesSchemas, type Shape } from '../../src/policy/schema/kubernetes.ts';
import type { Edit } from './edits.ts';

const ANYTHING: Shape = {};

function resolved(shape: Shape | undefined): Shape | undefined {
  const { definitions } = kubernetesSchemas();
  let at = shape;
  while (at?.$ref) at = definitions[at.$ref.slice(at.$ref.lastIndexOf('/') + 1)];
  return at;
}

/** The shape of a field, undefined where there is no such field. */
function below(shape: Shape | undefined, key: string | number): Shape | undefined {
  const at = resolved(shape);
  if (!at) return undefined;
  if (typeof key === 'number') return at.items ?? (at.type === undefined ? ANYTHING : undefined);
  if (at.properties && Object.hasOwn(at.properties, key)) return at.properties[key];
  return at.additionalProperties === undefined ? ANYTHING : at.additionalProperties || undefined;
}

/** Whether any text may stand there: in a map or a list of texts, in a variable. A field of its own, or an amount, is more than that. */
const isFreeText = (parent: Shape | undefined, key: string | number, shape: Shape | undefined): boolean =>
  shape?.$ref === undefined && (key === 'value' || !Object.hasOwn(resolved(parent)?.properties ?? {}, key));

/** Text for other scalars and back, as far as nothing is guessed: `"false"` for a truth value, `"3"` for a number, `"true"` in `free` text. */
function scalar(value: Json, types: readonly string[], free: boolean): Json | undefined {
  // A number or a percentage: digits alone are no text there.
  if (types.includes('integer') && types.includes('string') && typeof value === 'string' && /^\d{1,9}$/.test(value))
    return Number(value);
  const has = typeof value === 'number' && !Number.isInteger(value) ? 'number' : typeof value;
  if (types.includes(has) || (has === 'number' && Number.isInteger(value) && types.includes('integer'))) return value;
  if (types.includes('boolean') && (value === 'true' || value === 'false')) return value === 'true';
  if (types.includes('integer') && typeof value === 'string' && /^-?\d{1,15}$/.test(value)) return Number(value);
  if (types.includes('string') && (has === 'number' || (has === 'boolean' && free))) return String(value);
  return undefined;
}

function fitted(value: Json, shape: Shape | undefined, free: boolean): Json | undefined {
  const at = resolved(shape);
  if (!at) return undefined;
  if (at.type === undefined || value === null) return value;
  const types = typeof at.type === 'string' ? [at.type] : at.type;
  if (Array.isArray(value)) {
    if (!types.includes('array')) return undefined;
    const items = value.map((item) => fitted(item, at.items ?? ANYTHING, isFreeText(at, 0, at.items)));
    return items.some((item) => item === undefined) ? undefined : (items as Json[]);
  }
  // What is one of a list of plain values stands for such a list.
  if (!isObject(value) && types.includes('array')) {
    const item = at.items && fitted(value, at.items, isFreeText(at, 0, at.items));
    return item === undefined ? undefined : [item];
  }
  if (!isObject(value)) return scalar(value, types, free);
  if (!types.includes('object')) return undefined;
  const entries = Object.entries(value).map(([key, item]) => {
    const inner = below(at, key);
    return [key, fitted(item, inner, isFreeText(at, key, inner))] as const;
  });
  return entries.some(([, item]) => item === undefined) ? undefined : (Object.fromEntries(entries) as JsonObject);
}

/** The shape of an object; undefined where its kind has no schema. */
function shapeOf(object: JsonObject): Shape | undefined {
  const { kinds } = kubernetesSchemas();
  const kind = kindOf(object);
  return Object.hasOwn(kinds, kind) ? { $ref: `#/definitions/${kinds[kind]}` } : undefined;
}

/** Labels and annotations hold texts in every kind, templates of custom ones included (ObjectMeta). */
const isTextOfAnyKind = (path: readonly (string | number)[]): boolean =>
  path.at(-3) === 'metadata' && (path.at(-2) === 'labels' || path.at(-2) === 'annotations');

const ofScalar = (value: Json): boolean => typeof value === 'number' || typeof value === 'boolean';

/**
 * A value as Kubernetes' schema has it at a path of an object (`item` for an element of the list there): scalars written as
 * another type are turned into theirs. Undefined where the field does not exist or cannot hold the value. Objects of kinds
 * without schema take everything, but for their labels and annotations.
 */
export function fitToSchema(
  object: JsonObject,
  path: readonly (string | number)[],
  value: Json,
  item = false,
): Json | undefined {
  const whole = shapeOf(object);
  if (whole === undefined) return isTextOfAnyKind(path) && ofScalar(value) ? String(value) : value;
  let shape: Shape | undefined = whole;
  let free = false;
  for (const key of item ? [...path, 0] : path) {
    const inner = below(shape, key);
    free = isFreeText(shape, key, inner);
    shape = inner;
  }
  return fitted(value, shape, free);
}

/** The least that a schema takes: what it requires, and nothing else. */
function least(shape: Shape | undefined): Json {
  const at = resolved(shape);
  const [type] = typeof at?.type === 'string' ? [at.type] : (at?.type ?? []);
  if (type === 'integer' || type === 'number') return 1;
  if (type === 'boolean') return true;
  if (type === 'array') return [];
  if (type !== 'object') return 'opsline';
  return Object.fromEntries((at?.required ?? []).map((key) => [key, least(below(at, key))]));
}

/** A list of one item that has what Kubernetes' schema requires of it; undefined where the field holds no list, or the kind has no schema. */
export function leastList(object: JsonObject, path: readonly (string | number)[]): Json[] | undefined {
  const whole = shapeOf(object);
  const shape = whole && resolved(path.reduce<Shape | undefined>(below, whole));
  return shape?.type === 'array' ? [least(shape.items)] : undefined;
}

/** A number as a text, where one stands there and the field takes either (an amount, an option of a custom kind). */
function inItsOwnType(object: JsonObject, path: readonly (string | number)[], value: Json): Json | undefined {
  const now = typeof value === 'number' ? valueAt(object, path) : undefined;
  if (typeof now !== 'string' || !/^-?\d+(?:\.\d+)?$/.test(now)) return undefined;
  const text = fitToSchema(object, path, String(value));
  return typeof text === 'string' ? text : undefined;
}

/**
 * Edits with values of the types that their fields have; undefined where one has no place in Kubernetes' schema. What a
 * policy compares as text (`"false"`) is often a truth value in the object.
 */
export function fitEdits(object: JsonObject, edits: readonly Edit[]): Edit[] | undefined {
  const fitted: Edit[] = [];
  for (const edit of edits) {
    if (edit.op === 'remove') fitted.push(edit);
    else {
      const written = edit.op === 'set' ? inItsOwnType(object, edit.path, edit.value) : undefined;
      const value = written ?? fitToSchema(object, edit.path, edit.value, edit.op === 'append');
      if (value === undefined) return undefined;
      fitted.push({ ...edit, value });
    }
  }
  return fitted;
}
