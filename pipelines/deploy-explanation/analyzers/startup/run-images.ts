import type { ObjectRef } from '../../../../src/evidence/model.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, objects, text } from '../../../../src/json.ts';
import type { View } from '../../view.ts';

/** A run of a CI system in the cluster whose image does not come, as its own status tells it. */
export interface RunPull {
  readonly run: SceneObject;
  readonly image: string;
  /** What the pod said, without what the step is called. */
  readonly said: string;
  readonly involves: readonly ObjectRef[];
}

/** Tekton's words: `The step "build" in TaskRun "x" failed to pull the image "y". The pod errored with the message: "…"`. */
const PULLED = /failed to pull the image "([^"]*)"(?:\. The pod errored with the message: ("?[\s\S]*))?/;

/**
 * TaskRuns of Tekton that ended because an image of theirs does not come (`TaskRunImagePullFailed`). Their pods are deleted then, so
 * that the run is all that is left of it.
 */
export function runPulls(view: View): RunPull[] {
  return view.scene.objects.flatMap((run): RunPull[] => {
    if (run.ref.kind !== 'TaskRun') return [];
    const end = objects(at(run.object, 'status', 'conditions')).find(({ type }) => type === 'Succeeded');
    if (text(end?.status) !== 'False' || text(end?.reason) !== 'TaskRunImagePullFailed') return [];
    const [, image = '', said = ''] = PULLED.exec(text(end?.message) ?? '') ?? [];
    const pod = text(at(run.object, 'status', 'podName'));
    const { namespace } = run.ref;
    const own = namespace === undefined ? {} : { namespace };
    return [{ run, image, said, involves: pod === undefined ? [] : [{ kind: 'Pod', name: pod, ...own }] }];
  });
}
