import { asObject, at, type Json, objects, text } from '../../json.ts';
import type { EvidenceItem } from '../model.ts';
import { type LogLine, parseLogLine } from './log.ts';

/** An error of a span that no span below it passes on, with what its resource says of where it ran. */
export interface SpanError {
  /** `service.name`, `k8s.pod.name` … under the names that streams of logs have: `app`, `pod`, `namespace`, `deployment`. */
  readonly labels: Readonly<Record<string, string>>;
  /** What the span was at: `UPDATE seats`. */
  readonly name: string;
  readonly message: string;
  /** Nanoseconds or microseconds since 1970, as the trace has it. */
  readonly time: string;
}

interface Span {
  readonly id: string;
  readonly parent: string;
  readonly failed: boolean;
  readonly error: SpanError;
}

/** Attributes of the semantic conventions of OpenTelemetry for what runs in Kubernetes. */
const PLACES: readonly (readonly [attribute: string, label: string])[] = [
  ['k8s.pod.name', 'pod'],
  ['k8s.namespace.name', 'namespace'],
  ['k8s.deployment.name', 'deployment'],
  ['k8s.statefulset.name', 'statefulset'],
  ['k8s.daemonset.name', 'daemonset'],
  ['service.name', 'app'],
];

/** Attributes of OTLP (`{key, value: {stringValue}}`) or tags of Jaeger (`{key, value}`). */
function attributes(list: unknown): Record<string, string> {
  return Object.fromEntries(
    objects(list).map(({ key, value }) => {
      const plain = typeof value === 'object' ? Object.values(asObject(value))[0] : value;
      return [String(key), String(plain ?? '')];
    }),
  );
}

/** What instrumentation that knows no exceptions leaves of an error: its message, or the status of the answer. */
function messageIn(own: Readonly<Record<string, string>>): string {
  const status = own['http.response.status_code'] ?? own['http.status_code'] ?? '';
  return own['error.message'] ?? own['error.msg'] ?? (/^5\d\d$/.test(status) ? `answered with status ${status}` : '');
}

function labelsOf(own: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(PLACES.flatMap(([key, label]) => (own[key] ? [[label, own[key]]] : [])));
}

/** OTLP's JSON, as Tempo gives a trace. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
function otlpSpans(value: unknown): Span[] {
  const resources = objects(
    at(value, 'batches') ?? at(value, 'resourceSpans') ?? at(value, 'trace', 'resourceSpans') ?? [],
  );
  return resources.flatMap((resource) => {
    const labels = labelsOf(attributes(at(resource, 'resource', 'attributes')));
    const scopes = objects(resource.scopeSpans ?? resource.instrumentationLibrarySpans);
    return scopes.flatMap((scope) =>
      objects(scope.spans).map((span): Span => {
        const own = attributes(span.attributes);
        const told = objects(span.events).flatMap((event) => attributes(event.attributes)['exception.message'] ?? []);
        const message = told[0] ?? (text(at(span, 'status', 'message')) || messageIn(own));
        const code = at(span, 'status', 'code');
        return spanOf(span, text(span.parentSpanId) ?? '', code === 2 || code === 'STATUS_CODE_ERROR', {
          labels,
          name: text(span.name) ?? '',
          message,
          time: text(span.startTimeUnixNano) ?? '',
        });
      }),
    );
  });
}

/** Jaeger's JSON: `{data: [{spans, processes}]}`. */
function jaegerSpans(value: unknown): Span[] {
  return objects(at(value, 'data')).flatMap((trace) =>
    objects(trace.spans).map((span): Span => {
      const process = asObject(at(trace, 'processes', text(span.processID) ?? ''));
      const service = text(process.serviceName);
      const tags = attributes(span.tags);
      const told = objects(span.logs).flatMap(({ fields }) => {
        const own = attributes(fields);
        return own['exception.message'] ?? own['error.object'] ?? own.message ?? [];
      });
      const labels = { ...labelsOf(attributes(process.tags)), ...(service === undefined ? {} : { app: service }) };
      const parent = objects(span.references).find(({ refType }) => refType === 'CHILD_OF');
      return spanOf(span, text(parent?.spanID) ?? '', tags.error === 'true' || tags['otel.status_code'] === 'ERROR', {
        labels,
        name: text(span.operationName) ?? '',
        message: told[0] ?? tags['otel.status_description'] ?? messageIn(tags),
        time: text(span.startTime) ?? '',
      });
    }),
  );
}

function spanOf(span: Json, parent: string, failed: boolean, error: SpanError): Span {
  return { id: text(span.spanId) ?? text(span.spanID) ?? '', parent, failed, error };
}

/** Whether the request of a span failed, too: the first span of its trace, as far up as it is seen. */
function brought(span: Span, spans: ReadonlyMap<string, Span>): boolean {
  let top = span;
  for (let hop = 0; hop < spans.size; hop++) {
    const above = spans.get(top.parent);
    if (above === undefined) break;
    top = above;
  }
  return top.failed;
}

/**
 * The errors with which requests began to fail: of spans that failed and have none below them that did. What a request got over is
 * none. Undefined where the value is no trace (OTLP's JSON as Tempo gives it, or Jaeger's).
 */
export function traceErrors(value: unknown): SpanError[] | undefined {
  const otlp = otlpSpans(value);
  const spans = otlp.length > 0 ? otlp : jaegerSpans(value);
  if (spans.length === 0) return undefined;
  const passedOn = new Set(spans.filter(({ failed }) => failed).map(({ parent }) => parent));
  const byId = new Map(spans.map((span) => [span.id, span]));
  return spans.flatMap((span) =>
    span.failed && !passedOn.has(span.id) && span.error.message !== '' && brought(span, byId) ? [span.error] : [],
  );
}

/** The error of a span as a line of its program's log. It is shown by its message as the trace spells it. */
export function spanLine({ lines, text: given }: EvidenceItem, { name, message, time }: SpanError): LogLine {
  const rows = given.split('\n');
  const escaped = JSON.stringify(message).slice(1, -1);
  const index = rows.findIndex((row) => row.includes(escaped));
  const line = parseLogLine(`${name}: ${message}`, lines.from + Math.max(0, index));
  return { ...line, raw: index < 0 ? (rows[0] ?? '') : escaped, level: 'error', time };
}
