import { equalJson, isObject, type Json } from '../../../src/manifest/json.ts';
import { append, type Edit, type Path, remove, set } from '../edits.ts';
import type { Fixer } from './fixer.ts';

/** The edits that make `after` out of `before`, each as deep as it goes. */
export function editsBetween(before: Json | undefined, after: Json | undefined, path: Path = []): Edit[] {
  if (equalJson(before, after)) return [];
  if (after === undefined) return [remove(path)];
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => editsBetween(before[key], after[key], [...path, key]));
  }
  if (Array.isArray(before) && Array.isArray(after) && after.length >= before.length) {
    const changed = before.flatMap((item, i) => editsBetween(item, after[i], [...path, i]));
    return [...changed, ...after.slice(before.length).map((item) => append(path, item))];
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
