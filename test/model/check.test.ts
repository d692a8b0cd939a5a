import { afterEach, expect, test } from 'vitest';
import { checkProvider, listProviderModels } from '../../src/model/check.ts';
import { completion, type Provider, reply, startProvider } from './helpers/provider.ts';

const KEY = 'sk-canary-0123456789abcdefghij';
let provider: Provider | undefined;
afterEach(() => provider?.close());

const env = () => ({ OPENAI_BASE_URL: provider?.url, OPENAI_API_KEY: KEY, OPENAI_MODEL: 'test-1' });

test('a provider that answers a real call is well', async () => {
  provider = await startProvider((response) => reply(response, completion('ready')));
  const check = await checkProvider(env());
  expect(check).toMatchObject({ model: 'openai-compatible:test-1', ok: true });
  expect(check.detail).toMatch(/^answered in \d+\.\d s$/);
  expect(provider.asked[0]).toMatchObject({ path: '/v1/chat/completions', body: { model: 'test-1' } });
  expect(provider.asked[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
});

test.each([
  [401, /refuses the key \(HTTP 401\)/],
  [404, /has no model of this name/],
  [400, /rejected the request/],
])('HTTP %i is a reason without the key', async (status, expected) => {
  provider = await startProvider((response) => reply(response, { error: { message: `bad key ${KEY}` } }, status));
  const check = await checkProvider(env());
  expect(check.ok).toBe(false);
  expect(check.detail).toMatch(expected);
  expect(check.detail).not.toContain('canary');
});

test('a provider that is not there cannot be reached', async () => {
  provider = await startProvider(() => {});
  await provider.close();
  expect(await checkProvider(env())).toMatchObject({ ok: false, detail: 'openai-compatible cannot be reached' });
});

test('without a provider nothing is called', async () => {
  expect(await checkProvider({ OPSLINE_MODEL: 'none' })).toMatchObject({ model: 'none', ok: false });
  expect(await checkProvider({ OPSLINE_MODEL: 'embedded' })).toMatchObject({ ok: true });
  expect(await checkProvider({ OPSLINE_MODEL: 'openai:m' })).toMatchObject({
    ok: false,
    detail: 'openai needs a key: set OPENAI_API_KEY',
  });
});

test('the models of a provider are listed by its own names', async () => {
  const data = ['b', 'a'].map((id) => ({ id, object: 'model', created: 1, owned_by: 'x' }));
  provider = await startProvider((response) => reply(response, { object: 'list', data }));
  expect(await listProviderModels(env())).toEqual(['a', 'b']);
  await provider.close();
  await expect(listProviderModels(env())).rejects.toThrow('openai-compatible cannot be reached');
});
