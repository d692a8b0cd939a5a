import { equalJson, isObject, type Json } from '../../../src/manifest/json.ts';
import { append, type Edit, type Path, remove, set } from '../edits.ts';
import type { Fixer } from './fixer.ts';

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

/** What the policies' own mutate rules would make of the object, as Kyverno made it. */
export const kyvernoMutate: Fixer = {
  name: 'kyverno-mutate',
  propose({ mutation = [] }) {
    return mutation.map((edit) => ({
      by: 'kyverno-mutate',
      summary: `${edit.path.join('.')} as a mutate rule of the policies has it`,
      edits: [edit],
      cost: 0,
    }));
  },
};
