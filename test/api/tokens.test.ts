import { afterAll, describe, expect, test } from 'vitest';
import { createMemoryTokens, createRedisTokens, HOLDS_MS, type TokenStore } from '../../src/api/tokens.ts';
import { sha256 } from '../../src/digest.ts';
import { connect } from '../../src/redis/connect.ts';
import { redisOptions } from '../../src/redis/url.ts';
import { testRedis } from '../helpers/redis.ts';

const { url, prefix } = testRedis();
const redis = connect(redisOptions(url));
afterAll(() => redis.disconnect());

const stores: [string, () => TokenStore][] = [
  ['memory', createMemoryTokens],
  ['Redis', () => createRedisTokens(redis, `${prefix}${Math.random().toString(36).slice(2)}`)],
];

describe.each(stores)('tokens in %s', (_name, createStore) => {
  test('a new token verifies, and its description names scopes without the secret', async () => {
    const store = createStore();
    const { token, info } = await store.create({ name: 'ci', scopes: ['runs:write', 'runs:write', 'runs:read'] });
    expect(token).toMatch(/^opsline_[0-9a-f]{16}_[0-9a-f]{64}$/);
    expect(info).toEqual({
      id: token.split('_')[1],
      name: 'ci',
      scopes: ['runs:write', 'runs:read'],
      createdAt: expect.any(String),
    });
    expect(await store.verify(token)).toEqual(info);
    expect(await store.list()).toEqual([info]);
  });

  test('another secret, another id, a cut one and rubbish do not verify', async () => {
    const store = createStore();
    const { token } = await store.create({ name: 'ci', scopes: ['admin'] });
    const [, id = '', secret = ''] = token.split('_');
    const flipped = (secret.startsWith('0') ? '1' : '0') + secret.slice(1);
    for (const wrong of [
      `opsline_${id}_${flipped}`,
      `opsline_${'0'.repeat(16)}_${secret}`,
      token.slice(0, -1),
      `${token}0`,
      token.toUpperCase(),
      secret,
      '',
      'opsline__',
    ]) {
      expect(await store.verify(wrong), wrong).toBeUndefined();
    }
  });

  test('an expired token does not verify and is still listed', async () => {
    const store = createStore();
    const past = new Date(Date.now() - 1).toISOString();
    const { token } = await store.create({ name: 'old', scopes: ['runs:read'], expiresAt: past });
    const future = new Date(Date.now() + 60_000).toISOString();
    const { token: fresh } = await store.create({ name: 'new', scopes: ['runs:read'], expiresAt: future });
    expect(await store.verify(token)).toBeUndefined();
    expect(await store.verify(fresh)).toMatchObject({ name: 'new', expiresAt: future });
    expect((await store.list()).map(({ name }) => name).sort()).toEqual(['new', 'old']);
  });

  test('a revoked token stops working; revoking twice says so', async () => {
    const store = createStore();
    expect(await store.any()).toBe(false);
    const { token, info } = await store.create({ name: 'ci', scopes: ['admin'] });
    expect(await store.any()).toBe(true);
    expect(await store.revoke(info.id)).toBe(true);
    expect(await store.revoke(info.id)).toBe(false);
    expect(await store.verify(token)).toBeUndefined();
    expect(await store.any()).toBe(false);
  });

  test('a token without a name or with a scope that does not exist is refused', async () => {
    const store = createStore();
    await expect(store.create({ name: '', scopes: ['admin'] })).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(store.create({ name: 'x', scopes: [] })).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(store.create({ name: 'x', scopes: ['root' as 'admin'] })).rejects.toMatchObject({
      code: 'invalid-input',
    });
    expect(await store.list()).toEqual([]);
  });
});

test('Redis holds the SHA-256 of a secret and never the secret', async () => {
  const own = `${prefix}hashes`;
  const { token, info } = await createRedisTokens(redis, own).create({ name: 'ci', scopes: ['admin'] });
  const secret = token.split('_')[2] ?? '';
  const kept = await redis.hget(`${own}:{tokens}`, info.id);
  expect(kept).toContain(sha256(secret));
  expect(kept).not.toContain(secret);
});

test('a Redis that is gone is said to be unavailable', async () => {
  const gone = connect({ ...redisOptions('redis://127.0.0.1:1'), enableOfflineQueue: false, lazyConnect: true });
  const store = createRedisTokens(gone);
  await expect(store.verify(`opsline_${'0'.repeat(16)}_${'0'.repeat(64)}`)).rejects.toMatchObject({
    code: 'redis-unavailable',
  });
  gone.disconnect();
});

test('another process learns of a revoked and of a new token within the time that it goes by', async () => {
  const own = `${prefix}two`;
  const [here, there] = [createRedisTokens(redis, own), createRedisTokens(redis, own)];
  expect(await there.any()).toBe(false);
  const { token, info } = await here.create({ name: 'ci', scopes: ['admin'] });
  await expect.poll(() => there.any(), { timeout: 10 * HOLDS_MS }).toBe(true);
  expect(await there.verify(token)).toEqual(info);
  await here.revoke(info.id);
  expect(await here.verify(token)).toBeUndefined();
  await expect.poll(() => there.verify(token), { timeout: 10 * HOLDS_MS }).toBeUndefined();
});
