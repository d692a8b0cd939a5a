import { describe, list } from '../../../../src/evidence/commands/kubectl.ts';
import { inTurn } from '../../../../src/evidence/commands/shell.ts';
import { sameObject } from '../../../../src/evidence/model.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import { at, number } from '../../../../src/json.ts';
import { citeAny, named } from '../../view.ts';
import { type Analyzer, DEPTH, type Draft, look } from '../analyzer.ts';

/** Kubernetes' default progress deadline in seconds: what is older and not ready is not merely starting. */
const DEADLINE = 600;

/** Whether a pod is young and has not failed: a new version, or one more replica, on its way. */
function isStarting({ source, rowStatus = '', phase, containers }: PodView): boolean {
  const age = number(source.object.age);
  const calm = /^(?:Pending|ContainerCreating|PodInitializing|Init:\d+\/\d+|Running)$/.test(rowStatus || phase);
  return age !== undefined && age < DEADLINE && calm && containers.every(({ restarts }) => restarts === 0);
}

export const workloadUnavailable: Analyzer = {
  kind: 'workload-unavailable',
  stage: 'running',
  depth: DEPTH.workload + 1,
  title: 'A workload has fewer ready pods than it should',
  about:
    'It is older than the progress deadline, so it is not merely starting. What keeps its pods from being ready is the cause.',
  remedy: 'Look at its pods and their events.',
  find: (view) =>
    view.scene.objects.flatMap((workload): Draft[] => {
      if (!/^(Deployment|StatefulSet|DaemonSet)$/.test(workload.ref.kind)) return [];
      const age = number(workload.object.age);
      const desired = number(at(workload.object, 'spec', 'replicas')) ?? 0;
      const stated =
        number(at(workload.object, 'status', 'readyReplicas')) ??
        number(at(workload.object, 'status', 'availableReplicas')) ??
        0;
      const pods = view.pods.filter((pod) => sameObject(workloadOf(view.scene, pod.ref), workload.ref));
      const ready = Math.max(stated, pods.filter((pod) => pod.ready).length);
      if (age === undefined || age < DEADLINE || desired === 0 || ready >= desired) return [];
      if (pods.length >= desired && pods.every((pod) => pod.ready || isStarting(pod))) return [];
      return [
        {
          object: workload.ref,
          summary: `${named(workload.ref)} has ${ready} of ${desired} pods ready, and is too old to be merely starting; the evidence does not show why`,
          confidence: 0.45,
          severity: ready === 0 ? 'failed' : 'degraded',
          citations: [citeAny(workload)],
          involves: pods.map((pod) => pod.ref),
          remedies: [
            look('See why its pods are not ready', inTurn(describe(workload.ref), list('pods,events', workload.ref))),
          ],
        },
      ];
    }),
};
