import { asObject, at, type Json, number, objects, text } from '../json.ts';
import { isPodKind } from './kinds.ts';
import { type ObjectRef, sameObject } from './model.ts';
import { workloadOf } from './relations.ts';
import { wasRunAgain } from './rerun-jobs.ts';
import type { Scene, SceneObject } from './scene.ts';

/** A container with its spec and what its status says. `name` is empty where only a table's row was seen. */
export interface ContainerView {
  readonly name: string;
  readonly init: boolean;
  readonly image: string;
  readonly spec: Json;
  readonly waiting?: { readonly reason: string; readonly message: string };
  readonly terminated?: Terminated;
  readonly last?: Terminated;
  readonly running: boolean;
  readonly ready?: boolean;
  readonly restarts: number;
}

export interface Terminated {
  readonly reason: string;
  readonly message: string;
  readonly exitCode?: number;
  readonly finishedAt?: string;
  /** How long it ran, in seconds, where both ends are told. */
  readonly ranFor?: number;
}

export interface PodView {
  readonly ref: ObjectRef;
  readonly source: SceneObject;
  readonly phase: string;
  /** STATUS of the table's row, where there was one. */
  readonly rowStatus?: string;
  readonly containers: readonly ContainerView[];
  /** All containers ready, as far as the evidence knows. */
  readonly ready: boolean;
  readonly completed: boolean;
  /** Seconds since the last restart, where a table said so. */
  readonly lastRestartAge?: number;
  readonly labels: Readonly<Record<string, string>>;
}

function terminated(value: unknown): Terminated | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const exitCode = number(at(value, 'exitCode'));
  const finishedAt = text(at(value, 'finishedAt'));
  const ranFor = (Date.parse(finishedAt ?? '') - Date.parse(text(at(value, 'startedAt')) ?? '')) / 1000;
  return {
    reason: text(at(value, 'reason')) ?? '',
    message: text(at(value, 'message')) ?? '',
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(ranFor >= 0 ? { ranFor } : {}),
  };
}

function containerView(spec: Json, status: Json, init: boolean): ContainerView {
  const waiting = at(status, 'state', 'waiting');
  const ended = terminated(at(status, 'state', 'terminated'));
  const last = terminated(at(status, 'lastState', 'terminated'));
  return {
    name: text(status.name) ?? text(spec.name) ?? '',
    init,
    image: text(spec.image) ?? text(status.image) ?? '',
    spec,
    ...(waiting === undefined
      ? {}
      : { waiting: { reason: text(at(waiting, 'reason')) ?? '', message: text(at(waiting, 'message')) ?? '' } }),
    ...(ended === undefined ? {} : { terminated: ended }),
    ...(last === undefined ? {} : { last }),
    running: at(status, 'state', 'running') !== undefined,
    ...(typeof status.ready === 'boolean' ? { ready: status.ready } : {}),
    restarts: number(status.restartCount) ?? 0,
  };
}

function containersOf(spec: Json, status: Json, specKey: string, statusKey: string, init: boolean): ContainerView[] {
  const specs = objects(spec[specKey]);
  const statuses = objects(status[statusKey]);
  // Statuses that somebody picked members out of: without names each is of a container of its own.
  const nameless = statuses.filter((entry) => text(entry.name) === undefined);
  if (nameless.length > 1 && specs.length === 0) return statuses.map((entry) => containerView({}, entry, init));
  const names = new Set([...specs, ...statuses].map((entry) => text(entry.name) ?? ''));
  return [...names].map((name) => {
    const own = (entry: Json) => (text(entry.name) ?? '') === name;
    return containerView(specs.find(own) ?? {}, statuses.find(own) ?? {}, init);
  });
}

/** A container of which nothing is known. */
const UNSEEN: ContainerView = { name: '', init: false, image: '', spec: {}, running: false, restarts: 0 };

/**
 * What is said of a pod's readiness gates that nobody has set: by its Ready condition, or by how many are (`0/1`, as `kubectl get -o wide`
 * shows them). Undefined where all are set, or there are none. Its containers may well be ready.
 */
export function unsetGates(pod: Json): string | undefined {
  const said = objects(at(pod, 'status', 'conditions')).find(
    ({ type, reason }) => type === 'Ready' && reason === 'ReadinessGatesNotReady',
  );
  const shown = text(at(pod, 'row', 'gates'));
  const [set, all] = shown?.split('/') ?? [];
  return text(said?.message) ?? (set === all ? undefined : shown);
}

function viewOf(source: SceneObject): PodView {
  const { object, ref } = source;
  const spec = asObject(object.spec);
  const status = asObject(object.status);
  const row = asObject(object.row);
  const full = [
    ...containersOf(spec, status, 'initContainers', 'initContainerStatuses', true),
    ...containersOf(spec, status, 'containers', 'containerStatuses', false),
  ];
  const rows = objects(status.rowStatuses).map((entry) => containerView({}, entry, false));
  const known = objects(status.containerStatuses).length > 0 || objects(spec.containers).length > 0;
  const seen = known ? full : [...full, ...rows];
  // Of a pod that only its events are known of, some container is what they speak of.
  const containers = seen.length === 0 && object.status === undefined ? [UNSEEN] : seen;
  const phase = text(status.phase) ?? '';
  const main = containers.filter((container) => !container.init);
  const condition = objects(status.conditions).find((entry) => entry.type === 'Ready');
  const rowReady = number(row.total) !== undefined && (number(row.total) ?? 0) > 0 && row.ready === row.total;
  const gated = unsetGates(object) !== undefined;
  const statusReady = main.length > 0 && main.every((container) => container.ready === true);
  const ready =
    known && main.some((c) => c.ready !== undefined)
      ? statusReady && text(condition?.status) !== 'False'
      : (rowReady && !gated) || text(condition?.status) === 'True';
  const rowStatus = text(row.status);
  const age = number(row.lastRestartAge);
  const labels = Object.fromEntries(
    Object.entries(asObject(at(object, 'metadata', 'labels'))).map(([key, value]) => [key, String(value)]),
  );
  return {
    ref,
    source,
    phase,
    containers,
    ready: ready && phase !== 'Pending' && phase !== 'Failed',
    completed: phase === 'Succeeded' || rowStatus === 'Completed',
    labels,
    ...(rowStatus === undefined ? {} : { rowStatus }),
    ...(age === undefined ? {} : { lastRestartAge: age }),
  };
}

/** The CronJob and the minute of a Job (or, with a suffix, of a pod of it), as the controller names them. */
const OF_CRON_JOB = /^(.+)-((?:2[6-9]|[3-9]\d)\d{6})(?:-[a-z0-9]{5})?$/;

/** The newest minute at which each CronJob's Job came to its end. */
function lastDone(scene: Scene, pods: readonly PodView[]): Map<string, number> {
  const done = [
    ...scene.objects.filter(({ ref, object }) => ref.kind === 'Job' && isDone(object)),
    ...pods.filter(({ completed }) => completed),
  ];
  const last = new Map<string, number>();
  for (const { ref } of done) {
    const [, name, minute] = OF_CRON_JOB.exec(ref.name) ?? [];
    const key = `${ref.namespace ?? ''}/${name}`;
    if (minute !== undefined) last.set(key, Math.max(last.get(key) ?? 0, Number(minute)));
  }
  return last;
}

/** Whether a Job (or a pod of it) is of a CronJob that came to its end at a later time, or was made anew and did: its failure is history. */
export function isSuperseded(scene: Scene, pods: readonly PodView[], ref: ObjectRef): boolean {
  return before(lastDone(scene, pods), ref) || wasRunAgain(scene, ref);
}

function before(last: ReadonlyMap<string, number>, { namespace, name }: ObjectRef): boolean {
  const [, owner, minute] = OF_CRON_JOB.exec(name) ?? [];
  return minute !== undefined && (last.get(`${namespace ?? ''}/${owner}`) ?? 0) > Number(minute);
}

/** All pods of the scene. A pod of a Job that has come to its end is history, whichever try it was; so is one of an earlier time. */
export function podsOf(scene: Scene): PodView[] {
  const done = doneJobs(scene);
  const shown = scene.objects.filter(({ ref }) => isPodKind(ref.kind)).map(viewOf);
  const last = lastDone(scene, shown);
  const pods = shown.map((pod) =>
    !pod.ready && (before(last, pod.ref) || wasRunAgain(scene, pod.ref)) ? { ...pod, completed: true } : pod,
  );
  if (done.length === 0) return pods;
  // A pod of a CronJob's Job leads to the CronJob: its own Job is in its name.
  const jobs = ({ ref }: PodView) => [
    workloadOf(scene, ref),
    { ...ref, kind: 'Job', name: ref.name.replace(/-[a-z0-9]{5}$/, '') },
  ];
  return pods.map((pod) =>
    jobs(pod).some((job) => done.some((one) => sameObject(one, job))) ? { ...pod, completed: true } : pod,
  );
}

/** Whether a pod's status, or a row of it, says that it was evicted. */
export function isEvicted({ rowStatus, source }: PodView): boolean {
  return rowStatus === 'Evicted' || text(at(source.object, 'status', 'reason')) === 'Evicted';
}

/** Jobs that came to their end: by their own status, or by the newest of their events where it is not seen. */
function doneJobs(scene: Scene): ObjectRef[] {
  const shown = scene.objects.filter(({ ref, object }) => ref.kind === 'Job' && object.status !== undefined);
  const told = scene.events.flatMap(({ object, reason, age }) => {
    if (object?.kind !== 'Job' || reason !== 'Completed' || shown.some(({ ref }) => sameObject(ref, object))) return [];
    const newer = scene.events.some(
      (other) =>
        other.reason !== 'Completed' &&
        other.object !== undefined &&
        sameObject(other.object, object) &&
        (other.age ?? 0) < (age ?? 0),
    );
    return newer ? [] : [object];
  });
  return [...shown.filter(({ object }) => isDone(object)).map(({ ref }) => ref), ...told];
}

function isDone(job: Json): boolean {
  const succeeded = number(at(job, 'status', 'succeeded')) ?? 0;
  const complete = objects(at(job, 'status', 'conditions')).some(
    ({ type, status }) => type === 'Complete' && status === 'True',
  );
  return complete || (succeeded > 0 && succeeded >= (number(at(job, 'spec', 'completions')) ?? 1));
}

/** Pods that were stopped on purpose: scaled down, replaced or deleted. One that was evicted or made to go is none. */
function stoppedPods(scene: Scene): Set<string> {
  const stopped = new Set<string>();
  const forced = new Set<string>();
  for (const { reason, message, object } of scene.events) {
    if (object?.kind !== 'Pod') continue;
    if (reason === 'Killing' && message.startsWith('Stopping container')) stopped.add(object.name);
    if (/Evict|Preempt|NodeNotReady|NodeLost|FailedScheduling/.test(reason)) forced.add(object.name);
  }
  return new Set([...stopped].filter((name) => !forced.has(name)));
}

/**
 * Pods that only warnings of events name. Where all pods were listed, such a pod is gone and its events are history. A
 * pod of the same workload that is shown stands for it.
 */
export function strayPods(scene: Scene): PodView[] {
  const shown = new Set(scene.objects.filter(({ ref }) => ref.kind === 'Pod').map(({ ref }) => ref.name));
  const found = new Map<string, PodView>();
  const stopped = stoppedPods(scene);
  for (const { type, object: ref } of scene.events) {
    if (type !== 'Warning' || ref?.kind !== 'Pod' || shown.has(ref.name) || found.has(ref.name)) continue;
    if (scene.listed.has('Pod', ref.namespace)) continue;
    if (stopped.has(ref.name)) continue;
    const source: SceneObject = { ref, object: {}, sightings: [] };
    found.set(ref.name, {
      ref,
      source,
      phase: '',
      containers: [UNSEEN],
      ready: false,
      completed: false,
      labels: {},
    });
  }
  return [...found.values()];
}

/** Whether another pod of the same owner, as a Job makes one for each try, came to a good end. */
export function triedAgain(pods: readonly PodView[], pod: PodView): boolean {
  const owner = ({ source }: PodView) => {
    const [by] = objects(at(source.object, 'metadata', 'ownerReferences'));
    return by === undefined ? undefined : (text(by.uid) ?? text(by.name));
  };
  const own = owner(pod);
  const isOther = (other: PodView) =>
    other.completed && owner(other) === own && other.ref.namespace === pod.ref.namespace;
  return own !== undefined && pods.some(isOther);
}
