import { equalJson, isObject, type Json, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import { afterFitting, append, type Edit, type Path, remove, set } from '../edits.ts';
import { statedWishes } from '../statements.ts';
import { pathOfWish } from '../wish.ts';
import type { FixContext, Fixer } from './fixer.ts';
import { isFragment } from './kyverno-pattern.ts';

/** Items as they stood, new ones last: a strategic merge puts those that it patched first, which means nothing. */
function asBefore(before: readonly Json[], after: readonly Json[]): readonly Json[] {
  const nameOf = (item: Json): string | undefined =>
    isObject(item) && typeof item.name === 'string' ? item.name : undefined;
  const old = before.map(nameOf);
  const byName = new Map(after.map((item) => [nameOf(item), item]));
  if (byName.size !== after.length || byName.has(undefined) || !old.every((name) => byName.has(name))) return after;
  return [...old.flatMap((name) => byName.get(name) ?? []), ...after.filter((item) => !old.includes(nameOf(item)))];
}

/** The edits that make `after` out of `before`, each as deep as it goes. */
export function editsBetween(before: Json | undefined, after: Json | undefined, path: Path = []): Edit[] {
  if (equalJson(before, after)) return [];
  if (after === undefined) return [remove(path)];
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => editsBetween(before[key], after[key], [...path, key]));
  }
  if (Array.isArray(before) && Array.isArray(after) && after.length >= before.length) {
    const now = asBefore(before, after);
    const changed = before.flatMap((item, i) => editsBetween(item, now[i], [...path, i]));
    return [...changed, ...now.slice(before.length).map((item) => append(path, item))];
  }
  return [set(path, after)];
}

/** The parts of what a mutate rule puts into the object that stand in the given places, each by itself. */
function partsOf(object: JsonObject, edit: Edit, places: readonly Path[]): Edit[] {
  if (edit.op !== 'set' || !isObject(edit.value)) return [];
  const { path: whole, value } = edit;
  return places.flatMap((path): Edit[] => {
    const within = path.length > whole.length && whole.every((key, at) => key === path[at]);
    const part = within && !isFragment(object, path) ? valueAt(value, path.slice(whole.length)) : undefined;
    return part === undefined ? [] : [set(path, part)];
  });
}

/** The places that the violated policies say something of, each once. */
const placesSaid = (context: FixContext): Map<string, Path> =>
  new Map(statedWishes(context).map(({ wish }) => [JSON.stringify(pathOfWish(wish)), pathOfWish(wish)]));

/**
 * What the policies' own mutate rules would make of the object, as Kyverno made it: whole, and in the places that the violated
 * policies are about, where they are content with it. There the cluster's own value goes before any other that they accept.
 */
export const kyvernoMutate: Fixer = {
  name: 'kyverno-mutate',
  propose(context) {
    const { object, mutation = [] } = context;
    if (mutation.length === 0) return [];
    const after = afterFitting(object, mutation);
    const still = after ? placesSaid({ ...context, object: after }) : new Map<string, Path>();
    const places = [...placesSaid(context)].flatMap(([key, path]) => (still.has(key) ? [] : [path]));
    return [...mutation, ...mutation.flatMap((edit) => partsOf(object, edit, places))].map((edit) => ({
      by: 'kyverno-mutate',
      summary: `${edit.path.join('.')} as a mutate rule of the policies has it`,
      edits: [edit],
      cost: 0,
    }));
  },
};
