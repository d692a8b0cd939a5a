import type { PodView } from '../../../../src/evidence/pods.ts';
import type { View } from '../../view.ts';
import { podOfLog } from '../startup/log-errors.ts';
import { lastWords } from './killed-by-probe.ts';

/** `4210/18944`, `4210 of 18944`, `37 %`: how far a program says that it has come. */
const COUNTED = /(?<![\d./:-])(\d{1,12})(?: ?\/ ?| of )(\d{1,12})(?![\d./:-])|(?<![\d.])(\d{1,3}(?:\.\d+)?) ?%/;
/** So many lines before the end are looked at. */
const NEWEST = 12;

interface Step {
  readonly said: string;
  readonly done: number;
  readonly all: number;
}

function stepIn(text: string): Step | undefined {
  const [said, done, all, share] = COUNTED.exec(text.slice(0, 500)) ?? [];
  if (said === undefined) return undefined;
  return share === undefined ? { said, done: Number(done), all: Number(all) } : { said, done: Number(share), all: 100 };
}

/**
 * How far a program had come that was told to end while it was getting on: the last of two or more counts with the same end that rise and
 * have not reached it. Undefined for any other log: a program that stands still is not helped by more time.
 */
export function interruptedAt(view: View, pod: PodView): string | undefined {
  const last = lastWords(view, pod);
  const log = last?.log ?? view.scene.logs.find((one) => one.previous && podOfLog(view, one) === pod);
  if (log === undefined) return undefined;
  const end = last === undefined ? log.lines.length : log.lines.indexOf(last.line) + 1;
  const steps = log.lines.slice(Math.max(0, end - NEWEST), end).flatMap(({ text }) => stepIn(text) ?? []);
  const newest = steps.at(-1);
  const course = steps.filter(({ all }) => all === newest?.all);
  const rises = course.every(({ done }, index) => index === 0 || done > (course[index - 1]?.done ?? 0));
  return newest !== undefined && course.length > 1 && rises && newest.done < newest.all ? newest.said : undefined;
}
