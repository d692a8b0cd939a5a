import { asObject, at, isObject, type Json, number, objects, text } from '../../json.ts';

/** A span with the time that it took by itself, without those below it. Times are milliseconds. */
interface SlowSpan {
  /** `service.name`, `k8s.pod.name` … under the names that streams of logs have. */
  readonly labels: Readonly<Record<string, string>>;
  readonly name: string;
  readonly took: number;
  readonly own: number;
  /** How long all of the request took, and what it was. */
  readonly request: { readonly name: string; readonly took: number };
  /** What the span asked, as its attributes name it: a server's address, a database. */
  readonly asks?: string;
  /** Services that the request went through on its way to the span, the first of them first. */
  readonly through: readonly string[];
}

interface TimedSpan {
  readonly id: string;
  readonly parent: string;
  readonly name: string;
  readonly took: number;
  readonly failed: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly asks?: string;
}

/** Who waits for a request notices from here on. */
const FELT_MS = 1000;
/** The share of the request that was spent in one span: less is spread. */
const MOST = 0.5;

const PLACES: readonly (readonly [attribute: string, label: string])[] = [
  ['k8s.pod.name', 'pod'],
  ['k8s.namespace.name', 'namespace'],
  ['k8s.deployment.name', 'deployment'],
  ['k8s.statefulset.name', 'statefulset'],
  ['service.name', 'app'],
];
const ASKS = ['server.address', 'net.peer.name', 'peer.service', 'db.name', 'db.namespace', 'db.system'];

/** Attributes of OTLP (`{key, value: {stringValue}}`), tags of Jaeger (`{key, value}`), or a map. */
function attributes(given: unknown): Readonly<Record<string, string>> {
  const pairs = isObject(given)
    ? Object.entries(given)
    : objects(given).map(({ key, value }): [string, unknown] => [
        String(key),
        typeof value === 'object' ? Object.values(asObject(value))[0] : value,
      ]);
  return Object.fromEntries(pairs.map(([key, value]) => [key, text(value) ?? '']));
}

const labelsOf = (own: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(PLACES.flatMap(([key, label]) => (own[key] ? [[label, own[key]]] : [])));

const asked = (own: Readonly<Record<string, string>>): { asks?: string } => {
  const found = ASKS.map((key) => own[key]).find(Boolean);
  return found === undefined ? {} : { asks: found };
};

/** OTLP's JSON, as Tempo gives a trace. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
function otlp(value: unknown): TimedSpan[] {
  const resources = objects(at(value, 'batches') ?? at(value, 'resourceSpans') ?? at(value, 'trace', 'resourceSpans'));
  return resources.flatMap((resource) => {
    const labels = labelsOf(attributes(at(resource, 'resource', 'attributes')));
    return objects(resource.scopeSpans ?? resource.instrumentationLibrarySpans).flatMap((scope) =>
      objects(scope.spans).flatMap((span) => {
        const [from, to] = [number(span.startTimeUnixNano), number(span.endTimeUnixNano)];
        const code = at(span, 'status', 'code');
        return from === undefined || to === undefined
          ? []
          : [timed(span, labels, (to - from) / 1e6, code === 2 || code === 'STATUS_CODE_ERROR')];
      }),
    );
  });
}

/** Jaeger's JSON (`{data: [{spans, processes}]}`), times in microseconds. */
function jaeger(value: unknown): TimedSpan[] {
  return objects(at(value, 'data')).flatMap((trace) =>
    objects(trace.spans).flatMap((span) => {
      const process = asObject(at(trace, 'processes', text(span.processID) ?? ''));
      const service = text(process.serviceName);
      const labels = { ...labelsOf(attributes(process.tags)), ...(service === undefined ? {} : { app: service }) };
      const took = number(span.duration);
      const tags = attributes(span.tags);
      const failed = tags.error === 'true' || tags['otel.status_code'] === 'ERROR';
      return took === undefined ? [] : [timed(span, labels, took / 1000, failed)];
    }),
  );
}

/** In what a flat span gives its duration, by the name of the member; Zipkin's `duration` is in microseconds. */
const DURATIONS: readonly (readonly [name: RegExp, ms: number])[] = [
  [/^duration_?(?:ms|millis(?:econds)?)$/i, 1],
  [/^duration_?(?:us|micros(?:econds)?)$/i, 1e-3],
  [/^duration_?(?:ns|nanos(?:econds)?)$/i, 1e-6],
  [/^duration_?(?:s|secs?|seconds)$/i, 1000],
  [/^duration$/, 1e-3],
];

/**
 * Spans in one list, each with its service and duration: Zipkin's, and what tools make of a trace. Requests, jobs and tests have these as
 * well: what makes spans of them is that one is below another.
 */
function flat(value: unknown): TimedSpan[] {
  const list = objects(Array.isArray(value) ? value : (at(value, 'spans') ?? at(value, 'trace', 'spans')));
  const spans = list.flatMap((span) => {
    const [key, ms] =
      DURATIONS.flatMap(([pattern, unit]) =>
        Object.keys(span).flatMap((name) => (pattern.test(name) ? [[name, unit] as const] : [])),
      )[0] ?? [];
    const took = key === undefined ? undefined : number(span[key]);
    const service =
      text(span.service) ??
      text(span.serviceName) ??
      text(span.service_name) ??
      text(at(span, 'localEndpoint', 'serviceName'));
    if (took === undefined || ms === undefined || service === undefined) return [];
    const status = text(span.status) ?? text(at(span, 'status', 'code')) ?? '';
    const failed = /err/i.test(status) || span.error === true || at(span, 'tags', 'error') !== undefined;
    return [timed(span, { app: service }, took * ms, failed)];
  });
  const ids = new Set(spans.map(({ id }) => id));
  return spans.some(({ id, parent }) => parent !== '' && parent !== id && ids.has(parent)) ? spans : [];
}

function timed(span: Json, labels: Record<string, string>, took: number, failed: boolean): TimedSpan {
  const name = text(span.name) ?? text(span.operationName) ?? text(span.operation) ?? '';
  const child = objects(span.references).find(({ refType }) => refType === 'CHILD_OF');
  const first = (...keys: readonly string[]) =>
    keys.map((key) => text(span[key])).find((one) => one !== undefined && one !== '');
  const own = attributes(span.attributes ?? span.tags);
  return {
    id: first('spanId', 'spanID', 'span_id', 'id') ?? name,
    parent:
      text(child?.spanID) ??
      first('parentSpanId', 'parentSpanID', 'parent_span_id', 'parentId', 'parent_id', 'parent') ??
      '',
    name,
    took,
    failed,
    labels,
    ...asked(own),
  };
}

/** The spans above one, from its request on. A trace may name no end of them. */
function above(span: TimedSpan, byId: ReadonlyMap<string, TimedSpan>): TimedSpan[] {
  const way: TimedSpan[] = [];
  for (
    let one = byId.get(span.parent);
    one !== undefined && way.length < 100 && !way.includes(one);
    one = byId.get(one.parent)
  )
    way.unshift(one);
  return way;
}

/**
 * Where a slow request spent its time: the span that took most of it by itself. Undefined where the value is no trace (OTLP's JSON,
 * Jaeger's, a list of spans), where the request was fast, failed, or spent its time here and there.
 */
export function slowestSpan(value: unknown): SlowSpan | undefined {
  const spans = [otlp, jaeger, flat].map((read) => read(value)).find((found) => found.length > 1);
  if (spans === undefined) return undefined;
  const byId = new Map(spans.map((span) => [span.id, span]));
  const request = spans.filter(({ parent }) => !byId.has(parent)).toSorted((a, b) => b.took - a.took)[0];
  if (request === undefined || request.took < FELT_MS || request.failed) return undefined;
  const below = Map.groupBy(spans, ({ parent }) => parent);
  const alone = spans
    .filter((span) => span === request || above(span, byId)[0] === request)
    .map((span) => {
      const children = (below.get(span.id) ?? [])
        .filter((one) => one !== span)
        .reduce((sum, { took }) => sum + took, 0);
      return { span, own: Math.max(0, span.took - children) };
    });
  const slowest = alone.toSorted((a, b) => b.own - a.own)[0];
  if (slowest === undefined || slowest.own < request.took * MOST) return undefined;
  const { span, own } = slowest;
  const through = [...above(span, byId), span].flatMap(({ labels }) => labels.app ?? labels.deployment ?? []);
  return {
    labels: span.labels,
    name: span.name,
    took: span.took,
    own,
    request: { name: request.name, took: request.took },
    ...(span.asks === undefined ? {} : { asks: span.asks }),
    through: [...new Set(through)],
  };
}
