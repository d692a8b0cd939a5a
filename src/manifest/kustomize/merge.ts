import { isObject, type Json, type JsonObject } from '../json.ts';

/**
 * Keys by which the API merges lists of objects (`patchMergeKey` in the API types), by the list's name; of several the first
 * that all items have. Other lists are replaced whole.
 */
const MERGE_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  imagePullSecrets: ['name'],
  secrets: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  ports: ['containerPort', 'port'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey'],
  taints: ['key'],
};

function mergeLists(name: string, base: readonly Json[], patch: readonly Json[]): Json[] {
  const items = patch.filter(isObject);
  if (items.some((item) => item.$patch === 'replace')) return items.filter((item) => item.$patch === undefined);
  const rest = [...base, ...items];
  const key = MERGE_KEYS[name]?.find((candidate) =>
    rest.every((item) => isObject(item) && item[candidate] !== undefined),
  );
  if (key === undefined || items.length < patch.length) return structuredClone([...patch]);
  const merged = [...base] as JsonObject[];
  for (const item of items) {
    const at = merged.findIndex((candidate) => candidate[key] === item[key]);
    if (item.$patch === 'delete') {
      if (at >= 0) merged.splice(at, 1);
    } else if (at < 0) merged.push(structuredClone(item));
    else merged[at] = strategicMerge(merged[at] as JsonObject, item);
  }
  return merged;
}

/** A strategic merge patch applied to an object, as kustomize and kubectl do it for the API's own types. */
export function strategicMerge(base: JsonObject, patch: JsonObject): JsonObject {
  const { $patch: directive, ...rest } = patch;
  if (directive === 'replace') return structuredClone(rest);
  const merged: JsonObject = { ...base };
  for (const [key, value] of Object.entries(rest)) {
    const before = merged[key];
    if (value === null || (isObject(value) && value.$patch === 'delete')) delete merged[key];
    else if (isObject(value)) merged[key] = strategicMerge(isObject(before) ? before : {}, value);
    else if (Array.isArray(value) && Array.isArray(before)) merged[key] = mergeLists(key, before, value);
    else merged[key] = structuredClone(value);
  }
  return merged;
}
