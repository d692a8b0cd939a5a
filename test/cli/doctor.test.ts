import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isNetworkIsolated } from '../../src/policy/execute.ts';
import { connect, redisOptions } from '../../src/redis/connect.ts';
import { startEmbeddedRedis } from '../../src/redis/embedded.ts';
import { cli } from '../helpers/cli.ts';
import { BUILD_TIMEOUT_MS, program } from '../helpers/programs.ts';

let folder: string;
beforeAll(async () => {
  await program('gator');
  folder = await mkdtemp(join(tmpdir(), 'opsline-doctor-'));
}, BUILD_TIMEOUT_MS);
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

  it('says whether policy engines run without network, and a fix says it too', async () => {
    const policies = 'examples/samples/policy-fix/gatekeeper';
    const doctor = ['doctor', '-o', 'json'];
    const fix = ['fix', `${policies}/manifests`, '--policies', `${policies}/policies`];
    const here = await isNetworkIsolated();
    expect(finding((await cli(doctor)).stdout, 'isolation').state).toBe(here ? 'ok' : 'optional');
    const json = await cli([...fix, '-o', 'json']);
    expect(JSON.parse(json.stdout).verified).toMatchObject({ isolated: here });
    const text = await cli(fix);
    expect(text.stdout.includes('had the network of this machine')).toBe(!here);
    if (!here) return;
    // The same where the system permits no new network namespace.
    const forbid = 'echo 0 > /proc/sys/user/max_net_namespaces && exec "$@"';
    const forbidden = (args: string[]) => cli(args, { under: ['unshare', '-r', 'sh', '-c', forbid, 'sh'] });
    expect(finding((await forbidden(doctor)).stdout, 'isolation')).toMatchObject({
      state: 'optional',
      detail: expect.stringContaining('can reach the network'),
    });
    expect(JSON.parse((await forbidden([...fix, '-o', 'json'])).stdout).verified).toMatchObject({ isolated: false });
    expect((await forbidden(fix)).stdout).toContain('had the network of this machine');
  }, 120_000);

  it('builds only what it knows', async () => {
    const said = await cli(['doctor', '--build', 'rm']);
    expect(said).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('opa, gator, kyverno') });
  });
});
