import { asArray, asObject, at, isObject, text } from '../../json.ts';

/** A line as a store of logs exports it, with the pod that it is of. */
export interface StoredLine {
  readonly pod: string;
  readonly namespace?: string;
  readonly container?: string;
  readonly time?: string;
  readonly line: string;
  /** A part of the line that stands in the export as it is, where the line was put together from members. */
  readonly shown: string;
}

type Path = readonly string[];

/** Where the stores keep what was logged: Cloud Logging, Elasticsearch, Datadog, VictoriaLogs, Loki, Azure Monitor, Fluent Bit, CloudWatch. */
const LINE: readonly Path[] = [
  ['textPayload'],
  ['jsonPayload', 'message'],
  ['_source', 'message'],
  ['_source', 'log'],
  ['attributes', 'message'],
  ['_msg'],
  ['line'],
  ['LogMessage'],
  ['log'],
  ['message'],
];
const TIME: readonly Path[] = [
  ['timestamp'],
  ['@timestamp'],
  ['_source', '@timestamp'],
  ['attributes', 'timestamp'],
  ['_time'],
  ['TimeGenerated'],
  ['time'],
];
/** The places of labels, and the names that the pod, its namespace and its container have there. */
const PLACES: readonly Path[] = [
  ['kubernetes'],
  ['_source', 'kubernetes'],
  ['resource', 'labels'],
  ['fields'],
  ['labels'],
  ['attributes', 'attributes', 'kubernetes'],
  [],
];
const POD: readonly Path[] = [['pod_name'], ['pod', 'name'], ['pod'], ['podName'], ['PodName']];
const NAMESPACE: readonly Path[] = [
  ['namespace_name'],
  ['namespace', 'name'],
  ['namespace'],
  ['kube_namespace'],
  ['PodNamespace'],
];
const CONTAINER: readonly Path[] = [['container_name'], ['container', 'name'], ['container'], ['ContainerName']];

function first(value: unknown, paths: readonly Path[]): string | undefined {
  for (const path of paths) {
    const found = text(at(value, ...path));
    if (found !== undefined && found !== '') return found;
  }
  return undefined;
}

/** A label of an entry: a member, or a tag (`pod_name:api-0`), or in a stream's name (`{pod="api-0"}`). */
function label(entry: unknown, paths: readonly Path[]): string | undefined {
  for (const place of PLACES) {
    const found = first(at(entry, ...place), paths);
    if (found !== undefined) return found;
  }
  const names = paths.map((path) => path.join('_'));
  for (const tag of asArray(at(entry, 'attributes', 'tags') ?? at(entry, 'tags'))) {
    const [, name = '', value] = /^([\w.]+):(.+)$/.exec(String(tag)) ?? [];
    if (value !== undefined && names.includes(name)) return value;
  }
  const stream = text(at(entry, '_stream'));
  return names.flatMap((name) => new RegExp(`\\b${name}="([^"]+)"`).exec(stream ?? '')?.[1] ?? [])[0];
}

const PAYLOADS: readonly Path[] = [['jsonPayload'], ['_source'], ['attributes', 'attributes'], []];
const ERRORS: readonly string[] = [
  'error',
  'err',
  'exception',
  'errorMessage',
  'stack_trace',
  'stacktrace',
  'error.message',
];

/** The line of an entry; a structured one with the level and the error that stand beside its message. */
function withError(entry: unknown, line: string): { line: string; shown: string } {
  for (const place of PAYLOADS) {
    const payload = asObject(at(entry, ...place));
    const key = ERRORS.find((name) => typeof payload[name] === 'string' || isObject(payload[name]));
    if (key === undefined || !('message' in payload)) continue;
    const error = payload[key];
    const level = text(at(entry, 'severity')) ?? text(payload.level) ?? text(payload['log.level']);
    const whole = JSON.stringify({ ...(level === undefined ? {} : { level }), message: line, error });
    return { line: whole, shown: text(error) ?? first(error, [['message'], ['msg']]) ?? line };
  }
  return { line: withLevel(entry, line), shown: line };
}

/** A plain message with the level that its logger put beside it. What a store makes of the stream it came by is none. */
function withLevel(entry: unknown, line: string): string {
  const payload = PAYLOADS.map((place) => asObject(at(entry, ...place))).find((one) => 'message' in one) ?? {};
  const level = text(payload.level) ?? text(payload['log.level']);
  return level === undefined || line.startsWith('{') ? line : JSON.stringify({ level, message: line });
}

/** A result of CloudWatch Logs Insights, a list of fields with their values, as an object: `@message` is its line. */
function fieldsOf(entry: unknown): Record<string, unknown> | undefined {
  if (!Array.isArray(entry) || entry.length === 0) return undefined;
  const pairs = entry.map((pair) => [text(at(pair, 'field')), at(pair, 'value')] as const);
  if (pairs.some(([field, value]) => field === undefined || value === undefined)) return undefined;
  return Object.fromEntries(pairs.map(([field = '', value]) => [field.replace(/^@(?!timestamp)/, ''), value]));
}

/** An entry of a store, where it says of which pod it is. A message that is itself such an entry (CloudWatch) is read instead. */
export function storedLine(entry: unknown): StoredLine | undefined {
  const row = fieldsOf(entry);
  if (row !== undefined) return storedLine(row);
  if (!isObject(entry) || 'apiVersion' in entry) return undefined;
  const line = first(entry, LINE);
  if (line === undefined) return undefined;
  const pod = label(entry, POD);
  if (pod === undefined) return line.startsWith('{') ? storedLine(parsed(line)) : undefined;
  const time = first(entry, TIME);
  const namespace = label(entry, NAMESPACE);
  const container = label(entry, CONTAINER);
  return {
    pod,
    ...withError(entry, line),
    ...(time === undefined ? {} : { time }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(container === undefined ? {} : { container }),
  };
}

const TOP = 5;

/**
 * The entries of an export: an array, or the one that lies up to five members deep (`hits.hits`, `data`, `events`, `entries`,
 * `data.actor.account.nrql.results`).
 */
export function storedLines(value: unknown, depth = TOP): StoredLine[] {
  if (Array.isArray(value) && fieldsOf(value) === undefined) {
    const found = value.flatMap((entry) => storedLine(entry) ?? []);
    return found.length * 2 > value.length ? found : [];
  }
  if (depth === 0 || !isObject(value) || 'apiVersion' in value) return [];
  // One entry, as a console's page shows it unfolded.
  const alone = depth === TOP ? storedLine(value) : undefined;
  if (alone !== undefined) return [alone];
  for (const member of Object.values(asObject(value))) {
    const found = Array.isArray(member) || isObject(member) ? storedLines(member, depth - 1) : [];
    if (found.length > 0) return found;
  }
  return [];
}

/** What a JSON text says; undefined for one that is none. */
export function parsed(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}
