import { editDocument } from '../../../src/manifest/edit.ts';
import { type Json, valueAt } from '../../../src/manifest/json.ts';
import { parseDocuments, toJson } from '../../../src/manifest/parse.ts';
import { doneOnce } from '../cel/ways.ts';
import { compile, type Edit, type Path, set } from '../edits.ts';
import { isNever, isOwners, pathOfWish, type Way, type Wish } from '../wish.ts';

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

/** Any text that a pattern may take, where it says no more than wildcards. */
const spelled = (pattern: string): string =>
  (pattern.split('|')[0] ?? '').trim().replaceAll('*', 'opsline').replaceAll('?', 'x') || 'opsline';

/** Edits in an order in which none moves what another means: items of lists go last, from the end. */
const inOrder = (edits: readonly Edit[]): Edit[] => {
  const moves = ({ op, path }: Edit): number =>
    op === 'remove' && typeof path.at(-1) === 'number' ? Number(path.at(-1)) : -1;
  return edits.toSorted((a, b) => (moves(a) < 0 || moves(b) < 0 ? moves(a) - moves(b) : moves(b) - moves(a)));
};

/** What only people decide of an object they decide of what is written in it, too. */
const isDecided = (wish: Wish & { kind: 'edit' }, edit: Edit): boolean =>
  edit.op !== 'remove' && (isNever(edit.path) || isOwners({ wish: { ...wish, edit } }));

/** The edits of a way inside the text at a path, as edits of what it holds; with those that people decide, or without. */
function within(way: Way, outer: Path, decided: boolean): Edit[] {
  const key = [...outer, INSIDE].join('\u0001');
  return doneOnce(way).flatMap((wish) => {
    if (wish.kind !== 'edit' || wish.edit.path.slice(0, outer.length + 1).join('\u0001') !== key) return [];
    const edit = { ...wish.edit, path: wish.edit.path.slice(outer.length + 1) };
    return !decided && isDecided(wish, edit) ? [] : [edit];
  });
}

/**
 * A wish about a value inside a text as one about the text: only that value changes in it, and what else `way` changes in the same
 * text. Words of which one is to be chosen are as many texts; what is asked says where in the text. Others stay as they are.
 */
export function enclosed(wish: Wish, object: Json, way: Way = []): Wish[] {
  const path = pathOfWish(wish);
  const at = path.indexOf(INSIDE);
  if (at === -1) return [wish];
  const [outer, inner] = [path.slice(0, at), path.slice(at + 1)];
  const text = valueAt(object, outer);
  const held = opened(outer, text)?.value;
  if (typeof text !== 'string' || held === undefined) return [];
  const asks = wish.kind === 'edit' && isDecided(wish, { ...wish.edit, path: inner });
  const beside = within(way, outer, asks);
  const withEdit = (edit: Edit): string[] => {
    const own = JSON.stringify(edit);
    const edits = inOrder(beside.some((other) => JSON.stringify(other) === own) ? beside : [...beside, edit]);
    try {
      return [editDocument(text, 0, compile(held as never, edits))];
    } catch {
      return [];
    }
  };
  if (wish.kind === 'edit') {
    const edit = { ...wish.edit, path: inner };
    const texts = withEdit(edit);
    if (asks && texts.length > 0) return [{ kind: 'choose', path: outer, values: texts }];
    return texts.map((after) => ({ kind: 'edit', edit: set(outer, after) }));
  }
  if (wish.kind === 'choose') {
    const values = wish.values.flatMap((value) => withEdit(set(inner, value)));
    return values.length > 0 ? [{ ...wish, path: outer, values }] : [];
  }
  const [example] = withEdit(set(inner, wish.example ?? spelled(wish.pattern)));
  const pattern = `${inner.join('.')}${wish.pattern === '' ? '' : `: ${wish.pattern}`}`;
  return example === undefined ? [] : [{ kind: 'present', path: outer, pattern, example }];
}
