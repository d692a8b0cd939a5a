import { asObject, isObject, objects, text } from '../../json.ts';
import type { EventRecord } from './events.ts';

type Attributes = Readonly<Record<string, string>>;
type Event = Omit<EventRecord, 'index'>;

/** So deep (members) stores wrap what they found. */
const DEPTH = 8;
/** Where stores and OTLP put attributes beside an entry, and its words. */
const PLACES = ['attributes', 'resource', 'fields', 'labels', 'resource_attributes', 'stream', '_source', 'result'];
const WORDS = ['body', 'Body', 'message', '_raw', '_msg', 'line', 'msg'];

/** Attributes as OTLP writes them (a list of keys with typed values) or as a map; of a map within a map by its dotted name. */
function attributesOf(value: unknown, prefix = ''): Attributes {
  const found: Record<string, string> = {};
  if (Array.isArray(value)) {
    for (const { key, value: held } of objects(value)) {
      const [typed] = Object.values(asObject(held));
      if (typeof key === 'string' && typed !== undefined) found[key] = String(typed);
    }
    return found;
  }
  for (const [key, member] of Object.entries(asObject(value))) {
    const name = `${prefix}${key}`;
    if (isObject(member) && name.split('.').length < 4) Object.assign(found, attributesOf(member, `${name}.`));
    else if (typeof member === 'string' || typeof member === 'number') found[name] = String(member);
  }
  return found;
}

/** Reasons of warnings, where the type of an event is not told. */
const TROUBLE = /^(?:Failed|BackOff|Unhealthy|Evicted)/;

function wordsOf(entry: Readonly<Record<string, unknown>>): string | undefined {
  for (const place of [entry, asObject(entry._source), asObject(entry.attributes)])
    for (const key of WORDS) {
      const found = text(place[key]) ?? text(asObject(place[key]).stringValue) ?? text(asObject(place[key]).text);
      if (found !== undefined && found !== '') return found;
    }
  return undefined;
}

/** An entry with the attributes that OpenTelemetry's receivers give an event of Kubernetes (semantic conventions `k8s.*`). */
function byConvention(entry: Readonly<Record<string, unknown>>, outer: Attributes): Event | undefined {
  const own = Object.assign({}, outer, attributesOf(entry), ...PLACES.map((place) => attributesOf(entry[place])));
  const said: Attributes = Object.assign(own, attributesOf(asObject(entry.resource).attributes));
  const [reason, kind, name] = ['k8s.event.reason', 'k8s.object.kind', 'k8s.object.name'].map((key) => said[key]);
  const message = wordsOf(entry) ?? said['k8s.event.message'];
  if (!reason || !kind || !name || message === undefined) return undefined;
  const namespace = said['k8s.namespace.name'];
  const severity = said.severityText ?? said.severity_text ?? said.SeverityText ?? said.severity ?? '';
  return {
    // The receiver writes the type of the event as the severity.
    type: /^warn/i.test(severity) || (severity === '' && TROUBLE.test(reason)) ? 'Warning' : 'Normal',
    reason,
    message,
    count: Number(said['k8s.event.count']) || 1,
    object: { kind, name, ...(namespace ? { namespace } : {}) },
  };
}

const TITLE = /^Events from the ([A-Z]\w+) (?:([a-z0-9-]+)\/)?([a-z0-9.-]+)/;
const LINE = /(?:^|\n)\s*(\d+) \*\*(\w+)\*\*: ?(.+)/g;

/** Events as Datadog's agent sums them up: a title that names the object, and a line of Markdown for each reason. */
function summedUp(entry: Readonly<Record<string, unknown>>): Event[] {
  const inner = asObject(entry.attributes);
  const title = [entry.title, inner.title, asObject(inner.attributes).title].flatMap((one) => text(one) ?? [])[0];
  const [, kind, namespace, name] = TITLE.exec(title ?? '') ?? [];
  const said = text(entry.text) ?? text(entry.message) ?? text(inner.message) ?? text(inner.text);
  if (kind === undefined || name === undefined || said === undefined) return [];
  const status = [entry.alert_type, inner.status, asObject(inner.attributes).status].flatMap(
    (one) => text(one) ?? [],
  )[0];
  return [...said.matchAll(LINE)].map(([, count = '1', reason = '', message = '']) => ({
    type: /^(?:warn|error)/.test(status ?? '') || TROUBLE.test(reason) ? 'Warning' : 'Normal',
    reason,
    message: message.trim(),
    count: Number(count),
    object: { kind, name, ...(namespace === undefined ? {} : { namespace }) },
  }));
}

function walk(value: unknown, outer: Attributes, depth: number): Event[] {
  if (Array.isArray(value)) return value.flatMap((one) => walk(one, outer, depth));
  if (!isObject(value) || depth === 0) return [];
  const entry = asObject(value);
  const event = byConvention(entry, outer);
  const found = event === undefined ? summedUp(entry) : [event];
  if (found.length > 0) return found;
  const resource = { ...outer, ...attributesOf(asObject(entry.resource).attributes) };
  return Object.values(entry).flatMap((member) => walk(member, resource, depth - 1));
}

/**
 * Events of Kubernetes that a store of logs or events gives in JSON: OTLP and whatever keeps its attributes (Splunk, Elasticsearch, New
 * Relic …), and Datadog's summaries. Each with the index of the line that it stands in. Empty for anything else.
 */
export function exportedEvents(source: string): EventRecord[] {
  const start = source.trimStart().slice(0, 1);
  if (!/[[{]/.test(start) || !/k8s\.event\.reason|Events from the [A-Z]/.test(source)) return [];
  const lines = source.split('\n');
  return valuesIn(source, lines).flatMap(({ value, from, to }) =>
    walk(value, {}, DEPTH).map((event) => {
      const needle = JSON.stringify(event.message).slice(1, -1).slice(0, 60);
      const at = lines.slice(from, to).findIndex((line) => line.includes(needle));
      return { ...event, index: from + Math.max(0, at) };
    }),
  );
}

/** A JSON text, or a JSON text a line. */
function valuesIn(source: string, lines: readonly string[]): { value: unknown; from: number; to: number }[] {
  try {
    return [{ value: JSON.parse(source) as unknown, from: 0, to: lines.length }];
  } catch {
    return lines.flatMap((line, index) => {
      try {
        return line.startsWith('{') ? [{ value: JSON.parse(line) as unknown, from: index, to: index + 1 }] : [];
      } catch {
        return [];
      }
    });
  }
}
