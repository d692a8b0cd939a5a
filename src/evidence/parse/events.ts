import { asObject, at, isObject, type Json, number, text } from '../../json.ts';
import { kindOf } from '../kinds.ts';
import type { ObjectRef } from '../model.ts';
import { under } from '../records/fields.ts';
import { ageSeconds, parseHeaderless, parseTable } from './table.ts';

/** An event in one shape, whatever form it came in. `index` is its line within the section. */
export interface EventRecord {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  /** Seconds before the output was made, where an age was printed. */
  readonly age?: number;
  /** Seconds since it was first seen, where it came again and the text says so. */
  readonly since?: number;
  readonly time?: string;
  readonly object?: ObjectRef;
  readonly index: number;
}

/** `18s (x2 over 34s)` */
function readAge(cell: string): { age?: number; since?: number; count: number } {
  const match = /^(\S+)(?: \(x(\d+) over (\S+)\))?/.exec(cell.trim());
  const age = ageSeconds(match?.[1] ?? '');
  const since = ageSeconds(match?.[3] ?? '');
  return {
    count: Number(match?.[2] ?? 1),
    ...(age === undefined ? {} : { age }),
    ...(since === undefined ? {} : { since }),
  };
}

/** `From` is a component, and in older versions its node behind a comma. */
const EVENT_LINE = /^\s*(Normal|Warning)\s+(\S+)\s+(\S+(?: \(x\d+ over [^)]*\))?)\s+([^\s,]+(?:, \S+)?)(?:\s+(.*))?$/;

/** The header of the events that `kubectl describe` prints. */
export const EVENT_HEADER = /^\s*Type\s+Reason\s+Age\s+From\s+Message\s*$/;

/** The object that the messages of such a table name, where they do; the table itself names none. */
export function objectInEvents(lines: readonly string[]): ObjectRef | undefined {
  for (const line of lines) {
    const assigned = /Successfully assigned ([\w-]+)\/([\w.-]+) to /.exec(line);
    if (assigned !== null) return { kind: 'Pod', namespace: assigned[1] ?? '', name: assigned[2] ?? '' };
    const named = /(?:in pod |\(pod: ")([a-z0-9.-]+)_([a-z0-9-]+)\(/.exec(line);
    if (named !== null) return { kind: 'Pod', namespace: named[2] ?? '', name: named[1] ?? '' };
    // Controllers name a pod that they make after themselves.
    // A pod that is refused has no whole name yet.
    const made =
      /\s(replicaset|daemonset)-controller\s.*(?:pods "([a-z0-9.-]+?)-(?:[a-z0-9]{5})?"|Created pod: ([a-z0-9.-]+)-[a-z0-9]{5}\b)/.exec(
        line,
      );
    if (made !== null)
      return { kind: made[1] === 'replicaset' ? 'ReplicaSet' : 'DaemonSet', name: made[2] ?? made[3] ?? '' };
  }
  return undefined;
}

/** The `Events:` table at the end of a describe block. A message that ran on to the next line is joined. */
export function parseDescribeEvents(lines: readonly string[], object: ObjectRef): EventRecord[] {
  const titled = lines.findIndex((line) => /^Events:/.test(line));
  const start = titled < 0 ? lines.findIndex((line) => EVENT_HEADER.test(line)) : titled;
  if (start < 0) return looseEvents(lines, object);
  const found: EventRecord[] = [];
  for (let index = start + 1; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const match = EVENT_LINE.exec(line);
    if (match === null) {
      const last = found.at(-1);
      const open = last !== undefined && line.trim() !== '' && !/^\s*(Type|Message|----)\s/.test(line);
      if (open) found[found.length - 1] = { ...last, message: `${last.message}\n${line.trim()}`.trim() };
      continue;
    }
    const when = readAge(match[3] ?? '');
    found.push({
      type: match[1] ?? '',
      reason: match[2] ?? '',
      message: (match[5] ?? '').trim(),
      ...when,
      object,
      index,
    });
  }
  return found;
}

const LOOSE = /^\s*(Normal|Warning)\s+([A-Z]\w+)\s+(\d+\w+(?: \(x\d+ over [^)]*\))?)\s+([^\s,]+(?:, \S+)?)\s+(.*)$/;

/** Rows of such a table that `grep` took out of it, without its header. */
function looseEvents(lines: readonly string[], object: ObjectRef): EventRecord[] {
  return lines.flatMap((line, index): EventRecord[] => {
    const match = LOOSE.exec(line);
    if (match === null) return [];
    const when = readAge(match[3] ?? '');
    const message = (match[5] ?? '').trim();
    return [
      {
        type: match[1] ?? '',
        reason: match[2] ?? '',
        message,
        ...when,
        object,
        index,
      },
    ];
  });
}

/** A row of `kubectl get events` (the namespace first, with `-A`), as `grep` leaves it without the header. */
export const EVENT_ROW =
  /^([a-z0-9-]+\s+)?(?:\d+[smhdy])+(?: \(x\d+ over \S+\))?\s+(?:Normal|Warning)\s+[A-Z]\w+\s+\w+\/\S+/;

/** Tables write kinds in lower case; a message often has the kind as it is (`NodeClaim x event: …`). */
function asWritten(kind: string, message: string): string {
  if (!/^[a-z]+$/.test(kind)) return kind;
  return message.match(/\b[A-Z][A-Za-z]+\b/g)?.find((word) => word.toLowerCase() === kind) ?? kind;
}

/** `kubectl get events`: LAST SEEN, TYPE, REASON, OBJECT, MESSAGE, with or without NAMESPACE, or without that header. */
export function parseEventTable(lines: readonly string[], namespace: string | undefined): EventRecord[] {
  const headless = EVENT_ROW.exec(lines[0] ?? '');
  const rows = headless === null ? parseTable(lines) : parseHeaderless(lines, 'Event', headless[1] !== undefined);
  return rows.flatMap(({ cells, index }) => {
    const [kind, ...rest] = (cells.OBJECT ?? '').split('/');
    // Old tables have the event's own name, which is its object's with the time, and the kind in a column.
    const name = rest.join('/') || (cells.NAME ?? '').replace(/\.[0-9a-f]{10,20}$/, '');
    if (cells.REASON === undefined || cells.REASON === '') return [];
    const when = readAge(cells['LAST SEEN'] ?? '');
    const where = cells.NAMESPACE || namespace;
    const known = kindOf(kind || (cells.KIND ?? '')) ?? cells.KIND ?? asWritten(kind ?? '', cells.MESSAGE ?? '');
    return [
      {
        type: cells.TYPE || 'Normal',
        reason: cells.REASON,
        message: cells.MESSAGE ?? '',
        ...when,
        count: Number(cells.COUNT || when.count),
        ...(name === '' ? {} : { object: { kind: known, name, ...(where === undefined ? {} : { namespace: where }) } }),
        index,
      },
    ];
  });
}

/** `pod/web-0` or `{kind, name}`: of what an event is, as clients shorten it. */
function involvedIn(value: unknown): Json | undefined {
  if (isObject(value)) return text(value.kind) === undefined || text(value.name) === undefined ? undefined : value;
  const [, kind, name] = /^([A-Za-z]+)\/([a-z0-9][a-z0-9.-]*)$/.exec(text(value) ?? '') ?? [];
  return kind === undefined || name === undefined ? undefined : { kind: kindOf(kind) ?? kind, name };
}

/**
 * An Event as a client writes it that prints the fields of its own structure (`InvolvedObject`, `Message`, `Timestamp`) or shortens
 * of what it is (`"object": "pod/web-0"`), in the names of the API; anything else as it is.
 */
function asEvent(object: Json, near: string | undefined, about?: ObjectRef): Json {
  if (object.kind !== undefined) return object;
  const fields = isObject(object.InvolvedObject) ? lower(object) : object;
  if (typeof fields.reason !== 'string' || typeof fields.message !== 'string') return object;
  const { timestamp, namespace = near, involvedObject, involved_object, object: of, ...rest } = fields;
  const given = involvedObject ?? involved_object ?? of;
  const involved =
    involvedIn(isObject(given) ? lower(given) : given) ?? (about === undefined ? undefined : { ...about });
  if (involved === undefined) return object;
  const seen = text(timestamp) ?? text(under(rest, SEEN));
  const time = seen?.replace(/^(\S+) (\S+) \+0000 UTC$/, '$1T$2Z');
  // A time of the day, or how long ago it was.
  const ago = timestamp === undefined && seen !== undefined ? ageSeconds(seen.replace(/ ago$/, '')) : undefined;
  return {
    ...rest,
    kind: 'Event',
    involvedObject: { ...(namespace === undefined || involved.kind === 'Node' ? {} : { namespace }), ...involved },
    ...(ago !== undefined ? { age: ago } : time === undefined ? {} : { lastTimestamp: time }),
  };
}

/** What tools call when an event was last seen. */
const SEEN = /^last (?:seen|timestamp|time|occurrence)$/;

/** Members under names that begin with a small letter. */
const lower = (from: Json): Json =>
  Object.fromEntries(Object.entries(from).map(([key, value]) => [`${key[0]?.toLowerCase()}${key.slice(1)}`, value]));

/**
 * Events that stand in a list of their own name (`{"events": [...]}`), each in the names of the API, those that do not say of what they are
 * as of what was asked about; any other object alone.
 */
export function eventsIn(object: Json, namespace?: string, about?: ObjectRef): Json[] {
  if (object.kind !== undefined || !Array.isArray(object.events)) return [asEvent(object, namespace, about)];
  const found = object.events.filter(isObject).map((one) => asEvent(one, namespace, about));
  return found.length > 0 && found.every(({ kind }) => kind === 'Event') ? found : [object];
}

/** An Event object of either API. */
export function eventOf(object: Json): EventRecord {
  const involved = asObject(object.involvedObject ?? object.regarding);
  const kind = text(involved.kind);
  const name = text(involved.name);
  const namespace = text(involved.namespace);
  const time =
    text(object.lastTimestamp) ?? text(object.eventTime) ?? text(at(object, 'metadata', 'creationTimestamp'));
  return {
    type: text(object.type) ?? 'Normal',
    reason: text(object.reason) ?? '',
    message: text(object.message) ?? text(object.note) ?? '',
    count: number(object.count) ?? number(at(object, 'series', 'count')) ?? 1,
    ...(time === undefined ? {} : { time }),
    ...(typeof object.age === 'number' ? { age: object.age } : {}),
    ...(kind === undefined || name === undefined
      ? {}
      : { object: { kind, name, ...(namespace === undefined ? {} : { namespace }) } }),
    index: 0,
  };
}

/** Events as rows of `kube-lineage`: `Event/x.183f - Reason: message`. */
export function lineageEvents(lines: readonly string[]): EventRecord[] {
  return lines.flatMap((line, index): EventRecord[] => {
    const match = /Event\/(\S+)\.[0-9a-f]{10,}\s+\S+\s+(\w+): (.*?)(?:\s{2,}\S+)?\s*$/.exec(line);
    if (match === null) return [];
    const [, name = '', reason = '', message = ''] = match;
    const warning = /^(Failed|BackOff|Unhealthy|FailedScheduling|FailedMount|Evicted|Killing)/.test(reason);
    return [{ type: warning ? 'Warning' : 'Normal', reason, message, count: 1, object: { kind: 'Pod', name }, index }];
  });
}
