import { afterEach, expect, test } from 'vitest';
import { checkProvider, listProviderModels } from '../../src/model/check.ts';
import { type Endpoint, listAddress, resolveEndpoint } from '../../src/model/providers.ts';
import { type Provider, reply, startProvider } from './helpers/provider.ts';

const KEY = 'sk-canary-0123456789abcdefghij';
let provider: Provider | undefined;
afterEach(() => provider?.close());

const listOf = (...ids: string[]) => ({
  object: 'list',
  data: ids.map((id) => ({ id, object: 'model', created: 1, owned_by: 'x' })),
});

function endpoint(env: NodeJS.ProcessEnv = {}): Endpoint {
  const found = resolveEndpoint({ OPENAI_BASE_URL: provider?.url, OPENAI_API_KEY: KEY, ...env });
  if (found === undefined) throw new Error('no provider is configured');
  return found;
}

test('a provider that lists the model is well, and its key goes nowhere but into its header', async () => {
  provider = await startProvider((response) => reply(response, listOf('b', 'test-1')));
  const check = await checkProvider(endpoint(), 'test-1');
  const { host } = new URL(provider.url);
  expect(check).toEqual({
    ok: true,
    detail: `openai-compatible at ${host} answers, takes the key and has 2 models, test-1 among them`,
  });
  expect(provider.asked.map(({ path, headers }) => [path, headers.authorization])).toEqual([
    ['/v1/models', `Bearer ${KEY}`],
  ]);
});

test('without a key no header is sent', async () => {
  provider = await startProvider((response) => reply(response, listOf('a')));
  expect(await checkProvider(endpoint({ OPENAI_API_KEY: '' }), 'a')).toMatchObject({
    ok: true,
    detail: expect.stringContaining('asks for no key'),
  });
  expect(provider.asked[0]?.headers.authorization).toBeUndefined();
});

test.each([
  [401, {}, /refuses the key \(HTTP 401\)/, 'export OPENAI_API_KEY=…'],
  [403, { OPENAI_API_KEY: '' }, /asks for a key \(HTTP 403\)/, 'export OPENAI_API_KEY=…'],
  [404, {}, /does not list its models \(HTTP 404\)/, 'export OPENAI_BASE_URL=…'],
  [429, {}, /is rate limiting/, 'export OPSLINE_MODEL=embedded'],
  [500, {}, /failed \(HTTP 500\)/, 'export OPSLINE_MODEL=embedded'],
])('HTTP %i is a reason with its mend, and without the key', async (status, env, expected, mend) => {
  provider = await startProvider((response) =>
    reply(response, { error: { message: `bad key ${KEY}` } }, status, { 'retry-after-ms': '1' }),
  );
  const check = await checkProvider(endpoint(env), 'test-1');
  expect(check).toMatchObject({ ok: false, detail: expect.stringMatching(expected), mend });
  expect(check.detail).not.toContain('canary');
});

test('a page instead of a list says so', async () => {
  provider = await startProvider((response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<html>${KEY}</html>`);
  });
  expect(await checkProvider(endpoint(), 'test-1')).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/does not list its models \(something else than a list of models\)$/),
  });
});

test('a model that is not there: the nearest name, in a command that may be copied', async () => {
  provider = await startProvider((response) => reply(response, listOf('gpt-5-mini', 'gpt-5-nano', 'whisper')));
  expect(await checkProvider(endpoint(), 'gpt-5-mino')).toMatchObject({
    ok: false,
    detail: expect.stringContaining('but not the chosen one (there are gpt-5-mini, gpt-5-nano)'),
    mend: 'export OPSLINE_MODEL=openai-compatible:gpt-5-mini',
  });
  expect(await checkProvider(endpoint(), undefined)).toMatchObject({
    ok: false,
    detail: expect.stringContaining('none is chosen (there are gpt-5-mini,'),
    mend: 'export OPENAI_MODEL=gpt-5-mini',
  });
  expect(await checkProvider(endpoint(), 'llama')).toMatchObject({ mend: 'opsline model ls' });
});

test('names that would steer a terminal or a shell are not passed on as such', async () => {
  provider = await startProvider((response) => reply(response, listOf('a\u001b[2Jb', 'x y', '$(reboot)')));
  expect(await listProviderModels(endpoint())).toEqual(['$(reboot)']);
  expect(await checkProvider(endpoint(), '$(reboot)x')).toMatchObject({ mend: 'opsline model ls' });
});

test('a provider that is not there cannot be reached; an address says only its host', async () => {
  provider = await startProvider(() => {});
  await provider.close();
  const { host, port } = new URL(provider.url);
  expect(await checkProvider(endpoint(), 'test-1')).toEqual({
    ok: false,
    detail: `openai-compatible at ${host} cannot be reached (ECONNREFUSED)`,
    mend: 'export OPENAI_BASE_URL=…',
  });
  const secret = await checkProvider(
    endpoint({ OPENAI_BASE_URL: `http://127.0.0.1:${port}/canary/v1?key=canary` }),
    'm',
  );
  expect(JSON.stringify(secret)).not.toContain('canary');
  const ollama = resolveEndpoint({ OPSLINE_MODEL: 'ollama:m', OLLAMA_HOST: `127.0.0.1:${port}` });
  expect(await checkProvider(ollama as Endpoint, 'm')).toMatchObject({ mend: 'ollama serve' });
});

test('only who is set up and speaks the protocol is asked', () => {
  expect(resolveEndpoint({})).toBeUndefined();
  expect(resolveEndpoint({ OPSLINE_MODEL: 'none', OPENAI_API_KEY: KEY })).toBeUndefined();
  expect(resolveEndpoint({ OPSLINE_MODEL: 'openai:m' })).toBeUndefined();
  expect(resolveEndpoint({ OPENAI_BASE_URL: 'canary', OPENAI_API_KEY: KEY })).toBeUndefined();
  expect(listAddress(resolveEndpoint({ ANTHROPIC_API_KEY: KEY }) as Endpoint)).toBeUndefined();
  expect(listAddress(resolveEndpoint({ OPENAI_API_KEY: KEY }) as Endpoint)).toBe('https://api.openai.com/v1');
  expect(listAddress(resolveEndpoint({ OPSLINE_MODEL: 'ollama' }) as Endpoint)).toBe('http://127.0.0.1:11434/v1');
  expect(resolveEndpoint({ GOOGLE_API_KEY: KEY })?.variables).toEqual({ key: 'GOOGLE_API_KEY', model: 'GEMINI_MODEL' });
});
