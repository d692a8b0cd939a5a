import { editDocument } from '../../../src/manifest/edit.ts';
import { type Json, valueAt } from '../../../src/manifest/json.ts';
import { parseDocuments, toJson } from '../../../src/manifest/parse.ts';
import { compile, type Path, set } from '../edits.ts';
import { pathOfWish, type Wish } from '../wish.ts';

/** In a path: what follows stands in the YAML or JSON that the text at the path before it is. No key has a NUL in it. */
const INSIDE = '\u0000';

/** More of a text is not read. */
const MOST_CHARACTERS = 64 * 1024;

/** The path of what a text holds, and its value; undefined for what is no single document of YAML or JSON. */
export function opened(path: Path, text: Json | undefined): { path: Path; value: Json } | undefined {
  if (typeof text !== 'string' || text.length > MOST_CHARACTERS) return undefined;
  try {
    const [document, ...others] = parseDocuments('text', text).documents;
    return document === undefined || others.length > 0
      ? undefined
      : { path: [...path, INSIDE], value: toJson(document) };
  } catch {
    return undefined;
  }
}

/** A wish about a value inside a text as one about the text: only that value changes in it. Others stay as they are. */
export function enclosed(wish: Wish, object: Json): Wish[] {
  const path = pathOfWish(wish);
  const at = path.indexOf(INSIDE);
  if (at === -1) return [wish];
  if (wish.kind !== 'edit') return [];
  const outer = path.slice(0, at);
  const text = valueAt(object, outer);
  const held = opened(outer, text)?.value;
  if (typeof text !== 'string' || held === undefined) return [];
  try {
    const operations = compile(held as never, [{ ...wish.edit, path: path.slice(at + 1) }]);
    return [{ kind: 'edit', edit: set(outer, editDocument(text, 0, operations)) }];
  } catch {
    return [];
  }
}
