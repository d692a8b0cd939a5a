import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedRedis } from '../../src/redis/embedded.ts';
import { cli, ROOT, startCli } from '../helpers/cli.ts';
import { testRedis } from '../helpers/redis.ts';

const EVIDENCE = `Name:         api-7d4b9c
Namespace:    shop
Containers:
  api:
    Image:          registry.example/shop/api:1.4.2
    State:          Waiting
      Reason:       ImagePullBackOff
Events:
  Type     Reason   Age   From     Message
  Warning  Failed   10s   kubelet  Failed to pull image "registry.example/shop/api:1.4.2": manifest unknown
`;

let folder: string;
const started: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsline-up-'));
});
afterEach(async () => {
  for (const child of started.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

function up(env: Record<string, string> = {}): Promise<{ child: ChildProcess; url: string }> {
  return served(['up', '--port', '0', '--data', join(folder, 'data'), '--model', 'none'], env);
}

async function served(args: readonly string[], env: Record<string, string>) {
  const child = startCli(args, { env: { OPSLINE_LOG_LEVEL: 'silent', ...env } });
  started.push(child);
  child.stderr?.resume();
  const [url] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
  return { child, url: url as string };
}

async function ends(child: ChildProcess): Promise<{ code: number | null; ms: number }> {
  const from = performance.now();
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  return { code, ms: performance.now() - from };
}

describe('opsline up', () => {
  it('serves explain, runs and replay over HTTP, and shuts down when asked', async () => {
    const { child, url } = await up();
    expect((await fetch(`${url}/readyz`)).status).toBe(200);

    const args = ['explain', '-', '-o', 'json'];
    const there = await cli([...args, '--server', url], { input: EVIDENCE });
    const here = await cli(args, { input: EVIDENCE });
    expect(there.code).toBe(1);
    expect(JSON.parse(there.stdout)).toEqual(JSON.parse(here.stdout));

    const listed = await cli(['runs', 'ls', '-o', 'json', '--server', url]);
    const [run] = JSON.parse(listed.stdout).runs;
    expect(run).toMatchObject({ pipeline: 'deploy-explanation', status: 'succeeded', mode: 'rules' });

    const page = await cli(['explain', '-', '-o', 'html'], { input: EVIDENCE });
    expect(page).toMatchObject({ code: 1, stdout: expect.stringMatching(/^<!doctype html>\n/) });
    expect(await (await fetch(`${url}/runs/${run.id}`)).text()).toBe(page.stdout);

    const record = join(folder, 'record.json');
    const shown = await cli(['runs', 'show', run.id, '--record', '--server', url]);
    await writeFile(record, shown.stdout);
    expect(await cli(['runs', 'replay', record])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^same: /) });
    const changed = JSON.parse(await readFile(record, 'utf8'));
    changed.outputDigest = '0'.repeat(64);
    await writeFile(record, JSON.stringify(changed));
    expect(await cli(['runs', 'replay', record])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^different: /),
    });

    expect(await ends(child)).toMatchObject({ code: 0 });
  }, 60_000);

  it('keeps boards: made, fed once however often a batch is sent, and read', async () => {
    const { child, url } = await up();
    const board = (...args: string[]) => cli(['board', ...args, '--server', url]);
    const sample = join(ROOT, 'examples', 'samples', 'leaderboard-stats', 'weekend-race', 'events.ndjson');
    const definition = ['--operator', 'best', '--direction', 'lower', '--decimals', '2'];
    expect((await board('create', 'race', ...definition)).code).toBe(0);
    const sent = await board('ingest', 'race', sample, '--key', 'one', '-o', 'json');
    expect(JSON.parse(sent.stdout)).toMatchObject({ events: 2000, duplicate: false });
    const again = await board('ingest', 'race', sample, '--key', 'one', '-o', 'json');
    expect(JSON.parse(again.stdout)).toMatchObject({ duplicate: true });
    const top = JSON.parse((await board('top', 'race', '--limit', '3', '-o', 'json')).stdout);
    expect(top.entries.map(({ rank }: { rank: number }) => rank)).toEqual([1, 2, 3]);
    const around = await board('around', 'race', '--player', top.entries[1].player, '--span', '1', '-o', 'json');
    expect(JSON.parse(around.stdout).entries).toEqual(top.entries);
    const stats = await board('stats', 'race', '-o', 'json');
    expect(JSON.parse(stats.stdout)).toMatchObject({ events: 2000, entries: { count: top.count } });
    expect((await board('ls')).stdout).toContain('race');
    await ends(child);
  }, 60_000);

  it('lets people correct, remove and forget entries, and look back and at all of a board', async () => {
    const { child, url } = await up();
    const board = (...args: string[]) => cli(['board', ...args, '--server', url]);
    await board('create', 'laps', '--operator', 'sum', '--decimals', '1');
    const time = new Date(Date.now() - 60_000).toISOString();
    const events = ['ada', 'bob', 'eve'].map((player, i) => JSON.stringify({ player, score: i + 1.5, time }));
    await cli(['board', 'ingest', 'laps', '-', '--server', url], { input: events.join('\n') });

    const change = ['laps', '--window', 'all', '--reason', 'a sensor failed'];
    const corrected = await board('correct', ...change, '--player', 'ada', '--score', '9.5', '-o', 'json');
    expect(JSON.parse(corrected.stdout)).toMatchObject({ player: 'ada', score: 9.5, rank: 1 });
    const wrong = await board('correct', ...change, '--player', 'ada', '--score', '9.55');
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('decimal') });
    expect(await board('remove', ...change, '--player', 'bob')).toMatchObject({ code: 0 });
    const forgotten = await board('forget', 'laps', '--player', 'eve', '--reason', 'asked for', '-o', 'json');
    expect(JSON.parse(forgotten.stdout)).toEqual({ open: 2, closed: 0 });

    const audit = await board('audit', 'laps');
    expect(
      audit.stdout
        .trimEnd()
        .split('\n')
        .map((row) => row.split(/ {2,}/).slice(1)),
    ).toMatchObject([
      ['WHO', 'ACTION', 'WINDOW', 'PLAYER', 'FROM', 'TO', 'AND', 'REASON'],
      ['local', 'forget', '(deleted)', 'asked for'],
      ['local', 'remove', 'all', 'bob', '2.5', expect.stringMatching(/^time \S+Z → none$/), 'a sensor failed'],
      ['local', 'correct', 'all', 'ada', '1.5', '9.5', 'a sensor failed'],
    ]);
    const exported = await board('export', 'laps', '--window', 'all');
    expect(
      exported.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { board: 'laps', window: 'all' },
      { rank: 1, player: 'ada', score: 9.5 },
      { entries: 1, consistent: true },
    ]);
    expect(await board('export', 'laps', '--window', 'hour')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('window-not-found'),
    });
    expect(await board('snapshots', 'laps')).toMatchObject({ code: 0, stderr: 'laps has no closed windows.\n' });
    await ends(child);
  }, 60_000);

  it('shuts down within ten seconds when Redis is gone', async () => {
    const redis = await startEmbeddedRedis(join(folder, 'redis'));
    const { child } = await up({ REDIS_URL: redis.url });
    await redis.kill();
    const { code, ms } = await ends(child);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(10_500);
  }, 60_000);

  it('answers those who wait before it shuts down', async () => {
    const { url: redis, prefix } = testRedis();
    // An API alone: nobody takes the run or applies the batch.
    const { child, url } = await served(['api', '--port', '0'], { REDIS_URL: redis, OPSLINE_PREFIX: prefix });
    const send = (method: string, path: string, body: unknown, headers = {}) =>
      fetch(url + path, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
    await send('PUT', '/v1/boards/race', { operator: 'sum' });
    const events = [{ player: 'ada', score: 1, time: new Date().toISOString() }];
    const evidence = [{ name: 'pod', text: EVIDENCE }];
    const waiting = [
      send('POST', '/v1/boards/race/events', events, { prefer: 'wait=60', 'idempotency-key': 'one' }),
      send('POST', '/v1/pipelines/deploy-explanation/runs', { evidence }, { prefer: 'wait=60' }),
    ];
    await expect.poll(async () => (await fetch(`${url}/v1/boards/race/batches/one`)).status).toBe(200);
    await expect
      .poll(async () => (await fetch(`${url}/v1/runs`)).json())
      .toMatchObject({ runs: [{ status: 'queued' }] });
    const { code, ms } = await ends(child);
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([202, 202]);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(8000);
  }, 60_000);

  it('asks for a token once there is one', async () => {
    const { child, url } = await up();
    const env = { OPSLINE_DATA: join(folder, 'data') };
    const made = await cli(['token', 'create', 'test', '--scope', 'runs:read'], { env });
    expect(made.stdout).toMatch(/^opsline_\S+\n$/);
    const [without, withToken] = await Promise.all([
      cli(['runs', 'ls', '--server', url]),
      cli(['runs', 'ls', '--server', url], { env: { OPSLINE_TOKEN: made.stdout.trim() } }),
    ]);
    expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining('token') });
    expect(withToken.code).toBe(0);
    expect((await cli(['token', 'ls'], { env })).stdout).toContain('runs:read');
    await ends(child);
  }, 60_000);

  it('names the port that is taken', async () => {
    const { child, url } = await up();
    const second = await cli(['up', '--port', new URL(url).port, '--data', join(folder, 'data'), '--model', 'none']);
    expect(second).toMatchObject({ code: 2, stderr: expect.stringContaining('is taken') });
    await ends(child);
  }, 60_000);
});
