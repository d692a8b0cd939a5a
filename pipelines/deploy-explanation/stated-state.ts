import { sameObject } from '../../src/evidence/model.ts';
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
