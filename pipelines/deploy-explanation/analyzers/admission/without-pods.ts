import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, type Json, number, objects } from '../../../../src/json.ts';
import type { View } from '../../view.ts';

const wanted = (replicaSet: Json) => number(at(replicaSet, 'spec', 'replicas')) ?? 0;

/** Workloads whose pods cannot be made: they say so, or are ReplicaSets that have fewer pods than they want. */
export function withoutPods(view: View): SceneObject[] {
  return view.scene.objects.filter(
    ({ ref, object }) =>
      /^(?:Deployment|ReplicaSet|StatefulSet|DaemonSet|Job)$/.test(ref.kind) &&
      (objects(at(object, 'status', 'conditions')).some(
        ({ type, status, reason }) => type === 'ReplicaFailure' && status === 'True' && reason === 'FailedCreate',
      ) ||
        (ref.kind === 'ReplicaSet' && (number(at(object, 'status', 'replicas')) ?? wanted(object)) < wanted(object))),
  );
}
