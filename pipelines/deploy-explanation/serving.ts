import { mayShareCluster } from '../../src/evidence/asked-cluster.ts';
import { sameObject } from '../../src/evidence/model.ts';
import type { PodView } from '../../src/evidence/pods.ts';
import { workloadOf } from '../../src/evidence/relations.ts';
import type { Explanation, Finding } from './schema.ts';
import { citeAny, named, type View } from './view.ts';

/** The hash of the pod template that a Deployment's (or Rollout's) pod was made from: of its labels, or of its name. */
function revisionOf({ labels, ref }: PodView): string {
  return labels['pod-template-hash'] ?? ref.name.split('-').at(-2) ?? '';
}

const MAX_NAMED = 3;

/** Ready pods of another revision of the workload whose new pods fail: callers are still answered. */
export function stillServing(view: View, root: Finding): Explanation['serving'] {
  const concerned = [root.object, ...root.involves].map((ref) => workloadOf(view.scene, ref));
  const workload = concerned.find(({ kind }) => kind === 'Deployment' || kind === 'Rollout');
  if (workload === undefined) return undefined;
  const own = view.pods.filter(({ ref, completed }) => !completed && sameObject(workloadOf(view.scene, ref), workload));
  const unready = own.filter(({ ready }) => !ready);
  const failing = new Set(unready.map(revisionOf));
  // Of several clusters in one transcript the pods of another answer other callers.
  const beside = ({ source }: PodView): boolean => unready.some((pod) => mayShareCluster(pod.source, source));
  const serving = own.filter((pod) => pod.ready && !failing.has(revisionOf(pod)) && beside(pod));
  if (failing.size === 0 || serving.length === 0) return undefined;
  const names = serving.slice(0, MAX_NAMED).map(({ ref }) => ref.name);
  const more = serving.length > MAX_NAMED ? ` and ${serving.length - MAX_NAMED} more` : '';
  const { path: _, ...bare } = workload;
  return {
    summary: `${named(bare)} still has ${serving.length} ready pod${serving.length === 1 ? '' : 's'} of another revision (${names.join(', ')}${more})`,
    object: bare,
    citations: serving.slice(0, MAX_NAMED).flatMap(({ source }) => citeAny(source) ?? []),
  };
}
