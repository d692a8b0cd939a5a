import { SpanStatusCode, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { afterEach, expect, test } from 'vitest';
import { createPredictor } from '../../src/model/create.ts';
import { contextOf, startTelemetry, traceparentOf, withSpan } from '../../src/telemetry.ts';
import { completion, type Provider, reply, startProvider } from './helpers/provider.ts';
import { context, good, input, nameCause } from './helpers/signature.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
let provider: Provider | undefined;
let tracing: NodeTracerProvider | undefined;
afterEach(async () => {
  await provider?.close();
  await tracing?.shutdown();
  tracing = undefined;
  trace.disable();
});

function collect(): InMemorySpanExporter {
  const exporter = new InMemorySpanExporter();
  tracing = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  tracing.register();
  return exporter;
}

async function predictorAgainst(status: number) {
  provider = await startProvider((response) =>
    reply(response, status === 200 ? completion(good) : { error: 'canary' }, status),
  );
  return createPredictor({ OPENAI_BASE_URL: provider.url, OPENAI_MODEL: 'test-1', OPENAI_API_KEY: 'sk-canary' });
}

test('a model call is a CLIENT span of the run that asked, by the GenAI conventions, without content', async () => {
  const exporter = collect();
  const predictor = await predictorAgainst(200);
  await predictor.predict(nameCause, { ...input, logLines: 'canary' }, { ...context(), traceparent });
  const span = exporter.getFinishedSpans().find(({ name }) => name === 'chat test-1');
  expect(span?.kind).toBe(2);
  expect(span?.spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c');
  expect(span?.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
  expect(span?.attributes).toEqual({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai-compatible',
    'gen_ai.request.model': 'test-1',
    'gen_ai.request.max_tokens': 300,
    'gen_ai.request.temperature': 0,
    'gen_ai.output.type': 'json',
    'gen_ai.usage.input_tokens': 100,
    'gen_ai.usage.output_tokens': 20,
    'opsline.signature': 'name-cause',
  });
  const all = exporter.getFinishedSpans().map(({ name, attributes, events }) => ({ name, attributes, events }));
  expect(JSON.stringify(all)).not.toContain('canary');
});

test('a failed call says of what kind the failure was', async () => {
  const exporter = collect();
  await (await predictorAgainst(401)).predict(nameCause, input, context());
  const span = exporter.getFinishedSpans().find(({ name }) => name === 'chat test-1');
  expect(span?.status.code).toBe(SpanStatusCode.ERROR);
  expect(span?.attributes['error.type']).toBe('unauthorized');
});

test('spans nest, and their traceparent can be stored and continued', async () => {
  const exporter = collect();
  let stored: string | undefined;
  await withSpan('request', { traceparent }, async (span) => {
    stored = traceparentOf(span);
  });
  await expect(
    withSpan('run', { traceparent: stored }, async () => {
      throw new TypeError('canary');
    }),
  ).rejects.toThrow('canary');
  const [request, run] = exporter.getFinishedSpans();
  expect(stored).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
  expect(run?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
  expect(run?.attributes['error.type']).toBe('TypeError');
});

test.each([
  undefined,
  '',
  'nonsense',
  `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
  `00-${'a'.repeat(32)}-${'0'.repeat(16)}-01`,
  `${traceparent}-x`,
])('a malformed traceparent (%s) continues nothing', (malformed) => {
  expect(trace.getSpanContext(contextOf(malformed))).toBeUndefined();
});

test('traces go to the OTLP endpoint when one is set, and nothing is set up otherwise', async () => {
  const idle = await startTelemetry({}, '1.0.0');
  await withSpan('unseen', {}, async (span) => expect(span.isRecording()).toBe(false));
  await idle.shutdown();

  provider = await startProvider((response) => reply(response, {}));
  const endpoint = provider.url.replace('/v1', '');
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = endpoint;
  try {
    const telemetry = await startTelemetry(process.env, '1.2.3');
    await withSpan('seen', { traceparent }, async (span) => expect(span.isRecording()).toBe(true));
    await telemetry.shutdown();
  } finally {
    delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  }
  expect(provider.asked.map(({ path }) => path)).toEqual(['/v1/traces']);
  const sent = JSON.stringify(provider.asked[0]?.body);
  for (const part of ['"seen"', '0af7651916cd43dd8448eb211c80319c', '"opsline"', '"1.2.3"'])
    expect(sent).toContain(part);
});
