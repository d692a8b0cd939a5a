import { sameObject } from '../../src/evidence/model.ts';
import { awaitedBy, wasInVain } from '../../src/evidence/parse/rollout-status.ts';
import { findObject, workloadOf } from '../../src/evidence/relations.ts';
import type { ExplainRequest, Finding } from './schema.ts';
import type { View } from './view.ts';

/** States that keep a container from running, in the words of Kubernetes. */
const DOWN =
  /\b(?:Crash-?Loop(?:-?BackOff|ing)?|crash loop(?:s|ing)?|ImagePullBackOff|ErrImagePull|CreateContainer(?:Config)?Error|RunContainerError|Init:Error)\b/i;

/**
 * Whether the question itself says that what a finding is about does not run, and nothing in the evidence shows how it is: of a program of
 * which only its log was given, this is all that is known of its state.
 */
export function saidToBeDown({ question = '' }: Pick<ExplainRequest, 'question'>, view: View, root: Finding): boolean {
  if (!DOWN.test(question)) return false;
  const workload = workloadOf(view.scene, root.object);
  const seen =
    view.pods.some(({ ref }) => sameObject(workloadOf(view.scene, ref), workload)) ||
    findObject(view.scene, workload)?.object.status !== undefined;
  return !seen && workload.name.length > 2 && question.includes(workload.name);
}

/** Whether somebody waited in vain, and last, for the rollout of what a finding is about: it did not come up in the time that it was given. */
export function wasAwaited(view: View, root: Finding): boolean {
  // What somebody holds waits for them, and not in vain.
  if (root.stage === 'delivery') return false;
  const own = [root.object, ...root.involves].map((ref) => workloadOf(view.scene, ref));
  const awaited = view.scene.items.filter(({ command = '' }) => {
    const ref = awaitedBy(command);
    return ref !== undefined && own.some(({ kind, name }) => kind === ref.kind && name === ref.name);
  });
  return wasInVain((awaited.at(-1)?.text ?? '').split('\n'));
}
