import { kindOf } from '../kinds.ts';
import type { ObjectRef } from '../model.ts';
import type { EventRecord } from '../parse/events.ts';
import { ageSeconds } from '../parse/table.ts';
import type { ReadEvents } from './event-rows.ts';
import { reasonOf, typeOf } from './reasons.ts';
import { type Titled, titled } from './titled.ts';

/** What stands beside an event that is shown as a card of titles and values. */
const OF_EVENT =
  /^(?:Message|Source|Count|Sub-object|Last [Ss]een|First [Ss]een|Type|Reason|Involved [Oo]bject|Namespace)$/;
/** Titles that only such a card has. */
const TELLING = /^(?:Source|Count|Sub-object|Last [Ss]een)$/;

function eventOf(
  message: string,
  fields: readonly Titled[],
  index: number,
  about: ObjectRef | undefined,
): EventRecord | undefined {
  const value = (name: string) => fields.find((field) => field.name.toLowerCase() === name)?.value;
  const known = reasonOf(message);
  const reason = value('reason') ?? known?.reason;
  if (message === '' || reason === undefined) return undefined;
  const age = ageSeconds((value('last seen') ?? '').replace(/ ago$/, ''));
  const type = value('type');
  return {
    type: type === 'Normal' || type === 'Warning' ? type : typeOf(reason, message),
    reason,
    message,
    count: Number(value('count')) || 1,
    ...(age === undefined ? {} : { age }),
    ...(about === undefined ? {} : { object: about }),
    index,
  };
}

/** Events that Lens and its kin show on the page of an object: each a message above (or beside) its source, its count and when it was seen. */
export function eventCards(lines: readonly string[], about: ObjectRef | undefined): ReadEvents {
  const events: EventRecord[] = [];
  const read = new Set<number>();
  for (let at = 0; at < lines.length; at++) {
    const fields: Titled[] = [];
    let end = at;
    for (; end < lines.length; end++) {
      const field = titled(lines[end] ?? '');
      if (field === undefined || !OF_EVENT.test(field.name)) break;
      // The next card begins.
      if (fields.some(({ name }) => name === field.name)) break;
      fields.push(field);
    }
    if (fields.filter(({ name }) => TELLING.test(name)).length < 2) continue;
    const beside = fields.findIndex(({ name }) => name === 'Message');
    const above = (lines[at - 1] ?? '').trim();
    const index = beside < 0 ? at - 1 : at + beside;
    const event = eventOf(beside < 0 ? above : (fields[beside]?.value ?? ''), fields, index, about);
    if (event === undefined) continue;
    events.push(event);
    for (let line = Math.min(index, at); line < end; line++) read.add(line);
    at = end - 1;
  }
  return { events, read };
}

/** The letters that OpenShift's console puts in the badge of a kind. */
const BADGES: Readonly<Record<string, string>> = {
  P: 'Pod',
  D: 'Deployment',
  DC: 'DeploymentConfig',
  RS: 'ReplicaSet',
  RC: 'ReplicationController',
  SS: 'StatefulSet',
  DS: 'DaemonSet',
  J: 'Job',
  CJ: 'CronJob',
  N: 'Node',
  PVC: 'PersistentVolumeClaim',
  HPA: 'HorizontalPodAutoscaler',
};

/** Lines of an entry above `Generated from`: badge, name, badge and name of the namespace, a date. */
const ABOVE = 6;
const TIMES = /^(\d+) times in the last /;

/** The stream of events of OpenShift's console: entries of a badge, a name, the namespace, a date, the source and the message. */
export function eventStream(lines: readonly string[]): ReadEvents {
  const events: EventRecord[] = [];
  const read = new Set<number>();
  for (const [at, line] of lines.entries()) {
    if (!/^\s*Generated from \S/.test(line)) continue;
    let head = -1;
    for (let index = at - 1; index >= Math.max(0, at - ABOVE); index--)
      if (BADGES[(lines[index] ?? '').trim()] !== undefined) head = index;
    const kind = BADGES[(lines[head] ?? '').trim()];
    const name = (lines[head + 1] ?? '').trim();
    if (kind === undefined || !/^[a-z0-9][a-z0-9.-]*$/.test(name)) continue;
    const badge = lines.slice(head, at).findIndex((one) => one.trim() === 'NS');
    const namespace = badge < 0 ? '' : (lines[head + badge + 1] ?? '').trim();
    const counted = TIMES.exec((lines[at + 1] ?? '').trim())?.[1];
    const index = at + (counted === undefined ? 1 : 2);
    const message = (lines[index] ?? '').trim();
    const reason = reasonOf(message)?.reason ?? '';
    if (message === '') continue;
    const object = { kind: kindOf(kind) ?? kind, name, ...(namespace === '' ? {} : { namespace }) };
    events.push({ type: typeOf(reason, message), reason, message, count: Number(counted ?? 1), object, index });
    for (let place = head; place <= index; place++) read.add(place);
  }
  return { events, read };
}
