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

/** API groups whose types kustomize knows; of others (custom resources) it replaces lists whole. */
const BUILT_IN =
  /^(?:v\d\w*|(?:apps|batch|autoscaling|policy|extensions|(?:networking|rbac\.authorization|storage|scheduling|coordination|node|discovery|events|admissionregistration|apiextensions|apiregistration|authentication|authorization|certificates|flowcontrol\.apiserver|resource)\.k8s\.io)\/v\d\w*)$/;

/** Whether lists of an object of this `apiVersion` are merged by the keys of their items. */
export function mergesLists(apiVersion: Json | undefined): boolean {
  return typeof apiVersion !== 'string' || BUILT_IN.test(apiVersion);
}

/** The key by which a list of this name merges, if all these items have it. */
export function mergeKeyOf(name: string, items: readonly Json[]): string | undefined {
  return MERGE_KEYS[name]?.find((candidate) => items.every((item) => isObject(item) && item[candidate] !== undefined));
}

function mergeLists(name: string, base: readonly Json[], patch: readonly Json[], keyed: boolean): Json[] {
  const items = patch.filter(isObject);
  if (items.some((item) => item.$patch === 'replace')) return items.filter((item) => item.$patch === undefined);
  const key = keyed ? mergeKeyOf(name, [...base, ...items]) : undefined;
  if (key === undefined || items.length < patch.length) return structuredClone([...patch]);
  const merged = [...base] as JsonObject[];
  for (const item of items) {
    const at = merged.findIndex((candidate) => candidate[key] === item[key]);
    if (item.$patch === 'delete') {
      if (at >= 0) merged.splice(at, 1);
    } else if (at < 0) merged.push(structuredClone(item));
    else merged[at] = strategicMerge(merged[at] as JsonObject, item, keyed);
  }
  return merged;
}

/**
 * A strategic merge patch applied to an object, as kustomize does it: lists of the API's own types are merged by key, those of
 * custom resources replaced.
 */
export function strategicMerge(base: JsonObject, patch: JsonObject, keyed = mergesLists(base.apiVersion)): JsonObject {
  const { $patch: directive, ...rest } = patch;
  if (directive === 'replace') return structuredClone(rest);
  const merged: JsonObject = { ...base };
  for (const [key, value] of Object.entries(rest)) {
    const before = merged[key];
    if (value === null || (isObject(value) && value.$patch === 'delete')) delete merged[key];
    else if (isObject(value)) merged[key] = strategicMerge(isObject(before) ? before : {}, value, keyed);
    else if (Array.isArray(value) && Array.isArray(before)) merged[key] = mergeLists(key, before, value, keyed);
    else merged[key] = structuredClone(value);
  }
  return merged;
}
