import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/redis/connect.ts';
import { socketIn } from '../../src/redis/embedded.ts';
import { redisOptions } from '../../src/redis/url.ts';
import { cli, startCli } from '../helpers/cli.ts';
import { until } from '../helpers/until.ts';

let folder: string;
let data: string;
const started: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsline-private-'));
  data = join(folder, 'data');
});
afterEach(async () => {
  for (const child of started.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  const pid = await redisPid();
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** The process of the folder's Redis, undefined when there is none. */
async function redisPid(): Promise<number | undefined> {
  const redis = connect({ ...redisOptions(`unix://${socketIn(data)}`), retryStrategy: () => null });
  try {
    return Number(/^process_id:(\d+)/m.exec(await redis.info('server'))?.[1]);
  } catch {
    return undefined;
  } finally {
    redis.disconnect();
  }
}

async function up(): Promise<{ child: ChildProcess; url: string }> {
  const child = startCli(['up', '--port', '0', '--data', data], { env: { OPSLINE_LOG_LEVEL: 'silent' } });
  started.push(child);
  child.stderr?.resume();
  const [url] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
  return { child, url };
}

async function ends(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}

const isReady = async (url: string): Promise<number> => (await fetch(`${url}/readyz`)).status;

describe('the private Redis of a data folder', () => {
  it('is started again, once, by the servers that use it when it is killed', async () => {
    const [one, two] = await Promise.all([up(), up()]);
    const before = (await redisPid()) as number;
    process.kill(before, 'SIGKILL');
    await until(
      async () => (await isReady(one.url)) === 200 && (await isReady(two.url)) === 200 && (await redisPid()) !== before,
      {
        what: 'both servers are ready',
      },
    );
    const after = await redisPid();
    await ends(one.child, 'SIGTERM');
    expect(await redisPid()).toBe(after);
    expect(await isReady(two.url)).toBe(200);
    await ends(two.child, 'SIGTERM');
    expect(await redisPid()).toBeUndefined();
  });

  it('is one for servers that start at once, serves on when its starter ends, and ends with the last', async () => {
    const servers = await Promise.all([up(), up(), up()]);
    const pid = await redisPid();
    expect(pid).toBeDefined();
    for (const [index, { child }] of servers.entries()) {
      for (const { url } of servers.slice(index)) expect(await isReady(url)).toBe(200);
      expect(await redisPid()).toBe(pid);
      await ends(child, 'SIGTERM');
    }
    expect(await redisPid()).toBeUndefined();
  }, 60_000);

  it('ends with one of two servers that are told to end at once', async () => {
    const [one, two] = await Promise.all([up(), up()]);
    await Promise.all([ends(one.child, 'SIGTERM'), ends(two.child, 'SIGTERM')]);
    expect(await redisPid()).toBeUndefined();
  }, 60_000);

  it('that a killed server left is used by the next, and ends with it', async () => {
    const first = await up();
    const pid = await redisPid();
    await ends(first.child, 'SIGKILL');
    const second = await up();
    expect(await redisPid()).toBe(pid);
    await ends(second.child, 'SIGTERM');
    expect(await redisPid()).toBeUndefined();
  }, 60_000);

  it('ends with the other server when its starter was killed', async () => {
    const first = await up();
    const second = await up();
    await ends(first.child, 'SIGKILL');
    expect(await isReady(second.url)).toBe(200);
    await ends(second.child, 'SIGTERM');
    expect(await redisPid()).toBeUndefined();
  }, 60_000);

  it('is left running by a command that finds a server, and stopped by one that does not', async () => {
    const env = { OPSLINE_DATA: data };
    const { child, url } = await up();
    const pid = await redisPid();
    expect((await cli(['token', 'ls'], { env })).stderr).not.toContain('which no opsline uses now');
    expect(await redisPid()).toBe(pid);
    expect(await isReady(url)).toBe(200);
    await ends(child, 'SIGTERM');
    expect((await cli(['token', 'ls'], { env })).stderr).toContain('which no opsline uses now');
    expect(await redisPid()).toBeUndefined();
  }, 60_000);
});
