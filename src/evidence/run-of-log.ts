import { at, type Json, objects, text } from '../json.ts';
import { timeOf } from './logs/time.ts';
import { type ObjectRef, sameObject } from './model.ts';
import type { LogLine } from './parse/log.ts';
import { workloadOf } from './relations.ts';
import type { Scene, SceneLog } from './scene.ts';

/** Milliseconds by which clocks and buffers may differ. */
const SLACK = 2_000;
/** Milliseconds within which a program says its first word. */
const FIRST_WORD = 20_000;

/** The runs of a pod's containers that ended, as milliseconds of their beginning and end. */
function runsOf(pod: Json): (readonly [number, number])[] {
  return ['containerStatuses', 'initContainerStatuses'].flatMap((key) =>
    objects(at(pod, 'status', key)).flatMap((status) =>
      ['state', 'lastState'].flatMap((state) => {
        const ended = at(status, state, 'terminated');
        const run = [at(ended, 'startedAt'), at(ended, 'finishedAt')].map((time) => Date.parse(text(time) ?? ''));
        const [from = Number.NaN, to = Number.NaN] = run;
        return from <= to ? [[from, to] as const] : [];
      }),
    ),
  );
}

/** The time (milliseconds) of the first line that states one. */
function firstTime(lines: readonly LogLine[]): number | undefined {
  for (const { time, raw } of lines) {
    const told = timeOf(time ?? raw);
    if (told !== undefined) return told;
  }
  return undefined;
}

/**
 * The pod of which a log is by its times: all its lines stand between the beginning and the end of a run of one of its containers that
 * ended, and the first of them near the beginning. Undefined where pods of several workloads had such a run.
 */
export function runOf(log: SceneLog, scene: Scene): ObjectRef | undefined {
  const ended = scene.objects.flatMap(({ ref, object }) => {
    const runs = ref.kind === 'Pod' ? runsOf(object) : [];
    return runs.length > 0 ? [{ ref, runs }] : [];
  });
  if (ended.length === 0) return undefined;
  const [first, last] = [firstTime(log.lines), firstTime(log.lines.toReversed())];
  if (first === undefined || last === undefined) return undefined;
  const fits = ([from, to]: readonly [number, number]) =>
    first >= from - SLACK && first <= from + FIRST_WORD && last >= first && last <= to + SLACK;
  const [pod, ...others] = ended.filter(({ runs }) => runs.some(fits));
  if (pod === undefined) return undefined;
  const workload = workloadOf(scene, pod.ref);
  return others.every(({ ref }) => sameObject(workloadOf(scene, ref), workload)) ? pod.ref : undefined;
}
