import { readCommand } from '../../../../src/evidence/command.ts';
import { endedLogs, logs, unwellContainer } from '../../../../src/evidence/commands/kubectl.ts';
import type { Command } from '../../../../src/evidence/commands/shell.ts';
import { type Citation, type ObjectRef, refText, sameObject } from '../../../../src/evidence/model.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { PROGRAM } from '../../../../src/evidence/program-name.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import type { Remedy, Stage } from '../../schema.ts';
import { cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, DEPTH, type Draft, look } from '../analyzer.ts';
import { endsAfter } from './ended-program.ts';
import { isDown, type LogHit, logHits, subjectOf } from './log-errors.ts';
import { sharedAmong } from './shared-server.ts';

/** A failure kind that a program's own log tells. */
export interface LogKind {
  readonly kind: string;
  readonly title: string;
  readonly about: string;
  readonly remedy: string;
  readonly pattern: RegExp;
  readonly except?: RegExp;
  readonly confidence: number;
  /** Only lines that are errors for the program itself count, or warnings that do not end: what is said is everyday otherwise. */
  readonly errorsOnly?: boolean;
  /** A line of the level fatal counts whatever it says. */
  readonly fatal?: boolean;
  /**
   * How a server's own log looks where it tells of a client: the client's log, where it is seen, says it better. A few such lines of a
   * server that is up are somebody's mistake and no failure.
   */
  readonly toldByServer?: RegExp;
  /** How a line of a client looks: where a server of the namespace says the same of itself, the client only suffers from it. */
  readonly toldToClient?: RegExp;
  /** Refuses a line that what is known of its pod contradicts. */
  readonly holds?: (hit: LogHit, view: View) => boolean;
  readonly aspects?: Analyzer['aspects'];
  readonly aspect?: (hit: LogHit) => string | undefined;
  readonly stage?: Stage;
  /** Whether the line says of a server that it fails all of its clients: where two of them say the same, it is the server's. */
  readonly shared?: boolean;
  /** How bad it is where structure tells more than the pod's state. */
  readonly severity?: (hit: LogHit, view: View) => Draft['severity'] | undefined;
  /** What the line says, as half a sentence after "Deployment x fails: ". */
  readonly says: (hit: LogHit, view: View) => string;
  /** Where the value at fault is set, when that is not the workload. */
  readonly object?: (hit: LogHit, view: View) => ObjectRef | undefined;
  readonly remedies: (hit: LogHit, subject: ObjectRef, view: View) => readonly Remedy[];
}

/** What a pod's state adds to the line: a crash makes it the reason, a healthy pod only a suspicion. One run of a Job that ended is not all of it. */
function weight(view: View, hit: LogHit): { severity: Draft['severity']; confidence: number } {
  const { pod, log } = hit;
  if (pod === undefined) {
    const ended = endsAfter(log, hit.index) && !/^(?:Cron)?Job$/.test(subjectOf(view, log)?.kind ?? '');
    return { severity: ended || isDown(view, log) ? 'failed' : 'degraded', confidence: 0 };
  }
  if (!pod.ready && !pod.completed) return { severity: 'failed', confidence: 0.03 };
  return { severity: 'degraded', confidence: -0.12 };
}

/** How early a decisive line stands counts: the first error is the cause, later ones echo it. */
function earliness(hit: LogHit): number {
  return 0.02 / (1 + hit.position / 20);
}

/** A program that only warns goes on: the line says less than the error or fatal line that it ends with. */
function warned(hit: LogHit, errorsOnly: boolean): number {
  if (hit.line.level === 'warning' && errorsOnly) return -0.06;
  return hit.line.level === 'warning' && hit.log.lines.some(({ level }) => level === 'fatal') ? -0.06 : 0;
}

/** What began with the rollout is likelier its cause than what was logged before, too. */
function novelty(hit: LogHit): number {
  return hit.isNew ? 0.03 : 0;
}

/** A line without a time that begins with the word for an error: what the outermost part of a program ends with. */
const OUTERMOST = /^(?:error|fatal|panic)\b/i;
/** Kinds of calls that failed: a program may go on after one of them. */
const CALLS = /^(?:dns-failure|cannot-connect|dependency-failing)$/;
const WENT_ON = 0.1;

/** A call that failed is less likely why a program crashed where its last word is of another thing, and names nothing of the call. */
function wentOn({ log, pod, match, line }: LogHit, { kind, pattern }: LogKind): number {
  const last = log.lines.findLast(({ text }) => text.trim() !== '');
  if (!CALLS.test(kind) || pod === undefined || pod.ready || last === undefined || last.n === line.n) return 0;
  if (last.time !== undefined || !OUTERMOST.test(last.text) || pattern.test(last.text)) return 0;
  const crashed = pod.containers.some(({ last: before, terminated }) => (before ?? terminated)?.exitCode);
  const named = match.slice(1).some((part) => part !== undefined && part !== '' && last.text.includes(part));
  return crashed && !named ? -WENT_ON : 0;
}

/** So many clients turned away say that one keeps trying: something does not get in that should. */
const KEEPS_TRYING = 3;

/** A workload that is called as the user whom a server does not let in: it is the client. */
function clientOf(view: View, hit: LogHit, server: ObjectRef): PodView | undefined {
  const user = hit.match.slice(1).find((part) => part);
  return view.pods.find(({ ref, completed }) => {
    const own = workloadOf(view.scene, ref);
    return own.name === user && !completed && !sameObject(own, server);
  });
}

/** Hits of servers, each with the clients of its namespace that were told the same; those of clients without such a server. */
function suffered(
  view: View,
  hits: readonly LogHit[],
  { toldToClient: told, shared = false }: LogKind,
): (readonly [LogHit, ObjectRef[]])[] {
  const isClient = (hit: LogHit) => told?.test(hit.line.raw) ?? false;
  const space = (hit: LogHit) => subjectOf(view, hit.log)?.namespace;
  if (shared) return sharedAmong(view, hits);
  return hits
    .filter((hit) => !isClient(hit) || !hits.some((other) => !isClient(other) && space(other) === space(hit)))
    .map((hit) => {
      const clients = isClient(hit) ? [] : hits.filter((other) => isClient(other) && space(other) === space(hit));
      return [hit, clients.flatMap((client) => subjectOf(view, client.log) ?? [])];
    });
}

/** Clients that people ask a server with. */
const CLIENT = /^(?:redis-cli|valkey-cli|psql|mysql|mongosh|rabbitmqctl|openssl|grpcurl|curl|wget)\b/;
const isByHand = ({ log }: LogHit) => log.pod === undefined && CLIENT.test(log.item.command ?? '');

function hitsOf(view: View, definition: LogKind): LogHit[] {
  const hits = logHits(view, definition.pattern, definition).filter((hit) => definition.holds?.(hit, view) ?? true);
  // Who tries by hand what a program fails with sees the same, and is not what fails.
  return hits.some(({ log }) => log.pod !== undefined) ? hits.filter((hit) => !isByHand(hit)) : hits;
}

/** An analyzer that reads logs. One finding per workload: the first hit speaks, later logs add citations. */
export function logAnalyzer(definition: LogKind): Analyzer {
  return {
    kind: definition.kind,
    stage: definition.stage ?? 'startup',
    depth: DEPTH.crash,
    title: definition.title,
    about: definition.about,
    remedy: definition.remedy,
    ...(definition.aspects === undefined ? {} : { aspects: definition.aspects }),
    find: (view) =>
      suffered(view, hitsOf(view, definition), definition).map(([hit, clients]): Draft => {
        const fallback: ObjectRef = { kind: 'Log', name: hit.log.item.source.name };
        const subject = subjectOf(view, hit.log) ?? fallback;
        const object = definition.object?.(hit, view) ?? subject;
        const byServer = definition.toldByServer?.test(hit.line.raw) === true;
        const client = byServer ? clientOf(view, hit, subject) : undefined;
        const { severity, confidence } = weight(view, client === undefined ? hit : { ...hit, pod: client });
        const served = byServer ? -0.05 : 0;
        const mistake = byServer && client === undefined && hit.pod?.ready === true && hit.repeats < KEEPS_TRYING;
        const often = hit.repeats > 1 ? ` (${hit.repeats} such lines)` : '';
        const since = hit.isNew ? '; no line like it was logged before the rollout' : '';
        const where = object === subject ? '' : `; it is set in ${refText(object)}`;
        const aspect = definition.aspect?.(hit);
        const failing =
          definition.shared && clients.length > 0 ? ` its clients (${clients.slice(0, 4).map(named).join(', ')})` : '';
        const who = subject === fallback ? 'The program' : named(subject);
        return {
          object: client === undefined ? object : workloadOf(view.scene, client.ref),
          ...(aspect === undefined ? {} : { aspect }),
          summary: `${mistake ? 'Nothing is broken here: ' : ''}${who} ${byServer ? 'turns a client away' : `fails${failing}`}: ${definition.says(hit, view)}${often}${since}${where}`,
          confidence: Math.max(
            0.3,
            Math.min(
              0.98,
              definition.confidence +
                confidence +
                earliness(hit) +
                novelty(hit) +
                wentOn(hit, definition) +
                warned(hit, definition.errorsOnly === true) +
                served,
            ),
          ),
          severity: mistake ? 'info' : (definition.severity?.(hit, view) ?? severity),
          citations: [
            hit.cite(),
            object === subject ? undefined : citeSetting(view, object, hit),
            hit.pod === undefined || hit.pod.ready
              ? undefined
              : (cite(hit.pod.source, /CrashLoopBackOff|Exit Code|exitCode/) ?? citeAny(hit.pod.source)),
          ],
          involves: [
            subject,
            ...[hit.pod, client].flatMap((pod) => (pod === undefined ? [] : [pod.ref])),
            ...clients,
          ].filter((ref) => ref !== fallback),
          remedies: [...definition.remedies(hit, subject, view), look('Read the whole log', wholeLog(hit))],
        };
      }),
  };
}

/** The log that a line is of, read whole: of the run that ended, where the container was restarted since. */
function wholeLog({ log, pod }: LogHit): Command | undefined {
  if (log.pod === undefined || log.pod.kind === PROGRAM) return undefined;
  const container = readCommand(log.item.command ?? '').container;
  if (pod === undefined || log.pod.kind !== 'Pod')
    return logs(log.pod, container, ...(log.previous ? ['--previous'] : []));
  const own = pod.containers.find(({ name }) => name !== '' && name === container);
  return endedLogs({ ...pod, ref: log.pod }, own ?? unwellContainer(pod), container);
}

/** The line where the value at fault is set: in the object itself, or in the pod that shows its workload's environment. */
function citeSetting(view: View, object: ObjectRef, hit: LogHit): Citation | undefined {
  const needle = valueNeedle(object, hit);
  const own = view.scene.objects.find(({ ref }) => ref.kind === object.kind && ref.name === object.name);
  return cite(own, needle) ?? cite(hit.pod?.source, needle);
}

function valueNeedle(object: ObjectRef, hit: LogHit): string {
  const key = object.path?.split('.').at(-1);
  return key ?? hit.match[1] ?? object.name;
}
