import { at, objects, text } from '../../json.ts';
import { refKey } from '../model.ts';
import type { LogLine } from '../parse/log.ts';
import { findObject, workloadOf } from '../relations.ts';
import type { Scene, SceneLog } from '../scene.ts';
import { Drain } from './drain.ts';
import { timeOf } from './time.ts';

/** Fewer lines from before the rollout say too little of what is usual. */
const ENOUGH_BEFORE = 20;

interface Rollout {
  /** Of the newest ReplicaSet, milliseconds since 1970. */
  readonly at: number;
  readonly replicaSet: string;
  readonly before: Drain;
  lines: number;
}

function newestReplicaSets(scene: Scene): Map<string, Rollout> {
  const found = new Map<string, Rollout>();
  for (const { ref, object } of scene.objects) {
    const time =
      ref.kind === 'ReplicaSet' ? timeOf(text(at(object, 'metadata', 'creationTimestamp')) ?? '') : undefined;
    if (time === undefined) continue;
    const key = refKey(workloadOf(scene, ref));
    if (time > (found.get(key)?.at ?? 0))
      found.set(key, { at: time, replicaSet: ref.name, before: new Drain(), lines: 0 });
  }
  return found;
}

/** Whether a line of a log was written before its workload's newest ReplicaSet: by its pod's owner, else by its time. */
function isBefore(scene: Scene, log: SceneLog, line: LogLine, rollout: Rollout): boolean | undefined {
  const pod = log.pod === undefined ? undefined : findObject(scene, log.pod);
  const owner = objects(at(pod?.object, 'metadata', 'ownerReferences')).find(({ kind }) => kind === 'ReplicaSet');
  if (owner !== undefined && text(owner.name) !== rollout.replicaSet) return true;
  const time = timeOf(line.time ?? line.text, new Date(rollout.at).getUTCFullYear());
  return time === undefined ? (owner === undefined ? undefined : false) : time < rollout.at;
}

const KNOWN = new WeakMap<Scene, Map<string, Rollout>>();

function rolloutsOf(scene: Scene): Map<string, Rollout> {
  const known = KNOWN.get(scene);
  if (known !== undefined) return known;
  const rollouts = newestReplicaSets(scene);
  KNOWN.set(scene, rollouts);
  if (rollouts.size === 0) return rollouts;
  for (const log of scene.logs) {
    const rollout = log.pod === undefined ? undefined : rollouts.get(refKey(workloadOf(scene, log.pod)));
    if (rollout === undefined) continue;
    for (const line of log.lines)
      if (isBefore(scene, log, line, rollout) === true) {
        rollout.before.add(line.text);
        rollout.lines++;
      }
  }
  return rollouts;
}

/**
 * Whether lines of a line's template are new since the rollout of their workload: there are logs from before it (of a pod of an
 * older ReplicaSet, or with times before the newest one was made), and none of their lines is like it. Undefined where
 * the evidence does not say.
 */
export function isNewSinceRollout(scene: Scene, log: SceneLog, line: LogLine): boolean | undefined {
  const rollouts = rolloutsOf(scene);
  if (rollouts.size === 0 || log.pod === undefined) return undefined;
  const rollout = rollouts.get(refKey(workloadOf(scene, log.pod)));
  if (rollout === undefined || rollout.lines < ENOUGH_BEFORE) return undefined;
  const before = isBefore(scene, log, line, rollout);
  return before === undefined ? undefined : !before && rollout.before.match(line.text) === undefined;
}
