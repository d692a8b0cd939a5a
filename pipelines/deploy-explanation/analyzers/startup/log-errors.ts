import { citeLines } from '../../../../src/evidence/cite.ts';
import { toldAt } from '../../../../src/evidence/logs/announced.ts';
import { wholeLogs } from '../../../../src/evidence/logs/parts.ts';
import { isNewSinceRollout } from '../../../../src/evidence/logs/since-rollout.ts';
import { timeOf } from '../../../../src/evidence/logs/time.ts';
import type { Citation, ObjectRef } from '../../../../src/evidence/model.ts';
import { sameObject } from '../../../../src/evidence/model.ts';
import { continuesTrace, type LogLine } from '../../../../src/evidence/parse/log.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { findObject, workloadOf } from '../../../../src/evidence/relations.ts';
import type { SceneLog } from '../../../../src/evidence/scene.ts';
import { at, number } from '../../../../src/json.ts';
import { millisOf } from '../../moments.ts';
import { withoutNames } from '../../names.ts';
import type { View } from '../../view.ts';
import { connectsAgain } from './connects-again.ts';

/** A log line that matched, with the log and the pod it is of. */
export interface LogHit {
  readonly log: SceneLog;
  readonly line: LogLine;
  /** In the lines of `log`, which may be a part of the whole log. */
  readonly index: number;
  /** Lines of the whole log (as far as it is known) before this one. */
  readonly position: number;
  readonly match: RegExpExecArray;
  readonly pod?: PodView;
  readonly repeats: number;
  /** No line like it was logged before the rollout, as far as logs from before it are known. */
  readonly isNew: boolean;
  cite(): Citation | undefined;
  /** What the line says, cut to `max` characters, with what stands below where it only announces it. */
  told(max?: number): string;
}

const HARMLESS = /\b(will retry|retrying in|attempt \d+ of \d+ (?:failed, )?retry)/i;
const RECOVERED =
  /\b(re-?connected|connected to|succeeded (?:at|after|on) (?:retry|attempt|try)\b|connection (?:established|restored)|recovered|now (?:healthy|ready)|successfully connected|listening on|server (?:started|listening)|ready (?:to (?:accept|serve)|for connections)|migrations? (?:complete|applied)|(?:from (?:HALF_)?OPEN to|half-?open (?:->|to|=>)) closed|circuit ?breaker[^\n]{0,40}\b(?:closed|reset)\b)/i;

const PODS = new WeakMap<View, Map<SceneLog, PodView | undefined>>();

/** The pod that a log is of: by name, or a troubled pod of the workload it names before its others. */
export function podOfLog(view: View, log: SceneLog): PodView | undefined {
  if (log.pod === undefined) return undefined;
  const known = PODS.get(view) ?? new Map<SceneLog, PodView | undefined>();
  PODS.set(view, known);
  // Asked for each line by each analyzer, among all pods.
  if (!known.has(log)) known.set(log, podOf(view, log.pod));
  return known.get(log);
}

/** The pod of a command that names a pod or the workload of one: a troubled one before its others. */
export function podOf(view: View, ref: ObjectRef): PodView | undefined {
  const exact = view.pods.find((pod) => sameObject(pod.ref, ref));
  if (exact !== undefined) return exact;
  // Tools that ask within a pod may call it by its workload.
  const isOf = ({ kind, name, namespace }: ObjectRef) =>
    ref.kind === 'Pod' && kind !== 'Pod' && name === ref.name && (ref.namespace ?? namespace) === namespace;
  const own = view.pods.filter((pod) => {
    const workload = workloadOf(view.scene, pod.ref);
    return isOf(workload) || (ref.kind !== 'Pod' && sameObject(workload, ref));
  });
  return own.find((pod) => !pod.ready && !pod.completed) ?? own[0];
}

/** What a person would change for a log: the workload of its pod, or whatever the log command named. */
export function subjectOf(view: View, log: SceneLog): ObjectRef | undefined {
  const pod = podOfLog(view, log);
  if (pod !== undefined) return workloadOf(view.scene, pod.ref);
  return log.pod === undefined ? undefined : workloadOf(view.scene, log.pod);
}

/** A line of a log with the part that it stands in. */
interface Placed {
  readonly log: SceneLog;
  /** Within the part. */
  readonly index: number;
  readonly line: LogLine;
}

/** How programs say that a try after the first went well: `succeeded after 3 attempts`, `attempt 2/5 ok`, `retry successful`. */
const TRIED_AGAIN =
  /\b(?:ok|succe(?:ss|ssful|ssfully|eded|eds)|completed|done)\b[^\n]{0,40}\b(?:attempts?|retry|retries|tries)\b|\b(?:attempt|retry|try)\b[^\n]{0,24}\b(?:ok|succe(?:ss|ssful|ssfully|eded|eds)|completed)\b/i;
const NOT = /\b(?:not?|never|without|none|failed|0)\b/i;

/** Whether the process came to itself after the line: then the error is history. */
function recovered(lines: readonly Placed[], at: number): boolean {
  const retried = HARMLESS.test(lines[at]?.line.text ?? '');
  const isOver = ({ text }: LogLine) => RECOVERED.test(text) || (retried && TRIED_AGAIN.test(text) && !NOT.test(text));
  return lines.slice(at + 1).some(({ line }) => isOver(line) && line.level !== 'error' && line.level !== 'fatal');
}

/** A program that went on for so long (milliseconds) without an error has overcome the one before. */
const QUIET = 30 * 60_000;
/** So many lines say that it was at work meanwhile. */
const AT_WORK = 3;

/** What comes back less often than once a day (milliseconds) has no interval to wait for. */
const DAY = 24 * 60 * 60_000;
/** Requests that only ask whether a program is there say nothing of its work. */
const PROBED = /(?:\/|\b)(?:healthz?|readyz?|livez?|ping|metrics|health[ _-]?checks?)\b/i;
/** The program says itself that it will not try again. */
const GAVE_UP =
  /\b(?:giving up|gave up|will not (?:retry|be retried)|no (?:more|further) (?:retries|attempts)|(?:consumer|worker|listener|scheduler|thread|loop) (?:has )?(?:stopped|exited|died|terminated))\b/i;

/** When a line was written, in whatever form its head says it. */
const momentOf = ({ time, text }: LogLine): number | undefined => (time === undefined ? timeOf(text) : millisOf(time));

/**
 * Whether logs of the same workload go on long after a line, at work and without any further error. `interval` (milliseconds) is how far
 * apart such lines were before: what runs by the hour is not well after half of one.
 */
function quietSince(view: View, log: SceneLog, last: LogLine, interval: number): boolean {
  const at = momentOf(last);
  const subject = subjectOf(view, log);
  // A run that gave up has ended, and another has begun.
  if (at === undefined || subject === undefined || (!log.previous && GAVE_UP.test(last.text))) return false;
  const later = view.scene.logs
    .filter((other) => !other.previous && sameObject(subjectOf(view, other) ?? { kind: '', name: '' }, subject))
    .flatMap(({ lines }) => lines.filter((line) => (momentOf(line) ?? 0) > at));
  const newest = later.reduce((latest, line) => Math.max(latest, momentOf(line) ?? 0), 0);
  return (
    later.length >= AT_WORK &&
    later.some(({ text }) => !PROBED.test(text)) &&
    newest - at >= Math.max(QUIET, interval > DAY ? 0 : 1.5 * interval) &&
    later.every(({ level }) => level !== 'error' && level !== 'fatal' && level !== 'warning')
  );
}

/**
 * Whether the pod of a log has been replaced: it is not among the pods, others of its workload are, all of them ready, and their logs
 * go on after its last line.
 */
function replaced(view: View, log: SceneLog, last: LogLine): boolean {
  const at = millisOf(last.time);
  if (log.pod?.kind !== 'Pod' || at === undefined || podOfLog(view, log) !== undefined) return false;
  const workload = workloadOf(view.scene, log.pod);
  if (workload.kind === 'Pod') return false;
  const others = view.pods.filter(({ ref }) => sameObject(workloadOf(view.scene, ref), workload));
  const later = view.scene.logs
    .filter((other) => others.some(({ ref }) => other.pod !== undefined && sameObject(other.pod, ref)))
    .flatMap(({ lines }) => lines.filter(({ time }) => (millisOf(time) ?? 0) > at));
  return others.length > 0 && others.every(({ ready }) => ready) && later.length >= AT_WORK;
}

/** Seconds after which a program that was restarted counts as up. */
const SOON = 600;

/** Whether an alert about the pod was resolved, and none fires. */
function isResolved(view: View, pod: PodView): boolean {
  const own = view.scene.alerts.filter(({ labels }) => labels.pod === pod.ref.name);
  return own.length > 0 && own.every(({ status }) => /resolved/i.test(status));
}

/** A pod that is ready, and restarted once or twice and long ago, or whose alert was resolved: what it said before is history. */
function overcame(view: View, pod: PodView | undefined): boolean {
  if (pod?.ready !== true) return false;
  if (isResolved(view, pod)) return true;
  const restarts = Math.max(0, ...pod.containers.map((container) => container.restarts));
  const since = pod.lastRestartAge ?? 0;
  // It was restarted while it came up (what it waits for came later), and has been up for much longer than that.
  const first = (number(pod.source.object.age) ?? Number.POSITIVE_INFINITY) - since;
  return since >= SOON && (restarts <= 2 || (first <= 2 * SOON && since > 5 * first));
}

/** Lines like this one that were left out when its log was cut. */
function leftOut({ log, line }: Placed): number {
  return log.item.repeats?.find((repeat) => repeat.line === line.n)?.more ?? 0;
}

/** So much of an entry that is a part of its line is cited, around what was recognised in it. */
const CITED = 300;
/** So many lines below one are cited with it, where it announces them. */
const CITED_LINES = 6;

function citeWithTrace(log: SceneLog, index: number, match: string): Citation | undefined {
  const { item } = log;
  const at = (log.lines[index]?.n ?? item.lines.from) - item.lines.from;
  if (log.lines[index]?.raw !== item.text.split('\n')[at]) {
    const entry = log.lines[index]?.raw ?? '';
    const found = entry.indexOf(match);
    const from = found + match.length <= CITED ? 0 : Math.max(0, found - Math.floor(CITED / 3));
    const raw = entry.slice(from, from + CITED);
    const line = log.lines[index]?.n;
    return raw === '' || line === undefined
      ? undefined
      : { evidence: item.id, lines: { from: line, to: line }, quote: raw };
  }
  const next = log.lines[index + 1];
  const trace =
    next !== undefined && continuesTrace(next.text) && next.n === (log.lines[index]?.n ?? 0) + 1 ? at + 1 : at;
  const told = toldAt(log.lines, index, CITED).last.n - item.lines.from;
  const tail = told - at > CITED_LINES ? trace : Math.max(trace, told);
  return citeLines(item, at, tail) ?? citeLines(item, at);
}

/**
 * The first matching line of each log that was not recovered from, and how often the pattern matched in it. A line that is new since
 * the rollout goes before one that was logged before, too.
 */
export function logHits(
  view: View,
  pattern: RegExp,
  {
    except,
    errorsOnly = false,
    fatal = false,
  }: { readonly except?: RegExp; readonly errorsOnly?: boolean; readonly fatal?: boolean } = {},
): LogHit[] {
  return logsOf(view).flatMap((lines) => {
    let first: { at: number; match: RegExpExecArray; isNew: boolean } | undefined;
    let repeats = 0;
    let last = 0;
    let interval = 0;
    // The lines of an event after its first have no level and no time of their own, in whatever form.
    let level: LogLine['level'];
    const warns = errorsOnly && warnsOn(lines, (line) => saidBy(view, line, pattern, except) !== null);
    for (const [at, placed] of lines.entries()) {
      const { line } = placed;
      if (line.level !== undefined || line.time !== undefined) level = line.level;
      const inError =
        line.level === undefined && (level === 'error' || level === 'fatal') && !CLOCK.test(line.text.slice(0, 80));
      if (
        line.level === 'debug' ||
        (errorsOnly && !inError && !isError(line) && !(warns && line.level === 'warning')) ||
        (line.level === 'info' && isUp(view, placed.log))
      )
        continue;
      const match =
        saidBy(view, line, pattern, except) ?? (fatal && isFatal(line, except) ? ANY.exec(line.text) : null);
      if (match === null) continue;
      const since = repeats === 0 ? undefined : millisOf(lines[last]?.line.time);
      interval = Math.max(interval, (millisOf(line.time) ?? 0) - (since ?? Number.POSITIVE_INFINITY));
      repeats += 1 + leftOut(placed);
      last = at;
      const isNew = isNewSinceRollout(view.scene, placed.log, line) === true;
      const tellsMore = HARMLESS.test(lines[first?.at ?? at]?.line.text ?? '') && !HARMLESS.test(line.text);
      if (first === undefined || tellsMore || (isNew && !first.isNew)) first = { at, match, isNew };
    }
    const decisive = first === undefined ? undefined : lines[first.at];
    if (first === undefined || decisive === undefined) return [];
    const { log, line, index } = decisive;
    const pod = podOfLog(view, log);
    const troubled = pod !== undefined && !pod.ready;
    // What a program that is done said on its way is history, whatever it was.
    if (pod?.completed === true || (log.previous && overcame(view, pod))) return [];
    const latest = lines[last];
    if (latest !== undefined && replaced(view, latest.log, latest.line)) return [];
    if (
      !troubled &&
      (recovered(lines, last) ||
        (latest !== undefined &&
          (quietSince(view, latest.log, latest.line, interval) ||
            connectsAgain(view, latest.log, latest.line, subjectOf(view, latest.log)))))
    )
      return [];
    const { isNew } = first;
    const recognised = first.match[0];
    const cite = () => citeWithTrace(log, index, recognised);
    const told = (max = 160) => toldAt(log.lines, index, max, recognised).text;
    return [
      {
        ...{ log, line, index, position: first.at, match: first.match, repeats, isNew, cite, told },
        ...(pod === undefined ? {} : { pod }),
      },
    ];
  });
}

const CLOCK = /\d{2}:\d{2}:\d{2}/;

const ANY = /\S.*/;

/** A line whose structure says that the program ends with it, whatever its message. */
function isFatal({ level, text }: LogLine, except: RegExp | undefined): boolean {
  return level === 'fatal' && !(except?.test(text) ?? false);
}

/**
 * Whether the pod of a log is ready; where no pod of it was seen, whether its workload has all its replicas. What it says for information
 * is none of its troubles.
 */
export function isUp(view: View, log: SceneLog): boolean {
  const known = UP.get(view) ?? new Map<SceneLog, boolean>();
  UP.set(view, known);
  const up = known.get(log) ?? findUp(view, log);
  known.set(log, up);
  return up;
}

/** Asked for every line by each analyzer of logs. */
const UP = new WeakMap<View, Map<SceneLog, boolean>>();

function findUp(view: View, log: SceneLog): boolean {
  if (log.previous) return false;
  const pod = podOfLog(view, log);
  if (pod !== undefined) return pod.ready;
  const subject = subjectOf(view, log);
  const { spec, status } = (subject === undefined ? undefined : findObject(view.scene, subject)?.object) ?? {};
  const wanted = number(at(spec, 'replicas')) ?? 0;
  return wanted > 0 && (number(at(status, 'readyReplicas')) ?? 0) >= wanted;
}

/** Whether a log of which no pod is seen is of a program that does not run: its workload has no ready pod of those that it wants. */
export function isDown(view: View, log: SceneLog): boolean {
  const subject = subjectOf(view, log);
  const { spec, status } = (subject === undefined ? undefined : findObject(view.scene, subject)?.object) ?? {};
  const wanted = number(at(spec, 'replicas'));
  const ready = number(at(status, 'readyReplicas')) ?? number(at(status, 'availableReplicas'));
  return wanted !== undefined && wanted > 0 && status !== undefined && (ready ?? 0) === 0;
}

/** Words of an error: not the beginning of a name or a path (`error-lab`, `GET /errors`). */
const OF_ERROR = /(?<!\/)(?:errors?|exceptions?|fatal|panic|fail(?:ed|ure)?)\b(?!-[a-z0-9])/i;

/** A line of the level error or worse, or one without a level that speaks of an error. */
function isError({ level, text }: LogLine): boolean {
  if (level !== undefined) return level === 'error' || level === 'fatal';
  return OF_ERROR.test(text.slice(0, 1000));
}

const FRAME = /^\s+(?:at |File "|in )|^\s*\.\.\. \d+ more/;

/** Only the newest lines tell how it is now. */
const NEWEST = 12;
/** So many of them are no single mishap. */
const OFTEN = 5;

/** So many lines above the one that says that it gives up tell of its tries. */
const TRIES = 3;
const LAST_TRY =
  /\b(?:(?:attempts|retries|tries) (?:were )?exhausted|exhausted (?:all )?(?:attempts|retries|tries)|max(?:imum)?(?: number of)? (?:attempts|retries) (?:reached|exceeded)|after \d+ (?:attempts|retries|tries))\b/i;
const gaveUp = ({ line }: Placed) => isError(line) && (GAVE_UP.test(line.text) || LAST_TRY.test(line.text));

/**
 * Whether a program that warns is at it still: the warnings of the kind are many, and so are those among its newest lines, or at least
 * half of these. A warning among others that it gets over is everyday,
 * and one of tries that it gave up is not.
 */
function warnsOn(lines: readonly Placed[], matches: (line: LogLine) => boolean): boolean {
  const warns = ({ line }: Placed) => line.level === 'warning' && matches(line);
  if (lines.some((one, at) => gaveUp(one) && lines.slice(Math.max(0, at - TRIES), at).some(warns))) return true;
  const newest = lines.slice(-NEWEST);
  const now = newest.filter(warns).length;
  return now >= OFTEN || (now * 2 >= newest.length && lines.filter(warns).length >= OFTEN);
}

/** A match in what a line says: its message, else a line of the trace that it carries (causes, not frames). */
function saidBy(view: View, line: LogLine, pattern: RegExp, except: RegExp | undefined): RegExpExecArray | null {
  // A value in quotes of logfmt or JSON has its own quotes escaped.
  const told = line.text.slice(0, 4000).replaceAll('\\"', '"');
  for (const text of [told, ...(line.stack?.slice(0, 200).filter((one) => !FRAME.test(one)) ?? [])]) {
    const match = pattern.exec(text);
    if (match !== null && !(except?.test(text) ?? false) && pattern.test(withoutNames(view, text))) return match;
  }
  return null;
}

const LOGS = new WeakMap<View, Placed[][]>();

/** The lines of every log of a program, whatever parts of it the evidence holds. */
function logsOf(view: View): Placed[][] {
  const known =
    LOGS.get(view) ??
    wholeLogs(view.scene.logs.filter((log) => log.pipeline !== true)).map((parts) =>
      parts.flatMap((log) => log.lines.map((line, index) => ({ log, index, line }))),
    );
  LOGS.set(view, known);
  return known;
}
