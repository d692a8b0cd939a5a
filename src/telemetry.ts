import { context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

export interface Telemetry {
  /** Sends what is left, for at most two seconds. */
  shutdown(): Promise<void>;
}

/**
 * Exports traces when `OTEL_EXPORTER_OTLP_ENDPOINT` (or `…_TRACES_ENDPOINT`) is set; the SDK is not even loaded otherwise.
 * The exporter reads the other standard `OTEL_*` variables itself.
 */
export async function startTelemetry(env: NodeJS.ProcessEnv, version: string): Promise<Telemetry> {
  if (!env.OTEL_EXPORTER_OTLP_ENDPOINT && !env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) return { shutdown: async () => {} };
  const [{ NodeTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }, { resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({
      'service.name': env.OTEL_SERVICE_NAME ?? 'opsline',
      'service.version': version,
    }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  provider.register();
  return {
    async shutdown() {
      const late = new Promise<void>((resolve) => setTimeout(resolve, 2000).unref());
      await Promise.race([provider.shutdown().catch(() => {}), late]);
      trace.disable();
      context.disable();
    },
  };
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The context that continues a W3C `traceparent`; the current one when it is absent or malformed. */
export function contextOf(traceparent: string | undefined) {
  const match = TRACEPARENT.exec(traceparent ?? '');
  const [, traceId, spanId, flags] = match ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return context.active();
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return context.active();
  return trace.setSpanContext(context.active(), {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
  });
}

/** The `traceparent` of a span, to be sent on or stored; undefined when nothing is traced. */
export function traceparentOf(span: Span | undefined): string | undefined {
  const spanContext = span?.spanContext();
  if (spanContext === undefined || !trace.isSpanContextValid(spanContext)) return undefined;
  const flags = spanContext.traceFlags.toString(16).padStart(2, '0');
  return `00-${spanContext.traceId}-${spanContext.spanId}-${flags}`;
}

/** Runs `work` in a span that continues `traceparent`. An error is noted by its name only: messages may hold content. */
export async function withSpan<T>(
  name: string,
  options: { traceparent?: string | undefined; attributes?: Record<string, string | number>; kind?: SpanKind },
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const parent = contextOf(options.traceparent);
  const { attributes = {}, kind = SpanKind.INTERNAL } = options;
  const span = trace.getTracer('opsline').startSpan(name, { kind, attributes }, parent);
  try {
    return await context.with(trace.setSpan(parent, span), () => work(span));
  } catch (error) {
    fail(span, error instanceof Error ? error.name : 'unknown');
    throw error;
  } finally {
    span.end();
  }
}

export interface ModelSpan {
  end(result: { outcome: string; inputTokens: number; outputTokens: number }): void;
}

/**
 * The CLIENT span of one model call by the GenAI conventions: `chat {model}`, tokens, `error.type`, and no content. ax's own
 * spans follow older conventions and are not used.
 */
export function modelSpan(call: {
  provider: string;
  /** `<provider>:<model>` */
  model: string;
  signature: string;
  maxTokens: number;
  traceparent?: string;
}): ModelSpan {
  const model = call.model.slice(call.provider.length + 1);
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': PROVIDER_NAMES[call.provider] ?? call.provider,
    'gen_ai.request.model': model,
    'gen_ai.request.max_tokens': call.maxTokens,
    'gen_ai.request.temperature': 0,
    'gen_ai.output.type': 'json',
    'opsline.signature': call.signature,
  };
  const tracer = trace.getTracer('opsline');
  const span = tracer.startSpan(`chat ${model}`, { kind: SpanKind.CLIENT, attributes }, contextOf(call.traceparent));
  return {
    end({ outcome, inputTokens, outputTokens }) {
      span.setAttributes({ 'gen_ai.usage.input_tokens': inputTokens, 'gen_ai.usage.output_tokens': outputTokens });
      if (outcome !== 'ok') fail(span, outcome);
      span.end();
    },
  };
}

/** Names that the conventions list; others are given as they are. */
const PROVIDER_NAMES: Readonly<Record<string, string>> = { gemini: 'gcp.gemini' };

function fail(span: Span, type: string): void {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
