import { equalJson, isObject, type Json, type JsonObject } from '../../src/manifest/json.ts';

/** The keys that all maps of a list have. */
export function keysOfAll(list: readonly Json[]): string[] {
  const [first, ...others] = list.filter(isObject);
  return Object.keys(first ?? {}).filter((key) => others.every((other) => other[key] !== undefined));
}

/**
 * Whether an item means something without a key (API reference: Toleration, NodeSelectorRequirement): a value that stands beside no
 * operator is compared for equality, and what is only to be there has no value.
 */
const isNeedless = (item: JsonObject, key: string): boolean =>
  key === 'operator'
    ? item.value !== undefined
    : /^values?$/.test(key) && /^(?:Exists|DoesNotExist)$/.test(String(item.operator));

/** The keys that an item lacks beside the other maps of a list, all of which have them: without them it is only a part of one. */
export const lackingOf = (item: Json, list: readonly Json[]): string[] =>
  isObject(item) ? keysOfAll(list).filter((key) => item[key] === undefined && !isNeedless(item, key)) : [];

/** What tells items of a list apart, and what a key or name stands for: no item has it from another. */
const OWN =
  /^(?:name|key|ip|hosts?|hostnames|mountPath|path|port|containerPort|targetPort|nodePort|secretName|topologyKey|values?|valueFrom)$/;

/** An item with what it lacks beside the other maps of a list, where these agree on it; undefined where they do not, or it is an item's own. */
export function completedLike(item: Json, list: readonly Json[]): Json | undefined {
  const [first, ...others] = list.filter(isObject);
  const lacking = lackingOf(item, list);
  if (!isObject(item) || !first || lacking.length === 0 || lacking.some((key) => OWN.test(key))) return undefined;
  const agreed = lacking.every((key) => others.every((other) => equalJson(other[key] ?? null, first[key] ?? null)));
  return agreed ? { ...item, ...Object.fromEntries(lacking.map((key) => [key, first[key] ?? null])) } : undefined;
}
