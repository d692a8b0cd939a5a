import { servicesIn } from '../../../../src/evidence/calls.ts';
import { type MadeConnection, madeConnections } from '../../../../src/evidence/checks.ts';
import { type ObjectRef, sameObject } from '../../../../src/evidence/model.ts';
import type { LogLine } from '../../../../src/evidence/parse/log.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import type { SceneLog } from '../../../../src/evidence/scene.ts';
import { millisOf } from '../../moments.ts';
import type { View } from '../../view.ts';

/** How a line tells that no connection was made. */
const NOT_MADE = /refused|timed? ?out|no route to host|unreachable|ECONN|ETIMEDOUT|EHOSTUNREACH/i;
/** So many lines later, and so long (milliseconds) after it, a program has gone on. Shorter than without a check that got through. */
const LINES = 3;
const WHILE = 5 * 60_000;
/** Of a check in another file nothing says when it was made: so much longer the program must have gone on. */
const ELSEWHERE = 15 * 60_000;

const MADE = new WeakMap<View, MadeConnection[]>();

function madeIn(view: View): MadeConnection[] {
  const known = MADE.get(view) ?? madeConnections(view.scene);
  MADE.set(view, known);
  return known;
}

/**
 * Whether a line tells of a connection that was not made, the log goes on well after it, and a check that was made later in a pod of the
 * same workload reached the same port of the same Service. `subject` is the workload of the log.
 */
export function connectsAgain(view: View, log: SceneLog, line: LogLine, subject: ObjectRef | undefined): boolean {
  const said = line.raw.slice(0, 4000);
  if (subject === undefined || log.previous || madeIn(view).length === 0 || !NOT_MADE.test(said)) return false;
  const later = log.lines.slice(log.lines.findIndex(({ n }) => n === line.n) + 1);
  const times = later.flatMap(({ time }) => millisOf(time) ?? []);
  const at = millisOf(line.time);
  const goesOn = (since: number) =>
    later.filter(({ text }) => text.trim() !== '').length >= LINES &&
    later.every(
      ({ level, text }) => level !== 'error' && level !== 'fatal' && !(level === 'warning' && NOT_MADE.test(text)),
    ) &&
    (times.length === 0 || (at !== undefined && Math.max(...times) - at >= since));
  if (!goesOn(WHILE)) return false;
  const called = servicesIn(view.scene, said);
  const from = view.scene.items.indexOf(log.item);
  return madeIn(view).some(
    ({ asked, client, item }) =>
      (item.source.name === log.item.source.name ? view.scene.items.indexOf(item) > from : goesOn(ELSEWHERE)) &&
      sameObject(workloadOf(view.scene, client), subject) &&
      servicesIn(view.scene, asked).some((service) => called.includes(service)) &&
      [...asked.matchAll(/[\s:](\d{2,5})\b/g)].some(([, port]) => new RegExp(`\\b${port}\\b`).test(said)),
  );
}
