import { asArray, asObject, at, type Json, objects, strings, text } from '../json.ts';
import { WORKLOADS } from './kinds.ts';
import { type ObjectRef, refKey, sameObject } from './model.ts';
import type { PodView } from './pods.ts';
import type { Scene, SceneObject } from './scene.ts';

const INDEX = new WeakMap<Scene, Map<string, SceneObject[]>>();

function indexOf(scene: Scene): Map<string, SceneObject[]> {
  const known = INDEX.get(scene);
  if (known !== undefined) return known;
  const index = new Map<string, SceneObject[]>();
  for (const object of scene.objects) {
    const key = `${object.ref.kind}/${object.ref.name}`;
    const same = index.get(key);
    if (same === undefined) index.set(key, [object]);
    else same.push(object);
  }
  INDEX.set(scene, index);
  return index;
}

/** Finds an object of the scene. */
export function findObject(scene: Scene, ref: ObjectRef): SceneObject | undefined {
  return indexOf(scene)
    .get(`${ref.kind}/${ref.name}`)
    ?.find((candidate) => sameObject(candidate.ref, ref));
}

function ownerRef(object: SceneObject): ObjectRef | undefined {
  const owner = objects(at(object.object, 'metadata', 'ownerReferences'))[0];
  const kind = text(owner?.kind);
  const name = text(owner?.name);
  if (kind === undefined || name === undefined) return undefined;
  return { kind, name, ...(object.ref.namespace === undefined ? {} : { namespace: object.ref.namespace }) };
}

const HASH = /-[a-z0-9]{5,10}$/;

/** A CronJob names its Jobs after the minute (since 1970) for which they run: 26 to 99 million from 2019 on; a date begins with 20. */
const CRON_JOBS = /^(.+)-(?:2[6-9]|[3-9]\d)\d{6}$/;

/**
 * The workload that a person edits for a pod (or ReplicaSet): by owner references, by the pod template hash in its labels,
 * or by the names that controllers give (`<deployment>-<hash>-<id>`, `<set>-0`). The object itself where nothing owns it.
 */
export function workloadOf(scene: Scene, ref: ObjectRef): ObjectRef {
  const key = `${refKey(ref)} ${ref.apiVersion ?? ''}`;
  const cache = OWNERS.get(scene) ?? new Map<string, ObjectRef>();
  OWNERS.set(scene, cache);
  const known = cache.get(key) ?? climb(scene, ref);
  cache.set(key, known);
  return known;
}

const OWNERS = new WeakMap<Scene, Map<string, ObjectRef>>();

function climb(scene: Scene, ref: ObjectRef): ObjectRef {
  let here = ref;
  for (let hop = 0; hop < 4; hop++) {
    // What a Rollout measures itself by is no part of what it deploys.
    if (here.kind === 'AnalysisRun') return here;
    const object = findObject(scene, here);
    const owner = object === undefined ? undefined : ownerRef(object);
    if (owner !== undefined) {
      here = owner;
      continue;
    }
    if (here.kind === 'ReplicaSet') {
      const base = here.name.replace(HASH, '');
      return base === here.name ? here : { ...withNamespace(here), kind: 'Deployment', name: base };
    }
    const cron = here.kind === 'Job' ? CRON_JOBS.exec(here.name)?.[1] : undefined;
    if (cron !== undefined) return { ...withNamespace(here), kind: 'CronJob', name: cron };
    if (here.kind !== 'Pod') return here;
    const guessed = byName(scene, here, object);
    if (guessed?.kind !== 'Job') return guessed ?? here;
    here = guessed;
  }
  return here;
}

function withNamespace(ref: ObjectRef): { namespace?: string } {
  return ref.namespace === undefined ? {} : { namespace: ref.namespace };
}

function byName(scene: Scene, pod: ObjectRef, object: SceneObject | undefined): ObjectRef | undefined {
  const hash = text(at(object?.object, 'metadata', 'labels', 'pod-template-hash'));
  if (hash !== undefined && pod.name.includes(`-${hash}-`))
    return { kind: 'Deployment', name: pod.name.slice(0, pod.name.indexOf(`-${hash}-`)), ...withNamespace(pod) };
  const job = jobOf(pod, object);
  if (job !== undefined) return job;
  const daemons = daemonSetOf(pod, object);
  if (daemons !== undefined) return daemons;
  const candidates = scene.objects.filter(
    ({ ref }) =>
      WORKLOADS.includes(ref.kind) &&
      ref.kind !== 'ReplicaSet' &&
      (ref.namespace === undefined || pod.namespace === undefined || ref.namespace === pod.namespace) &&
      pod.name.startsWith(`${ref.name}-`) &&
      // Pods of an indexed Job have their index before the rest (`backfill-2-x7czb`).
      (/^(\d+|[a-z0-9]{5}|[a-z0-9]{6,10}-[a-z0-9]{5})$/.test(pod.name.slice(ref.name.length + 1)) ||
        (ref.kind === 'Job' && /^\d+-[a-z0-9]{5}$/.test(pod.name.slice(ref.name.length + 1)))),
  );
  const known = candidates.sort((a, b) => b.ref.name.length - a.ref.name.length)[0]?.ref;
  if (known !== undefined) return known;
  // Pods that are numbered, and stand beside others with a number (or have a label or a claim for it), are a StatefulSet's.
  const ordinal = /^(.+)-\d{1,2}$/.exec(pod.name)?.[1];
  const numbered = (name: string) =>
    name.startsWith(`${ordinal}-`) && /^\d{1,2}$/.test(name.slice((ordinal ?? '').length + 1));
  if (
    ordinal !== undefined &&
    (isNumbered(scene, pod, object) ||
      (/-0$/.test(pod.name) && pod.namespace !== 'kube-system') ||
      madeBySet(scene, pod, ordinal) ||
      (!standsAlone(object) &&
        scene.objects.some(({ ref }) => ref.kind === 'Pod' && ref.name !== pod.name && numbered(ref.name))))
  )
    return { kind: 'StatefulSet', name: ordinal, ...withNamespace(pod) };
  const minute = CRON_JOBS.exec(/^(.+)-[a-z0-9]{5}$/.exec(pod.name)?.[1] ?? '')?.[1];
  if (minute !== undefined) return { kind: 'CronJob', name: minute, ...withNamespace(pod) };
  const shaped =
    // Eight digits that begin with 20 are a date that a person put there.
    /^(.+)-(?!20\d{6}-)[a-f0-9]{8,10}-[a-z0-9]{5}$/.exec(pod.name) ??
    /^(.+)-[bcdfghjklmnpqrstvwxz2456789]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$/.exec(pod.name);
  return shaped === null ? undefined : { kind: 'Deployment', name: shaped[1] ?? '', ...withNamespace(pod) };
}

/** Whether all of a pod was seen, and no owner: a person made it by itself, whatever it is called. */
function standsAlone(pod: SceneObject | undefined): boolean {
  const whole = pod?.sightings.some(
    ({ partial, object }) => !partial && objects(at(object, 'spec', 'containers')).length > 0,
  );
  return pod !== undefined && whole === true && ownerRef(pod) === undefined;
}

/** The controller of Jobs puts the name of the Job among the labels of its pods. */
function jobOf(pod: ObjectRef, object: SceneObject | undefined): ObjectRef | undefined {
  const labels = asObject(at(object?.object, 'metadata', 'labels'));
  const name = text(labels['batch.kubernetes.io/job-name']) ?? text(labels['job-name']);
  return name !== undefined && pod.name.startsWith(name) ? { kind: 'Job', name, ...withNamespace(pod) } : undefined;
}

/** The controller of DaemonSets alone puts the generation of its template among a pod's labels, and five characters behind its name. */
function daemonSetOf(pod: ObjectRef, object: SceneObject | undefined): ObjectRef | undefined {
  const labels = asObject(at(object?.object, 'metadata', 'labels'));
  const name = /^(.+)-[a-z0-9]{5}$/.exec(pod.name)?.[1];
  if (name === undefined || !('pod-template-generation' in labels)) return undefined;
  return { kind: 'DaemonSet', name, ...withNamespace(pod) };
}

/** Whether an event tells of the StatefulSet by which the pod was made. */
function madeBySet(scene: Scene, pod: ObjectRef, name: string): boolean {
  return scene.events.some(
    ({ object }) => object?.kind === 'StatefulSet' && object.name === name && sameNamespace(object, pod),
  );
}

/** Whether the controller of StatefulSets left its mark: a label with the number, or a claim of the pod's own name. */
function isNumbered(scene: Scene, pod: ObjectRef, object: SceneObject | undefined): boolean {
  const labels = asObject(at(object?.object, 'metadata', 'labels'));
  if ('apps.kubernetes.io/pod-index' in labels || 'statefulset.kubernetes.io/pod-name' in labels) return true;
  return scene.objects.some(
    ({ ref }) =>
      ref.kind === 'PersistentVolumeClaim' && ref.name.endsWith(`-${pod.name}`) && ref.namespace === pod.namespace,
  );
}

function matches(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  let pairs = 0;
  for (const key in selector) {
    if (labels[key] !== selector[key]) return false;
    pairs++;
  }
  return pairs > 0;
}

/** The labels that a workload gives its pods, where the evidence shows its template (or at least its selector). */
export function templateLabels(object: SceneObject): Record<string, string> {
  const template = strings(at(object.object, 'spec', 'template', 'metadata', 'labels'));
  return Object.keys(template).length > 0 ? template : strings(at(object.object, 'spec', 'selector', 'matchLabels'));
}

export function selectorOf(service: SceneObject): Record<string, string> {
  return strings(at(service.object, 'spec', 'selector'));
}

function sameNamespace(a: ObjectRef, b: ObjectRef): boolean {
  return a.namespace === undefined || b.namespace === undefined || a.namespace === b.namespace;
}

const SELECTED = new WeakMap<readonly PodView[], WeakMap<SceneObject, ObjectRef[]>>();
const LABELLED = new WeakMap<Scene, { readonly ref: ObjectRef; readonly labels: Record<string, string> }[]>();

function labelledWorkloads(scene: Scene) {
  const known =
    LABELLED.get(scene) ??
    scene.objects
      .filter(({ ref }) => WORKLOADS.includes(ref.kind))
      .map((object) => ({ ref: object.ref, labels: templateLabels(object) }));
  LABELLED.set(scene, known);
  return known;
}

/** Workloads and pods that a Service selects. Many analyzers ask, so it is found once for the pods of a view. */
export function selectedBy(scene: Scene, service: SceneObject, pods: readonly PodView[]): ObjectRef[] {
  const cache = SELECTED.get(pods) ?? new WeakMap<SceneObject, ObjectRef[]>();
  SELECTED.set(pods, cache);
  const known = cache.get(service);
  if (known !== undefined) return known;
  const selector = selectorOf(service);
  const selects = (ref: ObjectRef, labels: Readonly<Record<string, string>>): boolean =>
    sameNamespace(ref, service.ref) && matches(selector, labels);
  const found = [
    ...pods.filter((pod) => selects(pod.ref, pod.labels)),
    ...labelledWorkloads(scene).filter(({ ref, labels }) => selects(ref, labels)),
  ].map(({ ref }) => ref);
  cache.set(service, found);
  return found;
}

/** The spec of the pods that a workload makes, also by the Jobs of a CronJob; undefined for what makes none. */
export function templateSpecOf(object: Json): unknown {
  return at(object, 'spec', 'template', 'spec') ?? at(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec');
}

/** The spec of a pod: its own, or that of its workload's template where only a row of the pod is seen. */
export function podSpecOf(scene: Scene, pod: SceneObject): Json {
  const own = asObject(pod.object.spec);
  const whole = pod.sightings.some(({ partial }) => !partial);
  // What the API shows is all; a description leaves the affinity out.
  if (whole && ('dnsPolicy' in own || own.affinity !== undefined)) return own;
  const workload = findObject(scene, workloadOf(scene, pod.ref));
  const affinity = at(workload?.object, 'spec', 'template', 'spec', 'affinity');
  if (whole) return affinity === undefined ? own : { ...own, affinity };
  return { ...asObject(at(workload?.object, 'spec', 'template', 'spec')), ...own };
}

/** ConfigMaps, Secrets and claims that a pod spec names. `optional` ones are left out: their absence hurts nobody. */
export function usesOf(spec: unknown): { kind: string; name: string; key?: string }[] {
  const found: { kind: string; name: string; key?: string }[] = [];
  const add = (kind: string, name: unknown, source: unknown, key?: string) => {
    if (typeof name !== 'string' || name === '' || at(source, 'optional') === true) return;
    found.push({ kind, name, ...(key === undefined ? {} : { key }) });
  };
  const containers = [...objects(at(spec, 'containers')), ...objects(at(spec, 'initContainers'))];
  for (const container of containers) {
    for (const entry of objects(container.env)) {
      const cm = at(entry, 'valueFrom', 'configMapKeyRef');
      const secret = at(entry, 'valueFrom', 'secretKeyRef');
      add('ConfigMap', at(cm, 'name'), cm, text(at(cm, 'key')));
      add('Secret', at(secret, 'name'), secret, text(at(secret, 'key')));
    }
    for (const entry of objects(container.envFrom)) {
      add('ConfigMap', at(entry, 'configMapRef', 'name'), entry.configMapRef);
      add('Secret', at(entry, 'secretRef', 'name'), entry.secretRef);
    }
  }
  for (const volume of objects(at(spec, 'volumes'))) {
    add('ConfigMap', at(volume, 'configMap', 'name'), volume.configMap);
    add('Secret', at(volume, 'secret', 'secretName'), volume.secret);
    add('PersistentVolumeClaim', at(volume, 'persistentVolumeClaim', 'claimName'), undefined);
  }
  return found;
}

/** Services that an Ingress or HTTPRoute sends to. */
export function backendsOf(ingress: SceneObject): string[] {
  const names = new Set<string>();
  for (const backend of objects(ingress.object.backends))
    if (typeof backend.service === 'string') names.add(backend.service);
  for (const rule of objects(at(ingress.object, 'spec', 'rules'))) {
    for (const path of objects(at(rule, 'http', 'paths'))) {
      const name = text(at(path, 'backend', 'service', 'name')) ?? text(at(path, 'backend', 'serviceName'));
      if (name !== undefined) names.add(name);
    }
    for (const backend of objects(rule.backendRefs)) if (typeof backend.name === 'string') names.add(backend.name);
  }
  return [...names];
}

/** What an Argo CD Application manages, as its status lists it. */
export function managedBy(application: SceneObject): ObjectRef[] {
  const lists = [
    ...asArray(at(application.object, 'status', 'resources')),
    ...asArray(at(application.object, 'status', 'operationState', 'syncResult', 'resources')),
  ];
  return lists.flatMap((entry) => {
    const { kind, name, namespace } = asObject(entry);
    if (typeof kind !== 'string' || typeof name !== 'string') return [];
    return [{ kind, name, ...(typeof namespace === 'string' && namespace !== '' ? { namespace } : {}) }];
  });
}

/**
 * Everything that a failure of these objects would touch or come from: their workload, the Services that select it, the
 * Ingresses before those, the Applications around all of them. Two findings are related when these meet. Each kind and name is there
 * once; the namespace is the one of who was seen first.
 */
export function neighbourhood(scene: Scene, pods: readonly PodView[], refs: readonly ObjectRef[]): ObjectRef[] {
  const keys = new Set<string>();
  const key = (ref: ObjectRef) => `${ref.kind}/${ref.name}`;
  const seen: ObjectRef[] = [];
  const add = (ref: ObjectRef) => {
    if (keys.has(key(ref))) return;
    keys.add(key(ref));
    seen.push(ref);
  };
  for (const ref of refs) add(ref);
  for (const ref of [...seen]) if (/^(Pod|ReplicaSet|Job)$/.test(ref.kind)) add(workloadOf(scene, ref));
  const own = [...seen];
  for (const pod of pods) {
    const workload = workloadOf(scene, pod.ref);
    if (own.some((ref) => sameObject(ref, workload)) || own.some((ref) => sameObject(ref, pod.ref))) add(pod.ref);
  }
  for (const candidate of scene.objects) {
    if (candidate.ref.kind !== 'Service') continue;
    const targets = selectedBy(scene, candidate, pods);
    if (
      targets.some((target) => own.some((ref) => sameObject(ref, target) || sameObject(ref, workloadOf(scene, target))))
    )
      add(candidate.ref);
  }
  const services = new Set(seen.filter((ref) => ref.kind === 'Service').map((ref) => ref.name));
  for (const candidate of scene.objects)
    if (/^(Ingress|HTTPRoute)$/.test(candidate.ref.kind) && backendsOf(candidate).some((name) => services.has(name)))
      add(candidate.ref);
  const before = [...seen];
  for (const candidate of scene.objects)
    if (
      candidate.ref.kind === 'Application' &&
      managedBy(candidate).some((ref) => before.some((other) => sameObject(ref, other)))
    )
      add(candidate.ref);
  return seen;
}
