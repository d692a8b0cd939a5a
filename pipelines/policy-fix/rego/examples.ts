import { isObject, valueAt } from '../../../src/manifest/json.ts';
import { textsLike } from '../cel/texts.ts';
import { applyEdits, type Path, set } from '../edits.ts';
import { parseImage } from '../fixers/images.ts';
import type { Way, Wish } from '../wish.ts';
import { truth } from './read.ts';
import type { Reading } from './reading.ts';
import type { Rule } from './terms.ts';

/** Fields whose texts are written in one of a few forms. */
const WITH_FORM: ReadonlySet<unknown> = new Set(['image', 'schedule']);

type Present = Extract<Wish, { kind: 'present' }>;

/** Whether a wish only says that some other text has to stand in such a field. */
const isOpen = (wish: Wish): wish is Present =>
  wish.kind === 'present' && wish.pattern === '' && wish.example === undefined && WITH_FORM.has(wish.path.at(-1));

/** What stands in for an image of which nothing more is known; undefined for other fields. */
const usual = (path: Path, now: string): string | undefined =>
  path.at(-1) === 'image' ? `${parseImage(now).repository}:0@sha256:${'0'.repeat(64)}` : undefined;

const keyOf = (path: Path): string => JSON.stringify(path);

/**
 * Passages through a rule with a text that stands in where another one is wanted of which only parts are compared (an image's tag by a
 * function of the policy's own): the first of the usual forms under which the rule holds no more. It is never offered.
 */
export function exampled<Passage extends { readonly ways: readonly (readonly Way[])[] }>(
  reading: Reading,
  { body }: Rule,
  passages: readonly Passage[],
): readonly Passage[] {
  const { object } = reading;
  const paths = new Map(
    passages.flatMap(({ ways }) =>
      ways
        .flat(2)
        .filter(isOpen)
        .map(({ path }) => [keyOf(path), path]),
    ),
  );
  if (paths.size === 0 || !isObject(object)) return passages;
  const texts = [...paths.values()].map((path) => {
    const now = valueAt(object, path);
    return { path, all: typeof now === 'string' ? [usual(path, now) ?? now, ...textsLike(path, now)] : [] };
  });
  const most = Math.min(...texts.map(({ all }) => all.length));
  for (let nth = 0; nth < most; nth++) {
    const edits = texts.map(({ path, all }) => set(path, all[nth] ?? ''));
    const other = { ...reading, object: applyEdits(object, edits) };
    if (truth(other, { kind: 'block', body }, new Map()) !== false) continue;
    // What stands in anyway will do.
    if (nth === 0) return passages;
    const examples = new Map(
      edits.map(({ path, ...edit }) => [keyOf(path), 'value' in edit ? String(edit.value) : '']),
    );
    const told = (wish: Wish): Wish => {
      const example = isOpen(wish) ? examples.get(keyOf(wish.path)) : undefined;
      return isOpen(wish) && example !== undefined ? { ...wish, example } : wish;
    };
    return passages.map((passage) => ({
      ...passage,
      ways: passage.ways.map((ways) => ways.map((way) => way.map(told))),
    }));
  }
  return passages;
}
