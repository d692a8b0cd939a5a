import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../src/redis/connect.ts';
import { startEmbeddedRedis } from '../../src/redis/embedded.ts';
import { redisOptions } from '../../src/redis/url.ts';
import { cli } from '../helpers/cli.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsline-doctor-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const finding = (stdout: string, wanted: string): { state: string; detail: string; mend?: string } =>
  JSON.parse(stdout).find(({ name }: { name: string }) => name === wanted);

describe('opsline doctor', () => {
  it('names what is missing and the one command that mends it', async () => {
    const env = { PATH: join(folder, 'empty'), XDG_CACHE_HOME: join(folder, 'cache') };
    const said = await cli(['doctor', '-o', 'json'], { env });
    expect(said.code).toBe(1);
    expect(finding(said.stdout, 'redis')).toMatchObject({ state: 'missing', mend: 'apt-get install redis-server' });
    expect(finding(said.stdout, 'gator')).toMatchObject({ state: 'missing', mend: 'opsline doctor --build gator' });
    expect(finding(said.stdout, 'opa')).toMatchObject({ state: 'optional' });
    expect(finding(said.stdout, 'model')).toMatchObject({ state: 'optional' });
  });

  it('looks at the eviction policy of a real Redis, and asks a named model', async () => {
    const redis = await startEmbeddedRedis(join(folder, 'redis'));
    const connection = connect(redisOptions(redis.url));
    const ask = (): ReturnType<typeof cli> =>
      cli(['doctor', '-o', 'json', '--model', 'openai-compatible:x'], {
        env: { REDIS_URL: redis.url, OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' },
      });
    try {
      const good = await ask();
      expect(finding(good.stdout, 'redis')).toMatchObject({
        state: 'ok',
        detail: expect.stringContaining('noeviction'),
      });
      expect(finding(good.stdout, 'model')).toMatchObject({ state: 'missing' });
      expect(good.code).toBe(1);
      await connection.config('SET', 'maxmemory-policy', 'allkeys-lru');
      const bad = finding((await ask()).stdout, 'redis');
      expect(bad).toMatchObject({ state: 'missing', mend: expect.stringContaining('noeviction') });
    } finally {
      connection.disconnect();
      await redis.stop();
    }
  }, 60_000);

  it('builds only what it knows', async () => {
    const said = await cli(['doctor', '--build', 'rm']);
    expect(said).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('opa, gator, kyverno') });
  });
});
