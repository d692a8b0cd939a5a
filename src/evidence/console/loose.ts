import { UNNAMED } from '../cut-off.ts';
import type { ObjectRef } from '../model.ts';
import { type EventRecord, objectInEvents } from '../parse/events.ts';
import { reasonOf } from './reasons.ts';

/** More lines than these are no question with a message in it. */
const MOST = 40;
/** What people and pages put before a message that they show by itself. */
const BEFORE = /^[\s>*•·"'`-]*(?:(?:[Mm]essage|[Ee]vent)\s*:\s*)?/;
/** Reasons that only events of pods have. */
const OF_POD =
  /^(?:FailedScheduling|Failed|BackOff|Unhealthy|FailedMount|FailedAttachVolume|FailedCreatePodSandBox|Evicted)$/;

/** An event of a pod that nothing names. */
export const isOfPod = ({ reason }: Pick<EventRecord, 'reason'>): boolean => OF_POD.test(reason);

/** Warnings about a pod of which somebody pasted the message alone, of the pod that it names, where it does. */
export function looseEvents(lines: readonly string[], read: ReadonlySet<number>): EventRecord[] {
  if (lines.length > MOST) return [];
  return lines.flatMap((line, index): EventRecord[] => {
    const message = line.replace(BEFORE, '').trim();
    const known = read.has(index) ? undefined : reasonOf(message);
    if (known === undefined || known.type !== 'Warning' || !isOfPod(known)) return [];
    return [{ ...known, message, count: 1, object: objectInEvents([message]) ?? NOBODY, index }];
  });
}

/** The pod that such a message is of, where it names none. */
export const NOBODY: ObjectRef = { kind: 'Pod', name: UNNAMED };
