import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isNetworkIsolated } from '../../src/policy/execute.ts';
import { connect } from '../../src/redis/connect.ts';
import { startEmbeddedRedis } from '../../src/redis/embedded.ts';
import { redisOptions } from '../../src/redis/url.ts';
import { cli } from '../helpers/cli.ts';
import { BUILD_TIMEOUT_MS, program } from '../helpers/programs.ts';
import { completion, reply, startProvider } from '../model/helpers/provider.ts';

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

  it('asks a provider what is wrong: reachable, key, model; with the command that mends it and without the key', async () => {
    const key = 'sk-canary-0123456789abcdefghij';
    let good = false;
    const provider = await startProvider((response, { path, headers }) => {
      if (headers.authorization !== `Bearer ${key}`) return reply(response, { error: { message: key } }, 401);
      if (path.endsWith('/models')) return reply(response, { object: 'list', data: [{ id: 'test-1' }] });
      return good ? reply(response, completion({ spokenWord: 'ready' })) : reply(response, {}, 404);
    });
    const ask = async (model: string, own: string) => {
      const env = { OPENAI_BASE_URL: provider.url, OPENAI_API_KEY: own, OPSLINE_MODEL: `openai-compatible:${model}` };
      const said = await cli(['doctor', '-o', 'json'], { env });
      expect(said.stdout + said.stderr).not.toContain('canary');
      return { provider: finding(said.stdout, 'provider'), model: finding(said.stdout, 'model') };
    };
    try {
      const refused = await ask('test-1', 'wrong');
      expect(refused.provider).toMatchObject({ state: 'missing', mend: 'export OPENAI_API_KEY=…' });
      expect(refused.model).toMatchObject({ state: 'missing', mend: 'export OPENAI_API_KEY=…' });
      const other = await ask('test-2', key);
      expect(other.provider).toMatchObject({
        state: 'missing',
        detail: expect.stringContaining('takes the key and has one model, but not the chosen one (there is test-1)'),
        mend: 'export OPSLINE_MODEL=openai-compatible:test-1',
      });
      good = true;
      expect((await ask('test-1', key)).provider).toMatchObject({ state: 'ok' });
      const unlisted = await ask('alias', key);
      expect(unlisted.provider).toMatchObject({ state: 'optional' });
      expect(unlisted.model).toMatchObject({ state: 'ok', detail: expect.stringContaining('answered in') });
      const listed = await cli(['model', 'ls', '-o', 'json'], {
        env: { OPENAI_BASE_URL: provider.url, OPENAI_API_KEY: key, OPSLINE_MODEL: '' },
      });
      expect(JSON.parse(listed.stdout)).toContainEqual({ name: 'test-1', provider: 'openai-compatible' });
    } finally {
      await provider.close();
    }
    const gone = { OPENAI_BASE_URL: provider.url, OPENAI_API_KEY: key, OPSLINE_MODEL: '' };
    const listed = await cli(['model', 'ls'], { env: gone });
    expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining('qwen2.5-coder-0.5b-instruct') });
    expect(listed.stderr).toMatch(/cannot be reached \(ECONNREFUSED\); mend it with: export OPENAI_BASE_URL=…/);
  }, 60_000);

  it('says what a named model lacks, and refuses a name that is none', async () => {
    const [limit, listed, keyless, bogus] = await Promise.all([
      cli(['doctor', '-o', 'json', '--model', 'embedded'], { env: { OPSLINE_TOKENS_PER_DAY: 'many' } }),
      cli(['model', 'ls'], { env: { OPSLINE_MODEL: 'openai:' } }),
      cli(['doctor', '-o', 'json', '--model', 'openai:']),
      cli(['doctor', '-o', 'json', '--model', 'bogus']),
    ]);
    expect(finding(limit.stdout, 'model')).toMatchObject({ state: 'missing', mend: 'unset OPSLINE_TOKENS_PER_DAY' });
    expect(listed).toMatchObject({ code: 0, stderr: expect.stringContaining('mend it with: export OPENAI_API_KEY=…') });
    expect(finding(keyless.stdout, 'model')).toMatchObject({ state: 'missing', mend: 'export OPENAI_API_KEY=…' });
    expect(bogus).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('known are none, embedded') });
  });

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
