import { sameObject } from '../../../../src/evidence/model.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import { number } from '../../../../src/json.ts';
import { about, type View } from '../../view.ts';

/** Kubernetes' default progress deadline in seconds: who goes for longer than that does not merely go. */
const DEADLINE = 600;

/** Whether a pod that goes was told to end a short while ago, as an event about it says. */
function goesNow(view: View, pod: PodView): boolean {
  return about(view, pod.ref).some(({ reason, age }) => reason === 'Killing' && age !== undefined && age < DEADLINE);
}

/** Whether a pod that goes has just been told so, or makes room for one that has just been made: a rollout or a smaller scale. */
export function isReplaced(view: View, pod: PodView): boolean {
  if (pod.rowStatus !== 'Terminating') return false;
  if (goesNow(view, pod)) return true;
  const workload = workloadOf(view.scene, pod.ref);
  return view.pods.some(
    (other) =>
      (number(other.source.object.age) ?? DEADLINE) < DEADLINE &&
      sameObject(workloadOf(view.scene, other.ref), workload),
  );
}
