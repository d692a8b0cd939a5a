import type { Json } from '../../json.ts';
import type { CommandHints } from '../command.ts';
import { kindOf } from '../kinds.ts';
import type { EventRecord } from '../parse/events.ts';
import { ageSeconds } from '../parse/table.ts';
import { eventsInRecords } from './events.ts';
import { recordsIn } from './read.ts';

/** `[Warning] BackOff (x4, 12s ago): message`, `Warning BackOff x4: message`: an event below the object that it is of, as tools of one's own write it. */
const EVENT =
  /^[^\w]{0,8}(Normal|Warning)\W{1,4}([A-Z][A-Za-z]{2,40})\b(?:[\s(,[]*x ?(\d+))?(?:[\s(,]*(?:over |last )?((?:\d+[smhd])+)(?: ago)?)?[\s)\]]*(?:-|—|:) +(\S.*?)"?,?$/;

/** Events in a description that a tool wrote itself, of the object that was asked for. */
export function describedEvents(lines: readonly string[], hints: CommandHints): EventRecord[] {
  const kind = kindOf(hints.kind ?? '');
  if (kind === undefined || hints.name === undefined) return [];
  const object = { kind, name: hints.name, ...(hints.namespace === undefined ? {} : { namespace: hints.namespace }) };
  const head = lines.findIndex((line) => /^\W{0,6}(?:recent )?events\b[^\w]{0,4}$/i.test(line));
  const below = head < 0 ? [] : lines.slice(head + 1);
  const listed = eventsInRecords(recordsIn(below) ?? [], hints.namespace, object);
  if (listed !== undefined) return listed.map((event) => ({ ...event, index: event.index + head + 1 }));
  return lines.flatMap((line, index): EventRecord[] => {
    const [, type = '', reason = '', count, seen, message = ''] = EVENT.exec(line.slice(0, 8000)) ?? [];
    if (reason === '') return [];
    const age = seen === undefined ? undefined : ageSeconds(seen);
    const said = message.replaceAll('\\"', '"');
    return [
      { type, reason, message: said, count: Number(count ?? 1), ...(age === undefined ? {} : { age }), object, index },
    ];
  });
}

const KILLED = /\b(?:last|prev|terminat|exit|reason|state)\w*\b.*\bOOMKilled\b/i;
const CONTAINER = /^\s*(?:[-*•] |"?(?:container|name)"?\s*[:=]\s*"?)([a-z0-9][a-z0-9-]*)\b/;

/** A pod whose description says of a container that the kernel killed it; undefined for any other text. */
export function describedPod(lines: readonly string[], hints: CommandHints): Json | undefined {
  if (kindOf(hints.kind ?? '') !== 'Pod' || hints.name === undefined) return undefined;
  const at = lines.findIndex((line) => KILLED.test(line.slice(0, 2000)));
  const named = at < 0 ? undefined : lines.slice(0, at + 1).findLast((line) => CONTAINER.test(line));
  const name = CONTAINER.exec(named ?? '')?.[1];
  if (name === undefined) return undefined;
  const terminated = { reason: 'OOMKilled', exitCode: 137 };
  const restarts = lines.map((line) => /\brestart(?:s|[ _]?count)?"?\s*[:=]\s*(\d+)/i.exec(line)?.[1]).find(Boolean);
  return {
    kind: 'Pod',
    metadata: { name: hints.name, ...(hints.namespace === undefined ? {} : { namespace: hints.namespace }) },
    status: {
      containerStatuses: [{ name, restartCount: Number(restarts ?? 1), lastState: { terminated } }],
    },
  };
}
