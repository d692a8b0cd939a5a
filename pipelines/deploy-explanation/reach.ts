import { WORKLOADS } from '../../src/evidence/kinds.ts';
import { couldHost } from '../../src/evidence/placement.ts';
import { findObject } from '../../src/evidence/relations.ts';
import { at, number, text } from '../../src/json.ts';
import type { Finding } from './schema.ts';
import { about, type View } from './view.ts';

/** The scheduler passes nodes over because of what their own conditions say. */
const PASSED_OVER =
  /node\.kubernetes\.io\/(?:not-ready|unreachable|[a-z]+-pressure|network-unavailable|unschedulable)|were unschedulable/;
/** The evidence tells why a workload has no pods. */
const TELLS_WHY = /^(?:FailedCreate|DeadlineExceeded|BackoffLimitExceeded)$/;

/** Pods that no node has taken, and what the scheduler says of them. */
function unplaced(view: View) {
  return view.pods
    .filter((pod) => !pod.ready && !pod.completed && text(at(pod.source.object, 'spec', 'nodeName')) === undefined)
    .map((pod) => ({
      pod,
      said: about(view, pod.ref).filter(({ reason }) => /^(FailedScheduling|Unschedulable)$/.test(reason)),
    }));
}

/**
 * Whether a finding is about a node that the deploy in question has nothing to do with: no pod is on it, and none waits for it. A
 * cluster of many nodes has an unwell one most of the time; what runs elsewhere did not fail because of it. Evidence without
 * pods and workloads is about the nodes themselves.
 */
export function isElsewhere({ object }: Pick<Finding, 'object'>, view: View): boolean {
  if (object.kind !== 'Node') return false;
  const { pods, messages, scene } = view;
  const workloads = scene.objects.filter(({ ref }) => WORKLOADS.includes(ref.kind));
  if (pods.length === 0 && workloads.length === 0) return false;
  if (pods.some((pod) => at(pod.source.object, 'spec', 'nodeName') === object.name)) return false;
  const node = findObject(scene, object);
  const waits = unplaced(view).some(
    ({ pod, said }) =>
      // Without a word of the scheduler it may be any node.
      (said.length === 0 || said.some((message) => PASSED_OVER.test(message.text))) &&
      (node === undefined || couldHost(node.object, pod.source.object)),
  );
  if (waits) return false;
  const wanting = workloads.some(({ object: workload }) => (number(at(workload, 'spec', 'replicas')) ?? 0) > 0);
  return pods.length > 0 || !wanting || messages.some(({ reason }) => TELLS_WHY.test(reason));
}
