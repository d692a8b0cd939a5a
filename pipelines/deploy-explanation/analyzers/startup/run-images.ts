import type { ObjectRef } from '../../../../src/evidence/model.ts';
import { CLOUD } from '../../../../src/evidence/parse/cloud-resources.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, objects, text } from '../../../../src/json.ts';
import type { View } from '../../view.ts';

/** A run of a CI system in the cluster, or a container of a cloud, whose image does not come, as its own status tells it. */
export interface RunPull {
  readonly run: SceneObject;
  readonly image: string;
  /** What the pod said, without what the step is called. */
  readonly said: string;
  readonly involves: readonly ObjectRef[];
}

/** Tekton's words: `The step "build" in TaskRun "x" failed to pull the image "y". The pod errored with the message: "…"`. */
const PULLED = /failed to pull the image "([^"]*)"(?:\. The pod errored with the message: ("?[\s\S]*))?/;

/** How Amazon's agent begins when an image does not come (`CannotPullContainerError: …`), and Azure's and Google's runtimes. */
const CLOUD_PULL =
  /\bCannotPull\w*Error: |\bFailed to pull image ['"]|\b[Ii]mage ['"]?[\w./:@-]+['"]? (?:was )?not found|\bRevision '[^']*' is not ready and cannot serve traffic\. Image '/;
const CLOUD_IMAGE = /(?:\bref |manifest for |[Ii]mage ['"]?)([\w.-]+(?::\d+)?\/[\w./-]+(?:[:@][\w.:-]*\w)?)/;

/** Containers (tasks, groups, revisions) of a cloud that say that their image does not come. */
export function cloudPulls(view: View): RunPull[] {
  return view.scene.objects.flatMap((run): RunPull[] => {
    const said = text(at(run.object, 'status', 'message')) ?? '';
    if (run.ref.apiVersion !== CLOUD && run.object.apiVersion !== CLOUD) return [];
    if (!CLOUD_PULL.test(said)) return [];
    return [{ run, image: CLOUD_IMAGE.exec(said)?.[1] ?? '', said, involves: [] }];
  });
}

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
