import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createPredictor } from '../../src/model/create.ts';
import { createMemoryRuns } from '../../src/runs/memory-runs.ts';
import { definePipeline } from '../../src/runs/pipeline.ts';
import { completion, type Provider, reply, startProvider } from '../model/helpers/provider.ts';
import { good, input, nameCause } from '../model/helpers/signature.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${TRACE}-b7ad6b7169203331-01`;

let provider: Provider | undefined;
let tracing: NodeTracerProvider | undefined;
afterEach(async () => {
  await provider?.close();
  await tracing?.shutdown();
  trace.disable();
});

test('a trace goes from the request through the run into its steps and the model call, without content', async () => {
  const exporter = new InMemorySpanExporter();
  tracing = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  tracing.register();
  provider = await startProvider((response) => reply(response, completion(good)));
  const predictor = await createPredictor({
    OPENAI_BASE_URL: provider.url,
    OPENAI_MODEL: 'test-1',
    OPENAI_API_KEY: 'k',
  });
  const naming = definePipeline({
    name: 'naming',
    version: 1,
    input: z.object({ canary: z.string() }),
    output: z.unknown(),
    run: async (request, step) => {
      await step.read('look', request, (seen) => seen.canary);
      return step.predict(nameCause, input);
    },
  });
  const runs = createMemoryRuns({ pipelines: [naming], predictor });
  const { run } = await runs.enqueue('naming', { canary: 'tell-nobody' }, { traceparent });
  expect(await runs.wait(run.id, 10_000)).toMatchObject({ status: 'succeeded', mode: 'model' });
  await runs.close();

  const spans = exporter.getFinishedSpans();
  const byName = new Map(spans.map((span) => [span.name, span]));
  const whole = byName.get('run naming');
  expect(whole?.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
  expect(whole?.attributes).toMatchObject({ 'opsline.run.id': run.id, 'opsline.mode': 'model' });
  for (const name of ['step look', 'step name-cause', 'chat test-1']) {
    expect([name, byName.get(name)?.parentSpanContext?.spanId]).toEqual([name, whole?.spanContext().spanId]);
    expect(byName.get(name)?.spanContext().traceId).toBe(TRACE);
  }
  const said = spans.map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
  expect(JSON.stringify(said)).not.toContain('tell-nobody');
});
