import { type FailedCheck, failedChecks } from '../../src/evidence/checks.ts';
import { citeLines, citeText } from '../../src/evidence/cite.ts';
import { type Message, messagesOf } from '../../src/evidence/messages.ts';
import { type Citation, type EvidenceItem, type ObjectRef, sameObject } from '../../src/evidence/model.ts';
import { type PodView, podsOf, strayPods } from '../../src/evidence/pods.ts';
import { findObject, workloadOf } from '../../src/evidence/relations.ts';
import { buildScene, type Scene, type SceneObject } from '../../src/evidence/scene.ts';
import { at, objects, text } from '../../src/json.ts';

/** The scene with what most analyzers need of it, computed once. */
export interface View {
  readonly scene: Scene;
  readonly pods: readonly PodView[];
  readonly messages: readonly Message[];
  /** Connectivity checks of a transcript that failed. */
  readonly checks: readonly FailedCheck[];
  /** Pods by whether something keeps them from working now. */
  readonly troubled: readonly PodView[];
}

/** The view of items is built once: rules and the putting together of the answer look at the same one. */
export function viewOf(items: readonly EvidenceItem[]): View {
  const known = VIEWS.get(items);
  if (known !== undefined) return known;
  const view = build(items);
  VIEWS.set(items, view);
  return view;
}

const VIEWS = new WeakMap<readonly EvidenceItem[], View>();

function build(items: readonly EvidenceItem[]): View {
  const scene = buildScene(items);
  const pods = [
    ...podsOf(scene).map((pod) => (isOfDoneJob(scene, pod) ? { ...pod, completed: true } : pod)),
    ...strayPods(scene),
  ];
  return {
    scene,
    pods,
    messages: messagesOf(scene),
    checks: failedChecks(scene),
    troubled: pods.filter((pod) => !pod.ready && !pod.completed),
  };
}

/** A Job that succeeded in the end has done its work, whatever became of its first attempts. */
function isOfDoneJob(scene: Scene, pod: PodView): boolean {
  const owner = objects(at(pod.source.object, 'metadata', 'ownerReferences')).find(({ kind }) => kind === 'Job');
  const name = text(owner?.name);
  const job = name === undefined ? undefined : findObject(scene, { ...pod.ref, kind: 'Job', name });
  return objects(at(job?.object, 'status', 'conditions')).some(
    ({ type, status }) => type === 'Complete' && status === 'True',
  );
}

const BY_OBJECT = new WeakMap<View, Map<string, Message[]>>();

/** Messages about an object. */
export function about(view: View, ref: ObjectRef): Message[] {
  let index = BY_OBJECT.get(view);
  if (index === undefined) {
    index = new Map();
    for (const message of view.messages) {
      if (message.object === undefined) continue;
      const key = `${message.object.kind}/${message.object.name}`;
      const same = index.get(key);
      if (same === undefined) index.set(key, [message]);
      else same.push(message);
    }
    BY_OBJECT.set(view, index);
  }
  const own = index.get(`${ref.kind}/${ref.name}`) ?? [];
  return own.filter((message) => message.object !== undefined && sameObject(message.object, ref));
}

/** Cites where an object shows a text: its row for a table, else the first line of its own items that has it. */
export function cite(object: SceneObject | undefined, needle: string | RegExp): Citation | undefined {
  for (const { item, index, partial } of object?.sightings ?? []) {
    if (partial && index !== undefined) {
      const line = item.text.split('\n')[index] ?? '';
      const matches = typeof needle === 'string' ? line.includes(needle) : needle.test(line);
      if (matches) return citeLines(item, index);
    } else {
      const found = citeText(item, needle);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Cites the row or the name line of an object, whatever it says. */
export function citeAny(object: SceneObject | undefined): Citation | undefined {
  const row = object?.sightings.find((sighting) => sighting.index !== undefined);
  if (row?.index !== undefined) return citeLines(row.item, row.index);
  return object === undefined ? undefined : cite(object, object.ref.name);
}

/** The workload of a pod as the object to change, with the path of a container's field where given. */
export function changeable(view: View, pod: PodView, container?: string, field?: string): ObjectRef {
  const ref = workloadOf(view.scene, pod.ref);
  if (container === undefined || container === '') return ref;
  const base =
    ref.kind === 'Pod' ? 'spec' : ref.kind === 'CronJob' ? 'spec.jobTemplate.spec.template.spec' : 'spec.template.spec';
  return { ...ref, path: `${base}.containers[${container}]${field === undefined ? '' : `.${field}`}` };
}

/** `Deployment api` — with the namespace where it is known. */
export function named(ref: ObjectRef): string {
  return ref.namespace === undefined ? `${ref.kind} ${ref.name}` : `${ref.kind} ${ref.namespace}/${ref.name}`;
}
