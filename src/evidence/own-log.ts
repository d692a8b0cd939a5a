import { at, text } from '../json.ts';
import { timeOf } from './logs/time.ts';
import { type ObjectRef, sameObject } from './model.ts';
import { continuesTrace } from './parse/log.ts';
import { findObject, workloadOf } from './relations.ts';
import type { Scene, SceneLog } from './scene.ts';

/** What the system's own log puts before each line: time, host, program. Containers write to their own output, without a host. */
const SYSLOG = /^(?:<\d+>)?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (\S+) [\w./-]+(?:\[\d+\])?: /;
/** Members of a line that say who wrote it. */
const WRITER =
  /(?<![\w.])["']?(?:service(?:[._]name)?|app(?:lication)?|component|pod(?:[._]name)?|hostname|container)["']?\s*[:=]\s*["']?([a-z0-9][\w.-]*)/;
/** How the first line of a crash begins, where nothing says a time or a level. */
const CRASH = /^(?:Traceback \(most recent|panic:|fatal\b|error\b|Exception in thread|[\w.]*(?:Error|Exception)\b)/i;
/** What Unix programs write to their error output (`program: subject: reason`), and a shell's trace of its commands. */
const OUTPUT = /^(?:[\w./-]+: (?:line )?\S[^:]*: \S|\++ \S)/;
const DAY = 24 * 60 * 60_000;

/**
 * Whether a text without a command is the log of a program: something of it has a level or a time, is a crash or what a
 * program writes to its error output. Notes have none of these.
 */
export function isLogged({ lines }: SceneLog): boolean {
  return lines.some(
    ({ level, time, text: said }) =>
      level !== undefined || time !== undefined || CRASH.test(said) || OUTPUT.test(said) || continuesTrace(said),
  );
}

/** Whether most lines of a log name, as who wrote them, a host or another workload that is seen. */
function writtenByAnother({ lines }: SceneLog, pod: ObjectRef, scene: Scene): boolean {
  const own = workloadOf(scene, pod);
  const others = scene.objects
    .filter(({ ref }) => ref.kind === 'Pod' || /^(?:Deployment|StatefulSet|DaemonSet|Job)$/.test(ref.kind))
    .filter(({ ref }) => !sameObject(workloadOf(scene, ref), own))
    .map(({ ref }) => ref.name);
  const strangers = new Set(others);
  const said = lines.filter(({ raw }) => raw.trim() !== '');
  const foreign = said.filter(({ raw }) => {
    const host = SYSLOG.exec(raw)?.[1];
    if (host !== undefined) return host !== pod.name;
    return strangers.has(WRITER.exec(raw.slice(0, 2000))?.[1] ?? '');
  });
  return foreign.length * 2 > said.length;
}

/** Whether a log ended a day or longer before a pod was made: clocks and zones differ by less. */
function endedBefore({ lines }: SceneLog, pod: ObjectRef, scene: Scene): boolean {
  const object = findObject(scene, pod)?.object;
  const made = Date.parse(
    text(at(object, 'metadata', 'creationTimestamp')) ?? text(at(object, 'status', 'startTime')) ?? '',
  );
  const last = lines
    .toReversed()
    .flatMap(({ time, raw }) => timeOf(time ?? raw) ?? [])
    .at(0);
  return last !== undefined && last < made - DAY;
}

/** Whether a log that says nothing of where it comes from may be a pod's: nobody else wrote it, and it did not end long before. */
export function mayBeOf(log: SceneLog, pod: ObjectRef, scene: Scene): boolean {
  return !writtenByAnother(log, pod, scene) && !endedBefore(log, pod, scene);
}
