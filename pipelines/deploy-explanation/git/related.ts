import { WORKLOADS } from '../../../src/evidence/kinds.ts';
import { type ObjectRef, refKey } from '../../../src/evidence/model.ts';
import { refOfObject } from '../../../src/evidence/refs.ts';
import { usesOf } from '../../../src/evidence/relations.ts';
import { at, type Json, objects, strings, text } from '../../../src/json.ts';
import type { ManifestState } from '../../../src/manifest/state.ts';

/** Kinds whose manifests are looked at though they name none of the roots: a Service selects by labels. */
const SERVES = /kind["']?:\s*["']?(?:Service|Ingress)\b/;

/** Manifests that may have to do with the roots; to parse all of a large repository would take seconds. */
function manifestsOf(state: ManifestState, roots: readonly ObjectRef[]): Json[] {
  // A pod's name begins with its workload's, of which the last two parts may be generated.
  const names = roots.flatMap(({ name }) => [name, name.replace(/-[^-]+$/, ''), name.replace(/(?:-[^-]+){2}$/, '')]);
  const telling = (text: string) => SERVES.test(text) || names.some((name) => text.includes(name));
  const loose = [...state.plain].filter((path) => telling(state.tree.text(path) ?? ''));
  return [...state.kustomizations, ...loose.map((path) => state.file(path))].flatMap(
    ({ objects: all }) => all as Json[],
  );
}

function templateOf(object: Json): unknown {
  return object.kind === 'CronJob'
    ? at(object, 'spec', 'jobTemplate', 'spec', 'template')
    : at(object, 'spec', 'template');
}

function selects(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  const pairs = Object.entries(selector);
  return pairs.length > 0 && pairs.every(([key, value]) => labels[key] === value);
}

/**
 * Objects of the manifests that the named ones use or are served by, in either state: ConfigMaps, Secrets, claims and
 * accounts of a workload, the Services that select it, what a Service selects, the Services of an Ingress, autoscalers.
 */
export function relatedIn(states: readonly ManifestState[], roots: readonly ObjectRef[]): ObjectRef[] {
  const all = states
    .flatMap((state) => manifestsOf(state, roots))
    .flatMap((object) => {
      const ref = refOfObject(object);
      return ref === undefined ? [] : [{ object, ref }];
    });
  const isRoot = (ref: ObjectRef) =>
    roots.some(
      (root) =>
        (ref.kind === root.kind && ref.name === root.name) ||
        (/^(?:Pod|ReplicaSet)$/.test(root.kind) &&
          WORKLOADS.includes(ref.kind) &&
          root.name.startsWith(`${ref.name}-`)),
    );
  const found: ObjectRef[] = [];
  const own = all.filter(({ ref }) => isRoot(ref));
  for (const { object, ref } of own) {
    const namespace = ref.namespace === undefined ? {} : { namespace: ref.namespace };
    const template = templateOf(object);
    const spec = at(template, 'spec');
    for (const { kind, name } of usesOf(spec)) found.push({ kind, name, ...namespace });
    const account = text(at(spec, 'serviceAccountName'));
    if (account !== undefined) found.push({ kind: 'ServiceAccount', name: account, ...namespace });
    for (const rule of objects(at(object, 'spec', 'rules')))
      for (const path of objects(at(rule, 'http', 'paths'))) {
        const name = text(at(path, 'backend', 'service', 'name'));
        if (name !== undefined) found.push({ kind: 'Service', name, ...namespace });
      }
    for (const other of all) {
      const selector = strings(at(other.object, 'spec', 'selector'));
      const labels = strings(at(template, 'metadata', 'labels'));
      if (other.ref.kind === 'Service' && selects(selector, labels)) found.push(other.ref);
      const served = strings(at(templateOf(other.object), 'metadata', 'labels'));
      if (ref.kind === 'Service' && selects(strings(at(object, 'spec', 'selector')), served)) found.push(other.ref);
      const scaled = at(other.object, 'spec', 'scaleTargetRef');
      if (at(scaled, 'kind') === ref.kind && at(scaled, 'name') === ref.name) found.push(other.ref);
    }
  }
  return [...new Map(found.map((ref) => [refKey(ref), ref])).values()].slice(0, 200);
}
