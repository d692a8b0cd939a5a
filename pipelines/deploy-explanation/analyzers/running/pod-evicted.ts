import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import { inOtherNamespace, sameObject } from '../../../../src/evidence/model.ts';
import { isEvicted, type PodView } from '../../../../src/evidence/pods.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import { at, number, text } from '../../../../src/json.ts';
import { about, changeable, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

/** An eviction that lies back longer (seconds) and was made up for is history. */
const HISTORY = 3600;

/** So many evictions of one workload for the same reason are no accident. */
const AGAIN = 2;

/** Word that a pod was evicted, and why. */
const evictionOf = (view: View, pod: PodView) =>
  about(view, pod.ref).find((m) => m.reason === 'Evicted' || /low on resource|exceeds the total limit of/.test(m.text));

/** How long (seconds) the pod is there that took its place: the next younger one of its ReplicaSet or controller, where ages are shown. */
function madeUpFor(view: View, pod: PodView): number | undefined {
  const ofSet = ({ ref }: PodView) => ref.name.replace(/-[a-z0-9]+$/, '');
  const age = number(pod.source.object.age);
  const younger = view.pods.flatMap((other) => {
    const own = number(other.source.object.age);
    const same = ofSet(other) === ofSet(pod) && !inOtherNamespace(other.ref, pod.ref);
    return same && age !== undefined && own !== undefined && own < age ? [own] : [];
  });
  return younger.length === 0 ? undefined : Math.max(...younger);
}

/** How long ago (seconds) a pod was evicted: as its event says, or the pod in its place, and else no longer than it is there. */
const evictedFor = (view: View, pod: PodView) =>
  evictionOf(view, pod)?.age ?? madeUpFor(view, pod) ?? number(pod.source.object.age) ?? 0;

/**
 * Whether a row shows a pod that the kubelet evicted by the end of its container alone, as `kubectl get` does: another one of its workload was
 * evicted, and a container that had failed by itself would have been started again.
 */
export function endedByEviction(view: View, pod: PodView): boolean {
  const workload = workloadOf(view.scene, pod.ref);
  return (
    /^(?:Error|ContainerStatusUnknown)$/.test(pod.rowStatus ?? '') &&
    pod.source.sightings.every(({ partial }) => partial) &&
    pod.containers.every(({ restarts }) => restarts === 0) &&
    /^(?:Deployment|StatefulSet|DaemonSet|ReplicaSet)$/.test(workload.kind) &&
    view.pods.some((other) => isEvicted(other) && sameObject(workloadOf(view.scene, other.ref), workload))
  );
}

/** Why a pod was evicted: as its event or its status says. */
const ownReason = (view: View, pod: PodView): string | undefined =>
  evictionOf(view, pod)?.text ?? (isEvicted(pod) ? text(at(pod.source.object, 'status', 'message')) : undefined);

/** Why one of the same workload was evicted: a row alone does not say so of its own pod. */
function reasonOfNext(view: View, pod: PodView): { readonly pod: PodView; readonly why: string } | undefined {
  const workload = workloadOf(view.scene, pod.ref);
  for (const other of view.pods) {
    const why = sameObject(workloadOf(view.scene, other.ref), workload) ? ownReason(view, other) : undefined;
    if (why !== undefined && why !== '') return { pod: other, why };
  }
  return undefined;
}

/** Pods of the same workload that were evicted, of which one was not long ago: those before it say that it goes on. */
function evictions(view: View, pod: PodView): number {
  const workload = workloadOf(view.scene, pod.ref);
  const out = view.pods.filter(
    (other) =>
      sameObject(workloadOf(view.scene, other.ref), workload) && (isEvicted(other) || endedByEviction(view, other)),
  );
  return out.some((other) => evictedFor(view, other) <= HISTORY) ? out.length : 0;
}

export const evicted: Analyzer = {
  kind: 'pod-evicted',
  stage: 'running',
  depth: DEPTH.memory - 2,
  title: 'The kubelet evicted the pod',
  about:
    'The node ran short of memory, disk or ephemeral storage, or the pod used more ephemeral storage than its limit.',
  remedy: 'Set requests and limits that fit; free the node.',
  find: (view) =>
    view.pods.flatMap((pod): Draft[] => {
      const message = evictionOf(view, pod);
      if (!isEvicted(pod) && message === undefined) return [];
      const object = changeable(view, pod);
      const replaced = view.pods.some(
        (other) => other.ready && sameObject(workloadOf(view.scene, other.ref), workloadOf(view.scene, pod.ref)),
      );
      // A ready pod has taken its place long ago: nothing is wrong now.
      if (replaced && evictedFor(view, pod) > HISTORY) return [];
      // What takes its place is evicted in its turn: the next one has just not come so far.
      const own = ownReason(view, pod) ?? '';
      const next = own === '' ? reasonOfNext(view, pod) : undefined;
      const again = /exceed/.test(next?.why ?? own) && evictions(view, pod) >= AGAIN;
      const why = next === undefined ? own : `, as was ${next.pod.ref.name}: ${next.why}`;
      const node = text(at(pod.source.object, 'spec', 'nodeName')) ?? 'NODE';
      return [
        {
          object,
          summary: `${named(pod.ref)} was evicted${why === '' || next !== undefined ? why.slice(0, 300) : `: ${why.slice(0, 220)}`}`,
          confidence: replaced && !again ? 0.6 : 0.92,
          severity: !replaced ? 'failed' : again ? 'degraded' : 'info',
          citations: [
            message?.cite(),
            cite(pod.source, 'Evicted') ?? citeAny(pod.source),
            next === undefined
              ? undefined
              : (evictionOf(view, next.pod)?.cite() ?? cite(next.pod.source, 'Message:') ?? citeAny(next.pod.source)),
          ],
          involves: [pod.ref],
          remedies: [
            look('See what the node is short of', describe({ kind: 'Node', name: node })),
            change('Set requests and limits (memory, ephemeral-storage) that fit', 'low'),
          ],
        },
      ];
    }),
};
