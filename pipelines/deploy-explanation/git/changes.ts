import { type ObjectRef, refText, sameObject } from '../../../src/evidence/model.ts';
import { refOfObject } from '../../../src/evidence/refs.ts';
import type { Json } from '../../../src/json.ts';
import type { JsonObject } from '../../../src/manifest/json.ts';
import { HASHED } from '../../../src/manifest/kustomize/generate.ts';
import { type ManifestState, pairObjects, type Root, VALUES } from '../../../src/manifest/state.ts';
import { type Difference, objectDifferences } from '../changes/describe.ts';
import { fitOf, wordsOf } from '../changes/fit.ts';
import type { Finding } from '../schema.ts';

/** One difference of one object between two revisions, and how well it explains the root: 0 not at all. */
export interface Change {
  readonly object: ObjectRef;
  /** The whole object as it was; undefined when it was added. */
  readonly before: JsonObject | undefined;
  readonly root: Root;
  readonly difference: Difference;
  readonly score: number;
}

const MAX_CHANGES = 2_000;

/** Whether an object of the evidence is one of the manifests: a pod is its workload's, a generated name ends in a hash. */
function isSame(manifest: ObjectRef, seen: ObjectRef, hashed: boolean): boolean {
  if (sameObject(manifest, seen)) return true;
  const place =
    manifest.namespace === undefined || seen.namespace === undefined || manifest.namespace === seen.namespace;
  if (!place || !seen.name.startsWith(`${manifest.name}-`)) return false;
  const rest = seen.name.slice(manifest.name.length + 1);
  if (hashed && manifest.kind === seen.kind) return /^[a-z0-9]{10}$/.test(rest);
  const runsPods = /^(?:Deployment|StatefulSet|DaemonSet|Job|CronJob|Rollout)$/.test(manifest.kind);
  return runsPods && /^(?:Pod|ReplicaSet|Job)$/.test(seen.kind) && /^[a-z0-9]+(?:-[a-z0-9]{5})?$/.test(rest);
}

/** Names that a finding puts into backticks or quotes: a ConfigMap that is not there is in no list of objects. */
function namedIn(root: Finding): Set<string> {
  const texts = wordsOf(root).match(/`[^`]+`|"[^"]+"/g) ?? [];
  return new Set(texts.flatMap((text) => text.slice(1, -1).split(/[\s/:]+/)));
}

/** How near an object is to the root: 3 its own, 2 one that it concerns or names, 1 one that it uses or that serves it. */
function nearness(ref: ObjectRef, hashed: boolean, root: Finding, near: readonly ObjectRef[]): number {
  if (isSame(ref, root.object, hashed)) return 3;
  if (root.involves.some((other) => isSame(ref, other, hashed)) || namedIn(root).has(ref.name)) return 2;
  if (near.some((other) => isSame(ref, other, hashed))) return 1;
  // Policies and quotas reach every pod of their namespace.
  const reaches =
    (ref.kind === 'NetworkPolicy' && /^network-policy|cannot-connect|dns-failure|connectivity|probe/.test(root.kind)) ||
    (/^(?:ResourceQuota|LimitRange)$/.test(ref.kind) && /quota|limit-range/.test(root.kind)) ||
    (/Role|RoleBinding|ServiceAccount/.test(ref.kind) && /^rbac|^service-account/.test(root.kind));
  const namespace = root.object.namespace;
  return reaches && (ref.namespace === undefined || namespace === undefined || ref.namespace === namespace) ? 2 : 0;
}

function refOf(object: JsonObject): ObjectRef {
  const { apiVersion: _, ...ref } = refOfObject(object as Json) ?? { kind: String(object.kind), name: '(unnamed)' };
  return ref;
}

/** A chart's values concern a root whose name its path or key holds, and any root when there is no other chart. */
function valuesNearness(ref: ObjectRef, difference: Difference, root: Finding, alone: boolean): number {
  const words = `${ref.name} ${difference.path}`.split(/[^a-zA-Z0-9-]+/);
  const names = [root.object, ...root.involves].flatMap(({ name, namespace }) => [name, namespace ?? name]);
  return names.some((name) => words.includes(name)) ? 2 : alone ? 1 : 0;
}

function scoreOf(
  object: JsonObject,
  ref: ObjectRef,
  difference: Difference,
  root: Finding,
  near: readonly ObjectRef[],
  alone: boolean,
): number {
  const metadata = (object.metadata ?? {}) as JsonObject;
  const hashed = ((metadata.annotations ?? {}) as JsonObject)[HASHED] !== undefined;
  const close =
    object.kind === VALUES ? valuesNearness(ref, difference, root, alone) : nearness(ref, hashed, root, near);
  if (close === 0) return 0;
  const limits = LIMITS.test(ref.kind);
  if (difference.field === 'object') {
    const fit = objectFit(ref, /removed$/.test(difference.what), close, root);
    // That a workload was made explains nothing of how it fails, unless nothing else does.
    return fit === 0 && close === 3 ? 1 : fit === 0 ? 0 : close + 2 * fit;
  }
  const fit = limits && close >= 2 ? 2 : fitOf(difference, root);
  // Of another object than the root's a field that nobody speaks of counts only where objects meet by their fields.
  const loose =
    fit === 1 && close < 3 && object.kind !== VALUES && !/^(?:service-|ingress|network-policy)/.test(root.kind);
  return fit === 0 || loose ? 0 : close + 2 * fit;
}

/** Kinds that refuse or cut off: such an object does by coming or changing what others do by going. */
const LIMITS = /^(?:NetworkPolicy|ResourceQuota|LimitRange|PeerAuthentication|Role|ClusterRole|RoleBinding)$/;

/** What fails when an object of a kind goes. */
const MISSED: readonly (readonly [RegExp, RegExp])[] = [
  [/^(?:ConfigMap|Secret)$/, /missing|mount|environment|configuration|credentials|crash/],
  [/^(?:Service|Deployment|StatefulSet)$/, /^(?:cannot-connect|dns-failure|service-|ingress|connectivity)/],
  [/^(?:ServiceAccount|Role|RoleBinding|ClusterRole|ClusterRoleBinding)$/, /^(?:rbac|service-account)/],
  [/^PersistentVolumeClaim$/, /volume|claim|mount/],
];

function objectFit(ref: ObjectRef, removed: boolean, close: number, root: Finding): number {
  if (!removed) return LIMITS.test(ref.kind) && close >= 2 ? 2 : 0;
  if (close === 3) return 2;
  return MISSED.some(([kind, failure]) => kind.test(ref.kind) && failure.test(root.kind)) ? 2 : 0;
}

/** All changes between two states, those that explain the root first. */
export function changesBetween(
  before: ManifestState,
  after: ManifestState,
  root: Finding,
  near: readonly ObjectRef[],
): { changes: Change[]; roots: Root[] } {
  const { pairs, roots } = pairObjects(before, after);
  const charts = new Set(
    pairs.filter((pair) => (pair.after ?? pair.before)?.kind === VALUES).map((pair) => pair.root.id),
  );
  const changes = pairs.flatMap((pair): Change[] => {
    const object = (pair.after ?? pair.before) as JsonObject;
    const ref = refOf(object);
    return objectDifferences(pair.before as Json | undefined, pair.after as Json | undefined).map((difference) => ({
      object: ref,
      before: pair.before,
      root: pair.root,
      difference,
      score: scoreOf(object, ref, difference, root, near, charts.size === 1),
    }));
  });
  const order = (a: Change, b: Change) =>
    b.score - a.score || (refText(a.object) < refText(b.object) ? -1 : refText(a.object) > refText(b.object) ? 1 : 0);
  return { changes: changes.sort(order).slice(0, MAX_CHANGES), roots };
}

/** A change as one line of a list. */
export function changeText({ object, difference }: Change): string {
  return difference.field === 'object' ? difference.what : `${refText(object)}: ${difference.what}`;
}
