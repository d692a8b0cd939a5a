import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { createAxPredictor } from '../../src/model/ax-predictor.ts';
import { createPredictor } from '../../src/model/create.ts';
import { network } from '../../src/model/fetch/network.ts';
import type { Predictor } from '../../src/model/predictor.ts';
import type { Signature } from '../../src/model/signature.ts';
import { type Asked, completion, type Provider, reply, startProvider } from './helpers/provider.ts';
import { context, editManifest, good, input, nameCause } from './helpers/signature.ts';

const KEY = 'sk-canary-0123456789abcdefghij';
let provider: Provider | undefined;
afterEach(() => provider?.close());

/** A predictor against a local server that answers as given. */
async function against(
  answer: (response: ServerResponse, asked: Asked, index: number) => void,
  env: NodeJS.ProcessEnv = {},
): Promise<Predictor> {
  provider = await startProvider(answer);
  return createPredictor({ OPENAI_BASE_URL: provider.url, OPENAI_API_KEY: KEY, OPENAI_MODEL: 'test-1', ...env });
}

const asks = (): Asked[] => provider?.asked ?? [];

async function reasonOf(
  predictor: Predictor,
  signature: Signature<never, unknown> | typeof nameCause = nameCause,
): Promise<string> {
  const prediction = await predictor.predict(signature as typeof nameCause, input, context());
  if (prediction.ok) throw new Error('expected a reason, got an answer');
  return prediction.reason;
}

test('an answer comes back typed, with what it cost', async () => {
  const predictor = await against((response) => reply(response, completion(good)));
  const prediction = await predictor.predict(nameCause, input, context());
  expect(prediction).toMatchObject({ ok: true, value: good });
  expect(prediction.call).toMatchObject({
    signature: 'name-cause',
    model: 'openai-compatible:test-1',
    parameters: { temperature: 0, maxTokens: 300, structured: 'json_object' },
    requestDigest: predictor.requestDigest(nameCause, input),
    inputTokens: 100,
    outputTokens: 20,
  });
  expect(prediction.call?.responseDigest).toMatch(/^[0-9a-f]{64}$/);
  expect(prediction.call?.durationMs).toBeGreaterThan(0);
  expect(asks()).toHaveLength(1);
  expect(asks()[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
  expect(asks()[0]?.body).toMatchObject({ model: 'test-1', temperature: 0, response_format: { type: 'json_object' } });
});

test('flat outputs are asked for as JSON, too: YAML that looks like a field stays one value', async () => {
  const patchedYaml = 'metadata:\n  name: web\nnoteText: not the note\n';
  const predictor = await against((response) => reply(response, completion({ patchedYaml, noteText: 'fine' })));
  const prediction = await predictor.predict(editManifest, { manifestYaml: 'a: 1' }, context());
  expect(prediction).toMatchObject({ ok: true, value: { patchedYaml, noteText: 'fine' } });
  expect(asks()[0]?.body.response_format).toEqual({ type: 'json_object' });
});

test('the instruction and the demos stand before the input, as turns of their own', async () => {
  const predictor = await against((response) => reply(response, completion(good)));
  const demo = {
    input: { findings: ['OOMKilled'], logLines: '' },
    output: { ...good, causeKind: 'out-of-memory' as const },
  };
  await predictor.predict({ ...nameCause, demos: [demo] }, input, context());
  const messages: { role: string; content: string }[] = asks()[0]?.body.messages;
  expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
  expect(messages[0]?.content).toContain('Use only the findings.');
  expect(messages[1]?.content).toContain('OOMKilled');
  expect(messages[2]?.content).toContain('out-of-memory');
  expect(messages[3]?.content).toContain('manifest unknown');
});

const ANSWERS_THAT_DO_NOT_FIT: [string, unknown][] = [
  ['fenced JSON', `\`\`\`json\n${JSON.stringify(good)}\n\`\`\``],
  ['prose', 'The cause is image-pull.'],
  ['an empty answer', ''],
  ['an empty object', {}],
  ['truncated JSON', JSON.stringify(good).slice(0, 40)],
  ['a number where a nested string belongs', { ...good, steps: [{ text: 7 }] }],
  ['a class that was not offered', { ...good, causeKind: 'gremlins' }],
  ['a member that was not asked for', { ...good, steps: [{ text: 'x', gremlin: 1 }] }],
];

describe.each(['json_object', 'native'])('held to JSON by %s', (structured) => {
  test.each(ANSWERS_THAT_DO_NOT_FIT)('%s is corrected in a second turn, not taken', async (_, first) => {
    const env = { OPSLINE_STRUCTURED_OUTPUT: structured };
    const answer = (response: ServerResponse, _asked: Asked, index: number) =>
      reply(response, completion(index === 0 ? first : good));
    const prediction = await (await against(answer, env)).predict(nameCause, input, context());
    // Fenced JSON may be unwrapped instead, as long as what comes out is right.
    expect(prediction).toMatchObject({ ok: true, value: good });
    if (asks().length > 1) expect(prediction.call).toMatchObject({ inputTokens: 200, outputTokens: 40 });
    else expect(first).toContain('```');
  });
});

test('an answer that never fits ends after three, with where it did not fit and none of its content', async () => {
  const predictor = await against((response) => reply(response, completion({ ...good, causeKind: 'canary-gremlin' })));
  const reason = await reasonOf(predictor);
  expect(reason).toMatch(/^the answer of openai-compatible:test-1 did not fit its schema in 3 attempts/);
  expect(reason).not.toContain('canary');
  expect(asks()).toHaveLength(3);
});

test('null in an optional field, at any depth, is an absent field', async () => {
  const steps = [{ text: 'Push the tag.', note: null }];
  const predictor = await against((response) => reply(response, completion({ ...good, steps, caveat: null })));
  const prediction = await predictor.predict(nameCause, input, context());
  expect(prediction.ok && prediction.value).toEqual(good);
});

test('empty required inputs are shown as such instead of being refused', async () => {
  const predictor = await against((response) => reply(response, completion(good)));
  const prediction = await predictor.predict(nameCause, { findings: [], logLines: '' }, context());
  expect(prediction.ok).toBe(true);
  expect(JSON.stringify(asks()[0]?.body.messages.at(-1)).match(/\(none\)/g)).toHaveLength(2);
});

test('an answer that was cut off says so, without the text that was cut', async () => {
  const cut = completion('{"causeKind":"image-pull","steps":[{"text":"canary', { finish_reason: 'length' });
  const predictor = await against((response) => reply(response, cut));
  const reason = await reasonOf(predictor);
  expect(reason).toBe('the answer of openai-compatible:test-1 was cut off at its token limit');
});

test('a refusal says so, without its words', async () => {
  const choice = { message: { role: 'assistant', content: null, refusal: 'I canary' }, finish_reason: 'stop' };
  const predictor = await against((response) => reply(response, completion('', choice)));
  expect(await reasonOf(predictor)).toBe('openai-compatible:test-1 refused to answer');
});

test.each([
  [401, 1, /^openai-compatible refuses the key \(HTTP 401\)/],
  [403, 1, /refuses the key \(HTTP 403\)/],
  [404, 1, /has no model of this name: openai-compatible:test-1/],
  [400, 1, /rejected the request \(HTTP 400\)/],
  [429, 2, /is rate limiting \(HTTP 429\)/],
  [500, 2, /failed \(HTTP 500\)/],
  [503, 2, /failed \(HTTP 503\)/],
])(
  'HTTP %i ends after %i requests, with a reason that holds neither key nor body',
  async (status, requests, expected) => {
    const predictor = await against((response) =>
      reply(response, { error: { message: `canary ${KEY}` } }, status, { 'retry-after': '0' }),
    );
    const reason = await reasonOf(predictor);
    expect(reason).toMatch(expected);
    expect(reason).not.toContain('canary');
    expect(asks()).toHaveLength(requests);
  },
);

test('a failure that passes costs one more request', async () => {
  const predictor = await against((response, _asked, index) => {
    if (index === 0) reply(response, {}, 529, { 'retry-after': '0' });
    else reply(response, completion(good));
  });
  expect((await predictor.predict(nameCause, input, context())).ok).toBe(true);
  expect(asks()).toHaveLength(2);
});

test('a provider that asks for a long pause is given up at once', async () => {
  const predictor = await against((response) => reply(response, {}, 429, { 'retry-after': '3600' }));
  expect(await reasonOf(predictor)).toMatch(/rate limiting/);
  expect(asks()).toHaveLength(1);
});

test('a prompt too long for the model says so', async () => {
  const predictor = await against((response) => reply(response, { error: { code: 'context_length_exceeded' } }, 400));
  expect(await reasonOf(predictor)).toBe('the prompt is too long for openai-compatible:test-1');
});

test("a proxy's page instead of JSON is a failure of the provider", async () => {
  const predictor = await against((response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>canary</html>');
  });
  expect(await reasonOf(predictor)).toBe('openai-compatible failed (HTTP 502)');
});

test('a connection that breaks, or is refused, is named by its system code', async () => {
  const broken = await against((response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{"choices":');
    response.destroy();
  });
  expect(await reasonOf(broken)).toMatch(/^openai-compatible cannot be reached \(/);
  await provider?.close();
  const gone = await createPredictor({ OPENAI_BASE_URL: provider?.url, OPENAI_MODEL: 'test-1' });
  expect(await reasonOf(gone)).toBe('openai-compatible cannot be reached (ECONNREFUSED)');
});

test('a slow provider is given up when the time of the target is over', async () => {
  provider = await startProvider(() => {});
  const predictor = createAxPredictor({
    target: {
      provider: 'openai-compatible',
      model: 'test-1',
      profile: 'openai-compatible',
      baseUrl: provider.url,
      structured: 'json_object',
      timeoutMs: 200,
    },
    send: network,
  });
  expect(await reasonOf(predictor)).toBe('openai-compatible:test-1 did not answer within 0.2 s');
});

test('an aborted run gets its own reason back at once, also while a retry waits', async () => {
  const abort = new AbortController();
  const cancelled = new Error('cancelled by a person');
  const predictor = await against((response) => {
    reply(response, {}, 503, { 'retry-after': '9' });
    abort.abort(cancelled);
  });
  const started = performance.now();
  await expect(predictor.predict(nameCause, input, context(abort.signal))).rejects.toBe(cancelled);
  expect(performance.now() - started).toBeLessThan(3000);
  await expect(predictor.predict(nameCause, input, context(abort.signal))).rejects.toBe(cancelled);
  expect(asks()).toHaveLength(1);
});

test('predictions at the same time keep their answers and their tokens apart', async () => {
  const predictor = await against((response, { body }) => {
    const number = Number(/finding-(\d)/.exec(JSON.stringify(body))?.[1]);
    const steps = [{ text: `step ${number}` }];
    setTimeout(
      () => reply(response, completion({ ...good, steps }, {}, { prompt: number, completion: 1 })),
      30 - number * 5,
    );
  });
  const numbers = [1, 2, 3, 4];
  const predictions = await Promise.all(
    numbers.map((number) =>
      predictor.predict(nameCause, { findings: [`finding-${number}`], logLines: 'x' }, context()),
    ),
  );
  expect(predictions.map((one) => one.ok && one.value.steps[0]?.text)).toEqual(
    numbers.map((number) => `step ${number}`),
  );
  expect(predictions.map(({ call }) => call?.inputTokens)).toEqual(numbers);
});

test('the request digest covers the model, the instruction, the demos, the limit and the input', async () => {
  const env = { OPENAI_BASE_URL: 'http://127.0.0.1:9/v1', OPENAI_MODEL: 'test-1' };
  const predictor = await createPredictor(env);
  const other = await createPredictor({ ...env, OPENAI_MODEL: 'test-2' });
  const demos = [{ input, output: good }];
  const digests = [
    predictor.requestDigest(nameCause, input),
    other.requestDigest(nameCause, input),
    predictor.requestDigest({ ...nameCause, instruction: 'Guess.' }, input),
    predictor.requestDigest({ ...nameCause, demos }, input),
    predictor.requestDigest({ ...nameCause, maxTokens: 10 }, input),
    predictor.requestDigest(nameCause, { ...input, logLines: '' }),
  ];
  expect(new Set(digests).size).toBe(digests.length);
  expect(predictor.requestDigest({ ...nameCause }, { ...input })).toBe(digests[0]);
});

test('a demo that does not fit its schema, or has a field that ax would drop, is a reason instead of a silent loss', async () => {
  const predictor = await against((response) => reply(response, completion(good)));
  const wrongClass = [{ input, output: { ...good, causeKind: 'gremlins' as 'image-pull' } }];
  expect(await reasonOf(predictor, { ...nameCause, demos: wrongClass })).toMatch(
    /demo 1 .* does not fit its output: causeKind/,
  );
  const unknown = [{ input: { ...input, extra: 1 }, output: good }];
  expect(await reasonOf(predictor, { ...nameCause, demos: unknown })).toMatch(/has "extra", which ax does not know/);
  expect(await reasonOf(predictor, { ...nameCause, instruction: ' ' })).toMatch(/has an empty instruction/);
  expect(asks()).toHaveLength(0);
});

test('an input that does not fit the signature is not sent', async () => {
  const predictor = await against((response) => reply(response, completion(good)));
  const prediction = await predictor.predict(nameCause, { findings: 'x' } as unknown as typeof input, context());
  expect(prediction).toMatchObject({ ok: false, reason: 'the input does not fit signature name-cause' });
  expect(asks()).toHaveLength(0);
});
