import { isObject, text } from '../../json.ts';
import { kindOf } from '../kinds.ts';
import { type EventRecord, eventOf } from './events.ts';
import type { LogLine } from './log.ts';
import { parsed } from './stored-logs.ts';

const PAIR = /(?:^|\s)([A-Za-z]\w{0,30})=("(?:[^"\\]|\\.){0,4000}"|[^\s"]{0,400})/g;

/** An Event that an exporter wrote as JSON, whole or with what it is of. */
function fromJson(source: string): Omit<EventRecord, 'index'> | undefined {
  const value = parsed(source);
  if (!isObject(value) || !(isObject(value.involvedObject) || isObject(value.regarding))) return undefined;
  return text(value.reason) === undefined ? undefined : eventOf(value);
}

/** `name=web-0 kind=Pod reason=BackOff type=Warning count=4 msg="…"`, as Grafana's Agent and Alloy write events. */
function fromPairs(source: string): Omit<EventRecord, 'index'> | undefined {
  const fields = new Map<string, string>();
  for (const [, key = '', value = ''] of source.slice(0, 8000).matchAll(PAIR))
    fields.set(key.toLowerCase(), value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(["\\])/g, '$1') : value);
  const [kind, name, reason, type] = ['kind', 'name', 'reason', 'type'].map((key) => fields.get(key));
  const message = fields.get('msg') ?? fields.get('message');
  if (!kind || !name || !reason || message === undefined || !/^(?:Normal|Warning)$/.test(type ?? '')) return undefined;
  const namespace = fields.get('namespace');
  const object = { kind, name, ...(namespace ? { namespace } : {}) };
  return { type: type ?? '', reason, message, count: Number(fields.get('count')) || 1, object };
}

/** `[Warning] BackOff pod/web-0: message`, as tools shorten events. */
const SHORT =
  /^[^\w]{0,4}(Normal|Warning)\W{1,4}([A-Z][A-Za-z]{3,40})\W{1,4}([A-Za-z]{2,40})\/([a-z0-9][a-z0-9.-]*)\W{1,4}(\S.*)$/;

function shortened(source: string): Omit<EventRecord, 'index'> | undefined {
  const [, type = '', reason = '', kind = '', name = '', message = ''] = SHORT.exec(source.slice(0, 8000)) ?? [];
  const known = kindOf(kind);
  return known === undefined ? undefined : { type, reason, message, count: 1, object: { kind: known, name } };
}

/** The event of Kubernetes that a line of a log is, where an exporter of events or a tool wrote it. `index` is left to the caller. */
export function loggedEvent({ raw, text: said, time }: LogLine): Omit<EventRecord, 'index'> | undefined {
  if (/^\W{0,4}(?:Normal|Warning)\b/.test(said)) return shortened(said);
  if (!/reason/.test(raw) || !/involvedObject|regarding|\btype=(?:Normal|Warning)\b/.test(raw)) return undefined;
  const whole = /^\{\\"/.test(raw) ? text(parsed(`"${raw}"`)) : raw.slice(raw.indexOf('{'));
  const found = fromPairs(said) ?? fromJson(whole ?? '');
  return found === undefined ? undefined : { ...(time === undefined ? {} : { time }), ...found };
}
