import { sameObject } from '../../../../src/evidence/model.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import { number } from '../../../../src/json.ts';
import { describe } from '../../commands/kubectl.ts';
import { changeable, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, DEPTH, type Draft, look } from '../analyzer.ts';

/** Kubernetes' default progress deadline in seconds: what is older and not ready is not merely starting. */
const DEADLINE = 600;

const WAITING = /^(?:Pending|Running|ContainerCreating|PodInitializing|Terminating|Unknown|ContainerStatusUnknown)$/;

/** Whether a pod that goes makes room for one that has just been made: a rollout under way. */
function isReplaced(view: View, pod: PodView): boolean {
  if (pod.rowStatus !== 'Terminating') return false;
  const workload = workloadOf(view.scene, pod.ref);
  return view.pods.some(
    (other) =>
      (number(other.source.object.age) ?? DEADLINE) < DEADLINE &&
      sameObject(workloadOf(view.scene, other.ref), workload),
  );
}

export const podNotReady: Analyzer = {
  kind: 'pod-not-ready',
  stage: 'running',
  depth: DEPTH.workload,
  title: 'A pod is not ready, and nothing says why',
  about:
    'It is older than the progress deadline, so it is not merely starting; the evidence holds no event, condition or log that tells the reason.',
  remedy: 'Describe the pod: its events and conditions say why.',
  find: (view) =>
    view.troubled.flatMap((pod): Draft[] => {
      const age = number(pod.source.object.age);
      const state = pod.rowStatus ?? pod.phase;
      if (age === undefined || age < DEADLINE || !WAITING.test(state) || isReplaced(view, pod)) return [];
      const workload = changeable(view, pod);
      return [
        {
          object: workload,
          summary: `${named(workload)}: its pod ${pod.ref.name} is ${state} and not ready for longer than a start takes; the evidence does not show why`,
          confidence: 0.4,
          severity: 'failed',
          citations: [cite(pod.source, state) ?? citeAny(pod.source)],
          involves: [workload, pod.ref],
          remedies: [look('See its events', describe(pod.ref))],
        },
      ];
    }),
};
