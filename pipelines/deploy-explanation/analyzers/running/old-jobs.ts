import { type ObjectRef, sameObject } from '../../../../src/evidence/model.ts';
import { findObject, workloadOf } from '../../../../src/evidence/relations.ts';
import { at, number, text } from '../../../../src/json.ts';
import { millisOf } from '../../moments.ts';
import type { View } from '../../view.ts';
import { newestTime } from './newest-time.ts';

/** A Job that was made longer ago (seconds) and failed is left to lie there, where the rest of its namespace was looked at. */
const LONG_AGO = 24 * 3600;
/** So many other workloads say that the evidence is of the namespace, and not of the Job. */
const OTHERS = 3;

/** How long ago (seconds) an object was made: as a row says, or by its own times. */
function madeAgo(view: View, ref: ObjectRef): number | undefined {
  const { object } = findObject(view.scene, ref) ?? {};
  const told = number(object?.age);
  if (told !== undefined) return told;
  const made = millisOf(text(at(object, 'metadata', 'creationTimestamp')) ?? text(at(object, 'status', 'startTime')));
  return made === undefined ? undefined : (newestTime(view) - made) / 1000;
}

/**
 * How many seconds ago a Job was made that a person started by itself (no CronJob makes another one), of which an object is or is a part,
 * where this is long ago and the evidence shows a namespace of other workloads: whoever looks there for what is wrong now does not mean it.
 */
export function oldJob(view: View, ref: ObjectRef): number | undefined {
  const job = workloadOf(view.scene, ref);
  if (job.kind !== 'Job') return undefined;
  const pods = view.pods.filter((pod) => sameObject(workloadOf(view.scene, pod.ref), job));
  const ages = [job, ...pods.map((pod) => pod.ref)].flatMap((one) => madeAgo(view, one) ?? []);
  // The last try counts.
  const age = ages.length === 0 ? 0 : Math.min(...ages);
  const others = view.scene.objects.filter(
    (one) => /^(?:Deployment|StatefulSet|DaemonSet|Rollout)$/.test(one.ref.kind) && one.ref.namespace === job.namespace,
  );
  return age > LONG_AGO && others.length >= OTHERS ? age : undefined;
}
