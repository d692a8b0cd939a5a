/** A JSON object from outside: nothing about it is certain. */
export type Json = { readonly [key: string]: unknown };

export function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Members that are objects; everything else in the array is left out. */
export function objects(value: unknown): readonly Json[] {
  return asArray(value).filter(isObject);
}

/** A string, or the text of a number or boolean; `undefined` otherwise. */
export function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

export function number(value: unknown): number | undefined {
  const found =
    typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  return Number.isFinite(found) ? found : undefined;
}

/** Follows keys into nested objects; `undefined` as soon as one is missing. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let here: unknown = value;
  for (const key of path) here = isObject(here) && Object.hasOwn(here, key) ? here[key] : undefined;
  return here;
}

/** String members of an object, numbers and booleans as text. */
export function strings(value: unknown): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [key, member] of Object.entries(asObject(value))) {
    const found = text(member);
    if (found !== undefined) out[key] = found;
  }
  return out;
}
