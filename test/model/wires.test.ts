import { afterEach, expect, test } from 'vitest';
import { createAxPredictor } from '../../src/model/ax-predictor.ts';
import { createPredictor } from '../../src/model/create.ts';
import { network } from '../../src/model/fetch/network.ts';
import { completion, type Provider, reply, startProvider } from './helpers/provider.ts';
import { context, good, input, nameCause } from './helpers/signature.ts';

let provider: Provider | undefined;
afterEach(() => provider?.close());

test('a model that is held by a schema gets one that names every class', async () => {
  provider = await startProvider((response) => reply(response, completion(good)));
  const env = { OPENAI_BASE_URL: provider.url, OPENAI_MODEL: 'test-1', OPSLINE_STRUCTURED_OUTPUT: 'native' };
  const prediction = await (await createPredictor(env)).predict(nameCause, input, context());
  expect(prediction).toMatchObject({ ok: true, value: good });
  const { response_format: format } = provider.asked[0]?.body ?? {};
  expect(format).toMatchObject({ type: 'json_schema', json_schema: { strict: true } });
  expect(format.json_schema.schema.properties.causeKind.enum).toEqual(['image-pull', 'out-of-memory']);
});

test('a model that is held by a tool call answers with its arguments', async () => {
  provider = await startProvider((response, { body }) => {
    const { name } = body.tools[0].function;
    const call = { id: 't1', type: 'function', function: { name, arguments: JSON.stringify(good) } };
    const message = { role: 'assistant', content: null, tool_calls: [call] };
    reply(response, completion('', { message, finish_reason: 'tool_calls' }));
  });
  const env = { OPENAI_BASE_URL: provider.url, OPENAI_MODEL: 'test-1', OPSLINE_STRUCTURED_OUTPUT: 'function' };
  const prediction = await (await createPredictor(env)).predict(nameCause, input, context());
  expect(prediction).toMatchObject({ ok: true, value: good, call: { inputTokens: 100, outputTokens: 20 } });
});

test("Anthropic's own wire: key in its header, tokens from its usage", async () => {
  provider = await startProvider((response, { body }) => {
    const content = [{ type: 'tool_use', id: 't1', name: body.tools[0].name, input: good }];
    const usage = { input_tokens: 70, output_tokens: 9 };
    reply(response, {
      id: 'm1',
      type: 'message',
      role: 'assistant',
      model: 'c',
      content,
      stop_reason: 'tool_use',
      usage,
    });
  });
  const env = {
    ANTHROPIC_API_KEY: 'sk-ant-x',
    ANTHROPIC_MODEL: 'claude-test',
    ANTHROPIC_BASE_URL: provider.url.replace('/v1', ''),
  };
  const prediction = await (await createPredictor(env)).predict(nameCause, input, context());
  expect(provider.asked[0]?.path).toBe('/v1/messages');
  expect(provider.asked[0]?.headers['x-api-key']).toBe('sk-ant-x');
  expect(prediction).toMatchObject({
    ok: true,
    value: good,
    call: { model: 'anthropic:claude-test', inputTokens: 70, outputTokens: 9 },
  });
});

test("Gemini's own wire: key out of the address, tokens from its usage", async () => {
  provider = await startProvider((response) => {
    const content = { role: 'model', parts: [{ text: JSON.stringify(good) }] };
    const usageMetadata = { promptTokenCount: 60, candidatesTokenCount: 8, thoughtsTokenCount: 2, totalTokenCount: 70 };
    reply(response, { candidates: [{ content, finishReason: 'STOP', index: 0 }], usageMetadata });
  });
  const { url } = provider;
  const predictor = createAxPredictor({
    target: {
      provider: 'gemini',
      model: 'gemini-test',
      profile: 'google-gemini',
      apiKey: 'AIza-x',
      structured: 'native',
      timeoutMs: 5000,
    },
    // ax knows only Google's address for this wire: the last link sends it to the server here.
    send: (request, exchange) =>
      network({ ...request, url: request.url.replace(/^https:\/\/[^/]+\/v1beta/, url) }, exchange),
  });
  const prediction = await predictor.predict(nameCause, input, context());
  expect(provider.asked[0]?.path).not.toContain('AIza-x');
  expect(prediction).toMatchObject({ ok: true, value: good, call: { inputTokens: 60, outputTokens: 10 } });
});
