import type { ObjectRef } from '../model.ts';
import type { ContainerView, PodView } from '../pods.ts';
import { inNamespace, labelOf, nameOf, typeOf } from './names.ts';
import { type Command, command, operand, type Word } from './shell.ts';

type Made = Command | undefined;

/** `kubectl describe KIND NAME`. */
export function describe(ref: ObjectRef): Made {
  return command('kubectl', 'describe', typeOf(ref), nameOf(ref), inNamespace(ref));
}

/** `kubectl get KIND NAME`, with flags. */
export function get(ref: ObjectRef, ...flags: readonly Word[]): Made {
  return command('kubectl', 'get', typeOf(ref), nameOf(ref), inNamespace(ref), ...flags);
}

/** `kubectl get KINDS`: all of the namespace. `types` as kubectl takes them, with commas between. */
export function list(types: string, near: Pick<ObjectRef, 'namespace'> | undefined, ...flags: readonly Word[]): Made {
  return command('kubectl', 'get', types, inNamespace(near), ...flags);
}

/** `deployment/api`, as verbs take it that know several kinds. */
export function slashed(ref: ObjectRef): string | undefined {
  const [type, name] = [typeOf(ref), nameOf(ref)];
  return type === undefined || name === undefined ? undefined : `${type}/${name}`;
}

/** `kubectl rollout VERB KIND/NAME`; none for what has no rollouts. */
export function rollout(verb: 'undo' | 'resume', ref: ObjectRef, ...flags: readonly string[]): Made {
  if (!/^(?:Deployment|StatefulSet|DaemonSet)$/.test(ref.kind)) return undefined;
  return command('kubectl', 'rollout', verb, slashed(ref), inNamespace(ref), ...flags);
}

/** Whether a container has run before: then the log of that run tells why it ended. */
function ranBefore({ restarts, last, waiting }: ContainerView): boolean {
  return restarts > 0 || last !== undefined || waiting?.reason === 'CrashLoopBackOff';
}

/** What `kubectl logs` is asked for: a pod, or a workload of whose pods it takes one. */
const LOGGED = /^(?:Pod|Deployment|StatefulSet|DaemonSet|ReplicaSet|ReplicationController|Job)$/;

/** The log of an object as it is now; `container` where it is not the only or first one. */
export function logs(ref: ObjectRef, container?: string, ...flags: readonly string[]): Made {
  if (!LOGGED.test(ref.kind)) return undefined;
  const what = ref.kind === 'Pod' ? nameOf(ref) : slashed(ref);
  const of = container === undefined || container === '' ? [] : ['-c', labelOf(container)];
  return command('kubectl', 'logs', what, inNamespace(ref), of, ...flags);
}

/** The container that keeps a pod from working, as far as it is known which. */
export function unwellContainer({ containers }: PodView): ContainerView | undefined {
  return (
    containers.find((c) => ranBefore(c) && c.ready !== true && !c.running) ??
    containers.find((c) => c.ready !== true && (c.terminated?.exitCode ?? 0) !== 0) ??
    containers.find((c) => ranBefore(c) && c.ready !== true) ??
    containers.find((c) => ranBefore(c))
  );
}

/**
 * The log in which a container's end stands: of its run before where it was restarted, of its only run else. `-c` for init containers
 * and where a pod has several; all containers' where it is one of the init containers and a table does not say which.
 */
export function endedLogs(pod: PodView, container = unwellContainer(pod), named = ''): Made {
  const name = named || container?.name || '';
  const several = pod.containers.length > 1 || container?.init === true || named !== '';
  const again = container !== undefined && ranBefore(container) ? ['--previous'] : [];
  const unknown = name === '' && /^Init:/.test(pod.rowStatus ?? '');
  if (unknown) return logs(pod.ref, undefined, '--all-containers', ...again);
  return logs(pod.ref, several ? name : undefined, ...again);
}

/** `kubectl exec POD -- WORDS`: a command in a container of a pod, or of one of a workload's pods. */
export function exec(ref: ObjectRef, container: string | undefined, words: readonly string[]): Made {
  const of = container === undefined || container === '' ? [] : ['-c', labelOf(container)];
  const what = ref.kind === 'Pod' ? nameOf(ref) : slashed(ref);
  return command('kubectl', 'exec', what, inNamespace(ref), of, '--', operand(words[0]), words.slice(1));
}

/** What the containers of a pod use now. */
export function top(pod: ObjectRef): Made {
  return pod.kind === 'Pod'
    ? command('kubectl', 'top', 'pod', nameOf(pod), inNamespace(pod), '--containers')
    : undefined;
}
