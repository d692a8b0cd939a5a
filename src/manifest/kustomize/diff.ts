import { equalJson, isObject, type Json, type JsonObject } from '../json.ts';
import { mergeKeyOf } from './merge.ts';

/** Items that stay keep their order, and new ones stand behind them: the only way in which a merge can put them. */
function inOrder(key: string, before: readonly Json[], after: readonly Json[]): boolean {
  const idOf = (item: Json) => JSON.stringify((item as JsonObject)[key]);
  const [old, now] = [before.map(idOf), after.map(idOf)];
  const stays = old.filter((id) => now.includes(id));
  const unique = new Set(old).size === old.length && new Set(now).size === now.length;
  return unique && stays.every((id, i) => now[i] === id) && now.slice(stays.length).every((id) => !old.includes(id));
}

function diffLists(name: string, before: readonly Json[], after: readonly Json[]): Json[] {
  const key = mergeKeyOf(name, [...before, ...after]);
  if (key === undefined) return structuredClone([...after]);
  if (!inOrder(key, before, after)) return [{ $patch: 'replace' }, ...structuredClone([...after])];
  const idOf = (item: Json): Json => (item as JsonObject)[key] as Json;
  const gone = before.filter((item) => !after.some((other) => equalJson(idOf(other), idOf(item))));
  const changed = after.flatMap((item): JsonObject[] => {
    const old = before.find((other) => equalJson(idOf(other), idOf(item)));
    if (old === undefined) return [structuredClone(item as JsonObject)];
    const diff = strategicDiff(old as JsonObject, item as JsonObject);
    return Object.keys(diff).length === 0 ? [] : [{ [key]: idOf(item), ...diff }];
  });
  return [...changed, ...gone.map((item) => ({ [key]: idOf(item), $patch: 'delete' }))];
}

/**
 * The smallest strategic merge patch, without kind and name, that makes `after` of `before`, two values of one of the API's own
 * types: `strategicMerge(before, strategicDiff(before, after), true)` equals `after` when neither holds null or `$patch`.
 */
export function strategicDiff(before: JsonObject, after: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now] = [before[key], after[key]];
    if (equalJson(old, now)) continue;
    if (now === undefined) patch[key] = null;
    else if (isObject(old) && isObject(now)) patch[key] = strategicDiff(old, now);
    else if (Array.isArray(old) && Array.isArray(now)) patch[key] = diffLists(key, old, now);
    else patch[key] = structuredClone(now);
  }
  return patch;
}
