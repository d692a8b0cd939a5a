import { equalJson, isObject, type Json, type JsonObject } from '../json.ts';
import { mergeKeyOf } from './merge.ts';

/** Where a path of a rendered object leads in a document that the object was made of. */
export interface Traced {
  /** The path in the document, as far as it has it. */
  readonly path: readonly (string | number)[];
  /** How many steps of the path it has; all of them when the field stands there. */
  readonly depth: number;
}

/**
 * Follows a path of a rendered object into a document that is a part of it (what it was read from, or a strategic merge patch):
 * items of lists are found by the key that they merge by, else by being equal.
 */
export function trace(document: JsonObject, rendered: JsonObject, path: readonly (string | number)[]): Traced {
  const found: (string | number)[] = [];
  let [here, there]: [Json | undefined, Json | undefined] = [document, rendered];
  for (const [depth, step] of path.entries()) {
    if (Array.isArray(here) && Array.isArray(there)) {
      const item: Json | undefined = there[Number(step)];
      const key = isObject(item) ? mergeKeyOf(String(path[depth - 1] ?? ''), [item]) : undefined;
      const at = here.findIndex((other) =>
        key === undefined
          ? equalJson(other, item)
          : isObject(other) && isObject(item) && equalJson(other[key], item[key]),
      );
      if (item === undefined || at < 0) return { path: found, depth };
      found.push(at);
      [here, there] = [here[at], item];
    } else if (isObject(here) && Object.hasOwn(here, String(step))) {
      found.push(step);
      [here, there] = [here[String(step)], isObject(there) ? there[String(step)] : undefined];
    } else return { path: found, depth };
  }
  return { path: found, depth: path.length };
}
