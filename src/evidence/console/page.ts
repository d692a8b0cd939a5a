import { at, type Json } from '../../json.ts';
import type { EvidenceItem } from '../model.ts';
import { type EventRecord, objectInEvents } from '../parse/events.ts';
import type { AlertRecord } from '../parse/exports.ts';
import { alertsInWords } from './alerts.ts';
import { applicationPanel } from './application.ts';
import { eventCards, eventStream } from './event-cards.ts';
import { eventRows } from './event-rows.ts';
import { isOfPod, looseEvents, NOBODY } from './loose.ts';
import { podsOfMonitor } from './monitor.ts';
import { podOnPage, subjectOf } from './subject.ts';
import { toldPods } from './told-pods.ts';

/** No page that a person copies is longer. */
const MAX_LINES = 600;

/** What a text holds that was copied from a page of a console, a chat or a pager. */
export interface Page {
  readonly objects: readonly { readonly object: Json; readonly index: number }[];
  readonly events: readonly EventRecord[];
  readonly alerts: readonly AlertRecord[];
  /** Indexes of lines of which all was read: they are no log. */
  readonly read: ReadonlySet<number>;
}

/** The pod that the events of a page are of, where they are of no other. */
function onlyPod(events: readonly EventRecord[]): { object: Json; index: number } | undefined {
  const pods = events.filter(({ object }) => object?.kind === 'Pod');
  const [first] = pods;
  if (first?.object === undefined || pods.some(({ object }) => object?.name !== first.object?.name)) return undefined;
  const { kind, ...metadata } = first.object;
  return { object: { kind, metadata }, index: first.index };
}

/** Reads such a text, which no command printed; undefined for any other. */
export function copiedPage(item: EvidenceItem): Page | undefined {
  const { kind } = item.source;
  if (item.command !== undefined || item.object !== undefined || !/^(?:log|text|table)$/.test(kind)) return undefined;
  const lines = item.text.split('\n');
  // What kubectl prints in capitals is no page's.
  if (kind === 'table' && !/\tFIRST OCCURRED\t/.test(lines[0] ?? '')) return undefined;
  if (lines.length > MAX_LINES) return undefined;
  const subject = subjectOf(lines);
  const parts = [eventRows(lines, subject?.ref), eventCards(lines, subject?.ref), eventStream(lines)];
  const { alerts, read: labels } = alertsInWords(lines);
  const application = applicationPanel(lines);
  const read = new Set([...parts.flatMap((part) => [...part.read]), ...labels]);
  const loose = looseEvents(lines, read);
  const rows = parts.flatMap((part) => part.events);
  // The messages of a table may name the pod that they all are of.
  const named = objectInEvents(rows.map(({ message }) => message)) ?? NOBODY;
  const events = [...rows, ...loose].map((event) =>
    event.object === undefined && isOfPod(event) ? { ...event, object: named } : event,
  );
  const onPage = subject === undefined ? undefined : podOnPage(subject, lines);
  // A name alone shows nothing.
  const pod = events.length > 0 || at(onPage, 'status', 'containerStatuses') !== undefined ? onPage : undefined;
  const shown = pod === undefined || subject === undefined ? onlyPod(events) : { object: pod, index: subject.index };
  const objects = [application, shown, ...podsOfMonitor(lines), ...toldPods(lines, read)].filter(
    (one) => one !== undefined,
  );
  if (events.length === 0 && alerts.length === 0 && objects.length === 0) return undefined;
  return { objects, events, alerts, read: new Set([...read, ...loose.map(({ index }) => index)]) };
}
