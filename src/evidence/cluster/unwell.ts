import { asArray, at, type Json, number, objects, text } from '../../json.ts';
import { judge } from '../status/judge.ts';

/** A restart this long ago (ms) still tells of trouble: the back-off between two crashes is at most five minutes. */
const RECENT_MS = 30 * 60_000;
/** A pod that should have been gone this long ago (ms) hangs. */
const HANGS_MS = 2 * 60_000;

function millis(value: unknown): number | undefined {
  const time = Date.parse(text(value) ?? '');
  return Number.isNaN(time) ? undefined : time;
}

function since(value: unknown, now: number): number {
  const time = millis(value);
  return time === undefined ? Number.POSITIVE_INFINITY : now - time;
}

/** Whether a container stands in the way of its pod, or has just come back after an end that was none of its own. */
export function containerIsWell(status: Json, now = Date.now()): boolean {
  const ended = at(status, 'state', 'terminated');
  if (ended !== undefined) return number(at(ended, 'exitCode')) === 0;
  if (at(status, 'state', 'waiting') !== undefined || status.ready === false) return false;
  const last = at(status, 'lastState', 'terminated');
  return last === undefined || since(at(last, 'finishedAt'), now) > RECENT_MS;
}

/** Whether a pod does what it should, or has done it. */
export function podIsWell(pod: Json, now = Date.now()): boolean {
  const phase = text(at(pod, 'status', 'phase'));
  const deleted = at(pod, 'metadata', 'deletionTimestamp');
  if (deleted !== undefined && since(deleted, now) > HANGS_MS) return false;
  if (phase === 'Succeeded') return true;
  if (phase !== 'Running') return false;
  const statuses = objects(at(pod, 'status', 'containerStatuses'));
  const ready = objects(at(pod, 'status', 'conditions')).find(({ type }) => type === 'Ready');
  return text(ready?.status) !== 'False' && statuses.length > 0 && statuses.every((one) => containerIsWell(one, now));
}

function condition(item: Json, type: string): string | undefined {
  return text(objects(at(item, 'status', 'conditions')).find((one) => one.type === type)?.status);
}

function fewer(item: Json, wanted: unknown, ...counts: readonly string[]): boolean {
  const aim = number(wanted) ?? 1;
  return counts.some((key) => (number(at(item, 'status', key)) ?? 0) < aim);
}

/** Whether something says of itself, or shows, that it is not as it should be. Kinds that it does not know are well. */
export function isWell(item: Json, now = Date.now()): boolean {
  const replicas = at(item, 'spec', 'replicas');
  switch (text(item.kind)) {
    case 'Pod':
      return podIsWell(item, now);
    case 'Deployment':
      return (
        !fewer(item, replicas, 'availableReplicas', 'updatedReplicas') &&
        condition(item, 'ReplicaFailure') !== 'True' &&
        condition(item, 'Progressing') !== 'False'
      );
    case 'StatefulSet':
      return !fewer(item, replicas, 'readyReplicas');
    case 'ReplicaSet':
    case 'ReplicationController':
      return !fewer(item, replicas, 'readyReplicas') && condition(item, 'ReplicaFailure') !== 'True';
    case 'DaemonSet':
      return !fewer(item, at(item, 'status', 'desiredNumberScheduled') ?? 0, 'numberAvailable');
    case 'Job':
      return condition(item, 'Failed') !== 'True' && (condition(item, 'Complete') === 'True' || !hasFailed(item));
    case 'Rollout':
      return /^(Healthy|Progressing|Paused)$/.test(text(at(item, 'status', 'phase')) ?? 'Healthy');
    case 'AnalysisRun':
      return !/^(Failed|Error|Inconclusive)$/.test(text(at(item, 'status', 'phase')) ?? '');
    case 'Application':
      return applicationIsWell(item);
    case 'PersistentVolumeClaim':
      return text(at(item, 'status', 'phase')) === 'Bound';
    case 'Node':
      return condition(item, 'Ready') === 'True' && pressureFree(item);
    case 'APIService':
      return condition(item, 'Available') !== 'False';
    case 'EndpointSlice':
      return objects(item.endpoints).some((endpoint) => at(endpoint, 'conditions', 'ready') !== false);
    default:
      return true;
  }
}

function hasFailed(job: Json): boolean {
  return (number(at(job, 'status', 'failed')) ?? 0) > 0;
}

function pressureFree(node: Json): boolean {
  return ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable'].every(
    (type) => condition(node, type) !== 'True',
  );
}

function applicationIsWell(item: Json): boolean {
  const health = text(at(item, 'status', 'health', 'status'));
  const phase = text(at(item, 'status', 'operationState', 'phase'));
  const bad = objects(at(item, 'status', 'conditions')).some(({ type }) => /Error$/.test(text(type) ?? ''));
  return !/^(Degraded|Missing|Unknown)$/.test(health ?? 'Unknown') && !/^(Failed|Error)$/.test(phase ?? '') && !bad;
}

/** Whether a custom resource says nothing of trouble, nor of work under way; what exactly, the rules find. */
export function customIsWell(item: Json): boolean {
  const judgement = judge(item);
  return judgement === undefined || judgement.is === 'well' || judgement.is === 'held';
}

/** The name of whatever a pod belongs to: its first owner, or itself. */
export function ownerOf(item: Json): string {
  const [owner] = objects(asArray(at(item, 'metadata', 'ownerReferences')));
  return `${text(owner?.kind) ?? text(item.kind) ?? ''}/${text(owner?.name) ?? text(at(item, 'metadata', 'name')) ?? ''}`;
}
