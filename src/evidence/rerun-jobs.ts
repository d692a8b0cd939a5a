import { at, number, objects, text } from '../json.ts';
import { type ObjectRef, sameObject } from './model.ts';
import { workloadOf } from './relations.ts';
import type { Scene, SceneObject } from './scene.ts';

/** Jobs that are parts of one work are made together; one that is made so much later (seconds) is made because of the first. */
const LATER = 300;

/** How much later (seconds) a Job was made than another one, by the ages of rows or by their own times. */
function laterBy(one: SceneObject, other: SceneObject): number | undefined {
  const [age, before] = [number(one.object.age), number(other.object.age)];
  if (age !== undefined && before !== undefined) return before - age;
  const made = ({ object }: SceneObject) => Date.parse(text(at(object, 'metadata', 'creationTimestamp')) ?? '') / 1000;
  const difference = made(one) - made(other);
  return Number.isNaN(difference) ? undefined : difference;
}

/** What is put behind a Job's name to run it again: a count, a version, a word for it, or what the API generates (never with vowels). */
const AGAIN = /^-(?:\d{1,4}|v\d+|retry|rerun|again|[bcdfghjklmnpqrstvwxz2-9]{5})(?:-\d{1,4})?$/;

/** `backfill` as `backfill-2`, `backfill-retry`; `migrate-14` as `migrate-15`. */
function isAgain(name: string, first: string): boolean {
  if (name.startsWith(`${first}-`) && AGAIN.test(name.slice(first.length))) return true;
  const [, stem, count] = /^(.+)-(\d{1,4})$/.exec(name) ?? [];
  const [, firstStem, firstCount] = /^(.+)-(\d{1,4})$/.exec(first) ?? [];
  return stem !== undefined && stem === firstStem && Number(count) > Number(firstCount);
}

const isComplete = ({ object }: SceneObject): boolean =>
  objects(at(object, 'status', 'conditions')).some(({ type, status }) => type === 'Complete' && status === 'True') ||
  ((number(at(object, 'status', 'succeeded')) ?? 0) > 0 &&
    (number(at(object, 'status', 'succeeded')) ?? 0) >= (number(at(object, 'spec', 'completions')) ?? 1));

/** Whether a Job (or the Job of a pod) was made anew later, under a name that goes on from its own, and came to its end then: its failure is history. */
export function wasRunAgain(scene: Scene, ref: ObjectRef): boolean {
  const jobs = scene.objects.filter((one) => one.ref.kind === 'Job');
  if (jobs.length < 2) return false;
  const own = ref.kind === 'Job' ? ref : workloadOf(scene, ref);
  const first = jobs.find((one) => sameObject(one.ref, own));
  return (
    first !== undefined &&
    jobs.some(
      (one) =>
        one.ref.namespace === own.namespace &&
        isAgain(one.ref.name, own.name) &&
        isComplete(one) &&
        (laterBy(one, first) ?? 0) >= LATER,
    )
  );
}
