import { UNNAMED } from '../cut-off.ts';
import type { ObjectRef } from '../model.ts';
import { type EventRecord, objectInEvents } from '../parse/events.ts';
import { reasonOf } from './reasons.ts';
import { onlyPodIn } from './told-pods.ts';

/** More lines than these are no question with a message in it. */
const MOST = 40;
/** What people and pages put before a message that they show by itself. */
const BEFORE = /^[\s>*•·"'`-]*(?:(?:[Mm]essage|[Ee]vent)\s*:\s*)?/;
/** What a person writes before a message in one line with it: a few words that end with a colon. */
const SAID =
  /^[^:]{3,80}: ['"`]?((?:Failed to pull image "|Back-off |MountVolume\.|Unable to attach |Multi-Attach |\d+\/\d+ nodes are available|Error: (?:secret|configmap|couldn't find key) ).*)$/;
/** Reasons that only events of pods have. */
const OF_POD =
  /^(?:FailedScheduling|Failed|BackOff|Unhealthy|FailedMount|FailedAttachVolume|FailedCreatePodSandBox|Evicted)$/;

/** An event of a pod that nothing names. */
export const isOfPod = ({ reason }: Pick<EventRecord, 'reason'>): boolean => OF_POD.test(reason);

/** Warnings about a pod of which somebody pasted the message alone, of the pod that it names, where it does. */
export function looseEvents(lines: readonly string[], read: ReadonlySet<number>): EventRecord[] {
  if (lines.length > MOST) return [];
  return lines.flatMap((line, index): EventRecord[] => {
    if (read.has(index)) return [];
    const whole = line.replace(BEFORE, '').trim();
    const within = SAID.exec(whole)?.[1];
    for (const message of [whole, ...(within === undefined ? [] : [within])]) {
      const known = reasonOf(message);
      if (known === undefined || known.type !== 'Warning' || !isOfPod(known)) continue;
      const named = onlyPodIn(whole.slice(0, whole.length - message.length));
      const object = objectInEvents([message]) ?? (named === undefined ? NOBODY : { kind: 'Pod', name: named });
      return [{ ...known, message, count: 1, object, index }];
    }
    return [];
  });
}

/** The pod that such a message is of, where it names none. */
export const NOBODY: ObjectRef = { kind: 'Pod', name: UNNAMED };
