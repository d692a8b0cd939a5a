import { behind, servicesIn } from '../../../../src/evidence/calls.ts';
import { citeLines } from '../../../../src/evidence/cite.ts';
import type { ObjectRef } from '../../../../src/evidence/model.ts';
import { sameObject } from '../../../../src/evidence/model.ts';
import type { LogLine } from '../../../../src/evidence/parse/log.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import type { SceneLog } from '../../../../src/evidence/scene.ts';
import { slowStatementsIn } from '../../../../src/evidence/slow-statements.ts';
import { named, type View } from '../../view.ts';
import { type Draft, look } from '../analyzer.ts';
import { isUp, subjectOf } from '../startup/log-errors.ts';
import { whoAnswered } from '../startup/ran-in.ts';
import { durationIn } from './durations.ts';

/** Who waits notices from here on, in milliseconds. */
const FELT_MS = 1000;
/** So many lines with a time tell how it usually is; the newest of them how it is now. */
const LEAST = 6;
const NEWEST = 60;

interface Timed {
  readonly line: LogLine;
  readonly took: number;
}

/** The slowest half of what a log's newest lines say they took, where even the fastest of these is felt. */
function lateLines({ lines }: SceneLog): Timed[] {
  const timed: Timed[] = [];
  for (let at = lines.length - 1; at >= 0 && timed.length < NEWEST; at--) {
    const line = lines[at];
    const took = line === undefined ? undefined : durationIn(line.raw);
    if (line !== undefined && took !== undefined) timed.push({ line, took });
  }
  const newest = timed.toReversed().toSorted((a, b) => b.took - a.took);
  const half = newest.slice(0, Math.ceil(newest.length / 2));
  return newest.length >= LEAST && (half.at(-1)?.took ?? 0) >= FELT_MS ? half : [];
}

/** A statement that a program sent to a database. */
const STATEMENT =
  /\bSELECT\b.+\bFROM\b|\bINSERT INTO\b|\bUPDATE\b.+\bSET\b|\bDELETE FROM\b|\bCALL \w+\(|\baggregate\(|\bFT\.SEARCH\b/;
/** What takes so much of the longest operation is where its time went. */
const MOST_OF = 0.6;

/** The line to name: a statement where one takes most of the time of what is slowest, since the request only waits for it. */
function tellingOf(late: readonly Timed[]): Timed | undefined {
  const [longest] = late;
  const statement = late.find(({ line }) => STATEMENT.test(line.raw));
  return statement !== undefined && statement.took >= (longest?.took ?? 0) * MOST_OF ? statement : longest;
}

/** What a line says was called, where that is seen. */
function calleeOf(view: View, { raw }: LogLine, own: ObjectRef): ObjectRef | undefined {
  const called = behind(view.scene, view.pods, servicesIn(view.scene, raw)).map((ref) => workloadOf(view.scene, ref));
  return called.find((ref) => ref.kind !== 'Service' && !sameObject(ref, own));
}

/** Logs in which half of the newest operations took a second or longer, without a word of trouble. */
function lateLogs(view: View): Draft[] {
  return view.scene.logs.flatMap((log): Draft[] => {
    const subject = log.pipeline === true || log.previous ? undefined : subjectOf(view, log);
    const late = subject === undefined || !isUp(view, log) ? [] : lateLines(log);
    const telling = tellingOf(late);
    if (subject === undefined || telling === undefined) return [];
    const callee = calleeOf(view, telling.line, subject);
    return [
      {
        object: callee ?? subject,
        summary: `${named(subject)} is slow: half of the newest operations in its log took ${Math.round(late.at(-1)?.took ?? 0)} ms or longer, such as \`${telling.line.raw.trim().slice(0, 200)}\`${callee === undefined ? '' : `; what it calls there is ${named(callee)}`}`,
        confidence: callee === undefined ? 0.5 : 0.55,
        severity: 'degraded',
        onlyIfAsked: 'speed',
        citations: [citeLines(log.item, telling.line.n - log.item.lines.from)],
        involves: [subject],
        remedies: [look('Find out what these operations wait for: traces, what they call, CPU and locks')],
      },
    ];
  });
}

/** Statements that a store itself calls slow, or whose statistics are. */
function slowStatements(view: View): Draft[] {
  return view.scene.items.flatMap((item): Draft[] => {
    const slowest = slowStatementsIn(item).toSorted((a, b) => b.took - a.took)[0];
    if (slowest === undefined) return [];
    const object = whoAnswered(view, item);
    return [
      {
        object,
        summary: `${object.kind === 'Output' ? 'The store' : named(object)} has a slow statement: \`${slowest.statement.slice(0, 200)}\` takes ${Math.round(slowest.took)} ms${slowest.onAverage ? ' on average' : ''}`,
        confidence: 0.66,
        severity: 'degraded',
        onlyIfAsked: 'speed',
        citations: [slowest.cite()],
        remedies: [look('See who sends this statement, its plan and indexes, and how much it reads')],
      },
    ];
  });
}

/** What takes its time by its own numbers, where the asker wants to know just that: long operations may be what a program is for. */
export const toldDurations = (view: View): Draft[] => [...slowStatements(view), ...lateLogs(view)];
