import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Boards, createBoards } from '../../src/leaderboard/boards.ts';
import { cli, ROOT } from '../helpers/cli.ts';
import { buildGoService, endAll, goTests, type Running, startGoService, startOpsline } from '../helpers/go-service.ts';
import { losingProxy } from '../helpers/losing-proxy.ts';
import { testRedis } from '../helpers/redis.ts';

const where = testRedis();
const redis = { REDIS_URL: where.url, OPSLINE_PREFIX: where.prefix };
let folder: string;
let program: string;
let boards: Boards;
let opsline: Running;
let connection: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsline-go-'));
  program = await buildGoService(folder);
  boards = await createBoards(where);
  const scopes = ['boards:write', 'boards:read', 'runs:write'].flatMap((scope) => ['--scope', scope]);
  const { stdout: token } = await cli(['token', 'create', 'service', ...scopes], { env: redis });
  opsline = await startOpsline(redis);
  await writeFile(join(folder, 'token'), token);
  connection = { OPSLINE_URL: opsline.url, OPSLINE_TOKEN_FILE: join(folder, 'token') };
}, 300_000);
afterAll(async () => {
  await endAll();
  await boards?.close();
  await rm(folder, { recursive: true, force: true });
});

const board = (id: string, settings: object, env: Record<string, string> = {}) =>
  startGoService(program, { ...connection, BOARD: id, BOARD_DEFINITION: JSON.stringify(settings), ...env });

const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${url}/scores`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

interface Score {
  player: string;
  score: number;
  time: string;
}

/** What a caller sends: requests of 25 scores for 60 players, and the totals that they must come to. */
function load(requests: number, seed: number): { bodies: Score[][]; totals: Map<string, number> } {
  const totals = new Map<string, number>();
  let state = seed;
  const next = (below: number): number => {
    state = (state * 48_271) % 2_147_483_647; // Lehmer's generator: the same load each time
    return state % below;
  };
  const time = new Date(Date.now() - 60_000).toISOString();
  const bodies = Array.from({ length: requests }, () =>
    Array.from({ length: 25 }, () => {
      const event = { player: `player-${next(60)}`, score: next(1000) - 200, time };
      totals.set(event.player, (totals.get(event.player) ?? 0) + event.score);
      return event;
    }),
  );
  return { bodies, totals };
}

/** Sends until it is taken; a 503, or no answer where the key makes it safe, is tried again. */
async function insist(url: string, body: Score[], key?: string): Promise<void> {
  for (;;) {
    const headers = key === undefined ? undefined : { 'idempotency-key': key };
    const answer = await post(url, body, headers).catch((error) => {
      if (key === undefined) throw error;
      return undefined;
    });
    await answer?.arrayBuffer();
    if (answer?.status === (key === undefined ? 202 : 200)) return;
    if (answer !== undefined && answer.status !== 503) throw new Error(`answered ${answer.status}`);
    await sleep(50);
  }
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await sleep(20);
}

const totalsOf = async (id: string) =>
  new Map((await boards.top(id, 'all', { limit: 1000 })).entries.map(({ player, score }) => [player, score]));

async function expectTotals(id: string, events: number, totals: Map<string, number>): Promise<void> {
  await until(async () => (await boards.statistics(id, 'all', { top: 1 })).events >= events);
  expect((await boards.statistics(id, 'all', { top: 1 })).events).toBe(events);
  expect(await totalsOf(id)).toEqual(totals);
}

test('its own tests pass', async () => {
  expect(await goTests()).toMatch(/^ok .*\/opsline\s/m);
}, 300_000);

test('it takes scores, and gives standings, a place and a text about them', async () => {
  const sample = join(ROOT, 'examples', 'samples', 'leaderboard-stats', 'weekend-race', 'events.ndjson');
  const events: Score[] = (await readFile(sample, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const service = await board('weekend', { operator: 'best', direction: 'lower', decimals: 2 });
  await insist(service.url, events.slice(0, 1000));
  await insist(service.url, events.slice(1000), 'second-half');
  await until(async () => (await boards.statistics('weekend', 'all', { top: 1 })).events === 2000);
  const get = async (path: string) => {
    const answer = await fetch(`${service.url}/leaderboards/weekend${path}`);
    return { status: answer.status, body: JSON.parse(await answer.text()) };
  };
  const { status, body } = await get('?limit=3');
  expect(status).toBe(200);
  // Go writes whole seconds without a fraction.
  const { revision: _, next: __, ...page } = await boards.top('weekend', 'all', { limit: 3 });
  const there = JSON.stringify(page).replaceAll('.000Z', 'Z');
  expect(body).toEqual(JSON.parse(there));
  const second = body.entries[1].player;
  expect((await get(`/around/${encodeURIComponent(second)}?span=1`)).body.entries).toEqual(body.entries);
  expect(await get('/around/nobody')).toMatchObject({ status: 404, body: { code: 'player-not-found' } });
  expect(await get('?window=month')).toMatchObject({ status: 404, body: { code: 'window-not-found' } });
  const summary = { status: 0, body: {} as Record<string, unknown> };
  await until(async () => Object.assign(summary, await get('/summary')).status !== 202);
  expect(summary).toMatchObject({
    status: 200,
    body: { window: 'all', headline: 'Amara Haddad leads weekend with 48.00, 0.04 ahead of Paolo Costa' },
  });
  expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
  expect(await (await fetch(`${service.url}/metrics`)).text()).toMatch(/^leaderboard_events_sent_total 1000$/m);
  expect(await service.end()).toBe(0);
}, 60_000);

test('under load from many callers, with answers lost and opsline killed and started again, every score counts once', async () => {
  const settings = { operator: 'sum' };
  // A small buffer, so that callers are held back, and small batches, so that many are on their way when opsline dies.
  const env = { BUFFER_EVENTS: '1000', BATCH_EVENTS: '100', BATCH_INTERVAL: '20ms' };
  const proxy = await losingProxy(opsline.url);
  const services = [
    await board('load', settings, env),
    await board('load', settings, { ...env, OPSLINE_URL: proxy.url }),
  ];
  const { bodies, totals } = load(320, 7);
  let taken = 0;
  const callers = Array.from({ length: 8 }, async (_, caller) => {
    for (let i = caller; i < bodies.length; i += 8) {
      await insist((services[caller % 2] as Running).url, bodies[i] as Score[]);
      taken += 1;
    }
  });
  const all = Promise.all(callers);
  const port = new URL(opsline.url).port;
  for (const [after, signal] of [
    [60, 'SIGKILL'],
    [160, 'SIGTERM'],
  ] as const) {
    await Promise.race([until(() => taken >= after), all]);
    await opsline.end(signal);
    opsline = await startOpsline(redis, port);
  }
  await all;
  expect(await Promise.all(services.map((service) => service.end()))).toEqual([0, 0]);
  const stopped = services.map(({ log }) => log.find(({ msg }) => msg === 'stopped'));
  expect(stopped).toMatchObject([
    { accepted: 4000, sent: 4000, rejected: 0 },
    { accepted: 4000, sent: 4000, rejected: 0 },
  ]);
  for (const { log } of services) expect(log.some(({ msg }) => msg === 'a batch will be sent again')).toBe(true);
  proxy.close();
  expect(proxy.lost()).toBeGreaterThan(20);
  await expectTotals('load', 8000, totals);
}, 90_000);

test('callers that keep a key lose nothing when the service itself is killed', async () => {
  let service = await board('keys', { operator: 'sum' });
  const { bodies, totals } = load(80, 11);
  const address = new URL(service.url).host;
  let taken = 0;
  const callers = Array.from({ length: 4 }, async (_, caller) => {
    for (let i = caller; i < bodies.length; i += 4) {
      await insist(`http://${address}`, bodies[i] as Score[], `load-${i}`);
      taken += 1;
    }
  });
  const all = Promise.all(callers);
  for (const after of [20, 50]) {
    await Promise.race([until(() => taken >= after), all]);
    await service.end('SIGKILL');
    service = await board('keys', { operator: 'sum' }, { LISTEN_ADDRESS: address });
  }
  await all;
  expect(await service.end()).toBe(0);
  await expectTotals('keys', 2000, totals);
}, 60_000);

test('it takes at once what opsline takes, and refuses at once what opsline refuses', async () => {
  const settings = { operator: 'best', decimals: 2, min: -50, max: 600 };
  const service = await board('strict', settings);
  const authorization = `Bearer ${(await readFile(join(folder, 'token'), 'utf8')).trim()}`;
  const score = fc.oneof(
    fc.double(),
    fc.integer({ min: -6000, max: 70_000 }).map((cents) => cents / 100),
    fc.integer({ min: -60_000, max: 700_000 }).map((mills) => mills / 1000),
    fc.constantFrom(0.1 + 0.2, 600, 600.01, -50, 1e21, 1e-7, '3', null, true),
  );
  const event = fc.record(
    {
      // Go's decoder puts U+FFFD where it finds broken Unicode, so the service takes no U+FFFD at all; opsline does.
      player: fc
        .oneof(fc.string({ unit: 'binary', maxLength: 70 }), fc.string({ unit: 'grapheme' }), fc.constant('a\ud800'))
        .filter((text) => !text.includes('\ufffd')),
      score,
      time: fc
        .date({ min: new Date('2014-12-20'), max: new Date('2045-01-10'), noInvalidDate: true })
        .map((date) => date.toISOString()),
      note: fc.string(),
    },
    { requiredKeys: ['player', 'score', 'time'] },
  );
  const common = event.map(({ note: _, ...rest }) => ({ ...rest, time: '2026-01-05T10:00:00+02:00' }));
  let both = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof(event, common), async (given) => {
      const here = await post(service.url, [given]);
      const there = await fetch(`${opsline.url}/v1/boards/strict/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body: JSON.stringify([given]),
      });
      await Promise.all([here.arrayBuffer(), there.arrayBuffer()]);
      expect(here.ok, `${here.status} here, ${there.status} there`).toBe(there.ok);
      if (here.ok) both += 1;
    }),
    { numRuns: 400 },
  );
  expect(both).toBeGreaterThan(20);
  expect(await service.end()).toBe(0);
  expect(service.log.find(({ msg }) => msg === 'stopped')).toMatchObject({ accepted: both, sent: both, rejected: 0 });
}, 60_000);
