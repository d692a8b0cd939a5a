import { at, number, objects } from '../json.ts';
import type { SceneObject } from './scene.ts';

/** What a Job of several runs has done so far. */
export interface WorkDone {
  readonly done: number;
  readonly all: number;
}

/**
 * How far a Job of several runs (`completions`) has come that is still at work: runs of it are active, and it has not failed. Undefined for any
 * other object, and for a Job that is done.
 */
export function workDone({ ref, object }: SceneObject): WorkDone | undefined {
  if (ref.kind !== 'Job') return undefined;
  const [active = 0, done = 0] = [number(at(object, 'status', 'active')), number(at(object, 'status', 'succeeded'))];
  const all = number(at(object, 'spec', 'completions'));
  const failed = objects(at(object, 'status', 'conditions')).some(
    ({ type, status }) => /^Fail/.test(String(type)) && status === 'True',
  );
  return active > 0 && all !== undefined && done < all && !failed ? { done, all } : undefined;
}

/** Whether a Job that is still at work gets over runs that failed: more of its runs came to a good end than did not. */
export function getsOver(job: SceneObject): boolean {
  const work = workDone(job);
  return work !== undefined && work.done > (number(at(job.object, 'status', 'failed')) ?? 0);
}
