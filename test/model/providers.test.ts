import { expect, test } from 'vitest';
import { createPredictor } from '../../src/model/create.ts';
import { resolvedName, resolveModel } from '../../src/model/providers.ts';

const key = 'sk-canary';
const local = 'http://127.0.0.1:9/v1';

test.each([
  ['nothing set: the embedded model', {}, 'embedded:qwen2.5-coder-0.5b-instruct'],
  ['none wins over a key', { OPSLINE_MODEL: 'none', OPENAI_API_KEY: key }, 'none'],
  [
    'embedded wins over a key',
    { OPSLINE_MODEL: 'embedded', OPENAI_API_KEY: key },
    'embedded:qwen2.5-coder-0.5b-instruct',
  ],
  [
    'the larger embedded model',
    { OPSLINE_MODEL: 'embedded:qwen2.5-coder-1.5b-instruct' },
    'embedded:qwen2.5-coder-1.5b-instruct',
  ],
  ['OpenAI by its key', { OPENAI_API_KEY: key, OPENAI_MODEL: 'gpt-x' }, 'openai:gpt-x'],
  ['OpenAI before Anthropic', { OPENAI_API_KEY: key, OPENAI_MODEL: 'm', ANTHROPIC_API_KEY: key }, 'openai:m'],
  ['another address is another provider', { OPENAI_BASE_URL: local, OPENAI_MODEL: 'm' }, 'openai-compatible:m'],
  ['Anthropic by its key', { ANTHROPIC_API_KEY: key, ANTHROPIC_MODEL: 'c' }, 'anthropic:c'],
  ['Gemini by either key', { GOOGLE_API_KEY: key, GEMINI_MODEL: 'g' }, 'gemini:g'],
  ['Ollama with a model', { OLLAMA_HOST: '0.0.0.0', OLLAMA_MODEL: 'llama' }, 'ollama:llama'],
  ["a server's OLLAMA_HOST alone asks for nothing", { OLLAMA_HOST: '0.0.0.0' }, 'embedded:qwen2.5-coder-0.5b-instruct'],
  [
    'a named provider wins over keys of others',
    { OPSLINE_MODEL: 'anthropic:c', ANTHROPIC_API_KEY: key, OPENAI_API_KEY: key },
    'anthropic:c',
  ],
  ['a model name may hold colons', { OPSLINE_MODEL: 'ollama:qwen2.5:7b' }, 'ollama:qwen2.5:7b'],
  ['google is gemini', { OPSLINE_MODEL: 'google:g', GEMINI_API_KEY: key }, 'gemini:g'],
  [
    'an empty variable counts as absent',
    { OPENAI_API_KEY: ' ', OPSLINE_MODEL: '' },
    'embedded:qwen2.5-coder-0.5b-instruct',
  ],
])('%s', (_, env, expected) => {
  expect(resolvedName(resolveModel(env))).toBe(expected);
});

test('providers whose models ax knows have one without being told', () => {
  expect(resolvedName(resolveModel({ OPENAI_API_KEY: key }))).toMatch(/^openai:.+/);
  expect(resolvedName(resolveModel({ ANTHROPIC_API_KEY: key }))).toMatch(/^anthropic:.+/);
});

test.each([
  [{ OPSLINE_MODEL: 'openai:gpt-x' }, 'openai needs a key: set OPENAI_API_KEY'],
  [{ OPSLINE_MODEL: 'openai:' }, 'openai needs a key: set OPENAI_API_KEY'],
  [{ OPSLINE_MODEL: 'openai-compatible:m' }, 'openai-compatible needs an address: set OPENAI_BASE_URL'],
  [{ OPSLINE_MODEL: 'ollama:m', OLLAMA_HOST: '[' }, 'ollama needs an address: OLLAMA_HOST holds none'],
  [{ OPSLINE_MODEL: 'openai:m', OPENAI_API_KEY: key, OPENAI_BASE_URL: 'ftp://x' }, 'OPENAI_BASE_URL holds none'],
  [{ OPSLINE_MODEL: 'embedded:huge' }, 'no embedded model "huge"; there are embedded:qwen2.5-coder-0.5b-instruct'],
  [{ OPSLINE_MODEL: 'skynet:1' }, 'names no known provider; known are none, embedded, openai:<model>'],
  [{ OPSLINE_MODEL: 'openai-compatible', OPENAI_BASE_URL: local, OPENAI_API_KEY: key }, 'set OPENAI_MODEL'],
])('a model that was named and cannot be meant is wrong usage, with what is allowed: %o', async (env, reason) => {
  const failure = await createPredictor(env).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'invalid-input', message: expect.stringContaining(reason) });
  const { OPSLINE_MODEL, ...rest } = env;
  await expect(createPredictor(rest, { model: OPSLINE_MODEL })).rejects.toMatchObject({ code: 'invalid-input' });
});

test('what was not named and lacks something says what to do, and rules answer', async () => {
  const predictor = await createPredictor({ OPENAI_BASE_URL: local, OPENAI_API_KEY: key });
  const prediction = await predictor.predict({} as never, {}, {} as never);
  const reason = 'openai-compatible needs a model: set OPENAI_MODEL or OPSLINE_MODEL';
  expect(predictor.model).toBe('none');
  expect(prediction).toEqual({ ok: false, reason });
});

test('a key that was pasted for a model is not repeated', async () => {
  const pasted = 'sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD';
  const failure = (await createPredictor({ OPSLINE_MODEL: pasted }).catch((error: unknown) => error)) as Error;
  expect(failure.message).toContain('names no known provider');
  expect(failure.message).not.toContain('abcdefghijkl');
});

test.each([
  ['localhost', 'http://localhost:11434/v1'],
  ['0.0.0.0:1234', 'http://127.0.0.1:1234/v1'],
  ['https://ollama.example.com', 'https://ollama.example.com/v1'],
  ['http://gpu:8080/', 'http://gpu:8080/v1'],
])('OLLAMA_HOST %s is %s', (host, url) => {
  const resolved = resolveModel({ OLLAMA_HOST: host, OLLAMA_MODEL: 'm' });
  expect(resolved).toMatchObject({ kind: 'target', target: { baseUrl: url } });
});

test("OpenAI's newest wire rules are for OpenAI's own address", () => {
  const own = resolveModel({ OPSLINE_MODEL: 'openai:m', OPENAI_API_KEY: key });
  expect(own).toMatchObject({ target: { profile: 'openai', structured: 'native' } });
  const proxy = resolveModel({ OPSLINE_MODEL: 'openai:m', OPENAI_API_KEY: key, OPENAI_BASE_URL: local });
  expect(proxy).toMatchObject({
    target: { provider: 'openai', profile: 'openai-compatible', structured: 'json_object' },
  });
});

test('the mode of structured output and the time limit can be set', () => {
  const env = {
    OPSLINE_STRUCTURED_OUTPUT: 'native',
    OPSLINE_MODEL_TIMEOUT: '5',
    OPENAI_BASE_URL: local,
    OPENAI_MODEL: 'm',
  };
  expect(resolveModel(env)).toMatchObject({ target: { structured: 'native', timeoutMs: 5000 } });
});
