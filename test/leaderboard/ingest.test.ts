import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Boards, createBoards } from '../../src/leaderboard/boards.ts';
import { startIngestWorker } from '../../src/leaderboard/ingest.ts';
import { boardKeys } from '../../src/leaderboard/keys.ts';
import { ingestQueue } from '../../src/leaderboard/queue.ts';
import { connect, waitForever } from '../../src/redis/connect.ts';
import { testRedis } from '../helpers/redis.ts';

const where = testRedis();
const redis = connect(waitForever(where.url));
const logged: string[] = [];
let boards: Boards;
let worker: Awaited<ReturnType<typeof startIngestWorker>>;

beforeAll(async () => {
  boards = await createBoards(where);
  const log = (fields: object, text: string) => void logged.push(JSON.stringify({ ...fields, text }));
  worker = await startIngestWorker({ ...where, logger: { warn: log, error: log } as never });
});
afterAll(async () => {
  await worker.close();
  await boards.close();
  redis.disconnect();
});

const time = new Date(Date.now() - 1000).toISOString();

describe('a batch', () => {
  test('is split, applied and visible', async () => {
    await boards.define('laps', { operator: 'count', unit: 'laps' });
    const events = Array.from({ length: 1001 }, (_, i) => ({ player: `p${i % 3}`, time }));
    const accepted = await boards.ingest('laps', events, { key: 'k' });
    expect(accepted).toMatchObject({ board: 'laps', batch: 'k', events: 1001, parts: 3, duplicate: false });
    expect(await boards.waitForBatch(accepted, 10_000)).toMatchObject({ applied: 3, refused: [] });
    const { entries, count } = await boards.top('laps', 'all', { limit: 10 });
    expect(count).toBe(3);
    expect(entries.map(({ score }) => score)).toEqual([334, 334, 333]);
    expect(await boards.windows('laps')).toEqual(['all', `day:${time.slice(0, 10)}`]);
  });

  test('sent again counts once, and with other events is a conflict', async () => {
    await boards.define('points', { operator: 'sum' });
    const send = (score: number) => boards.ingest('points', [{ player: 'ada', score, time }], { key: 'once' });
    await boards.waitForBatch(await send(5), 10_000);
    expect(await send(5)).toMatchObject({ duplicate: true, applied: 1 });
    await expect(send(6)).rejects.toMatchObject({ code: 'idempotency-conflict' });
    expect((await boards.around('points', 'all', 'ada', 0)).entries[0]?.score).toBe(5);
  });

  test('without a key gets one of its own, so that the same events count again', async () => {
    await boards.define('again', { operator: 'sum' });
    const events = [{ player: 'ada', score: 5, time }];
    const first = await boards.ingest('again', events);
    const second = await boards.ingest('again', events);
    expect(first.batch).not.toBe(second.batch);
    await Promise.all([boards.waitForBatch(first, 10_000), boards.waitForBatch(second, 10_000)]);
    expect((await boards.around('again', 'all', 'ada', 0)).entries[0]?.score).toBe(10);
  });

  test('with one bad event stores nothing at all', async () => {
    await boards.define('whole', { operator: 'best' });
    const events = [
      { player: 'ada', score: 1, time },
      { player: 'bob', score: 1.5, time },
    ];
    await expect(boards.ingest('whole', events, { key: 'k' })).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(boards.batch('whole', 'k')).rejects.toMatchObject({ code: 'batch-not-found' });
    expect(await boards.count('whole', 'all')).toBe(0);
  });

  test('whose total leaves the range is refused with the reason, and kept as a failed job', async () => {
    await boards.define('capped', { operator: 'sum', max: 10 });
    const accepted = await boards.ingest('capped', [{ player: 'ada', score: 11, time }], { key: 'k' });
    const settled = await boards.waitForBatch(accepted, 10_000);
    expect(settled).toMatchObject({ applied: 0, refused: [{ part: 0 }] });
    expect(settled.refused[0]?.reason).toMatch(/"ada" in all would leave the range -10 to 10/);
    const queue = ingestQueue(redis, where.prefix);
    // The reason is written down before the job fails.
    await expect.poll(async () => (await queue.getFailed()).map((job) => job.data.board)).toContain('capped');
    await queue.close();
    // The log says that it failed, and names nobody.
    await expect.poll(() => logged.join()).toContain('a part was not applied');
    expect(logged.join()).not.toContain('ada');
  });

  test('of which one part was refused and the others are applied is pending no more, whichever came first', async () => {
    await boards.define('mixed', { operator: 'sum', max: 600, windows: ['all'] });
    const part = (player: string, score: number) => Array.from({ length: 500 }, () => ({ player, score, time }));
    const [good, bad] = [part('ada', 1), part('bob', 2)];
    for (const [key, events] of Object.entries({ last: [...good, ...bad], first: [...bad, ...part('cyd', 1)] })) {
      const settled = await boards.waitForBatch(await boards.ingest('mixed', events, { key }), 10_000);
      expect(settled).toMatchObject({ parts: 2, applied: 1, refused: [{ part: key === 'first' ? 0 : 1 }] });
    }
    expect(await redis.zcard(boardKeys(where.prefix, 'mixed').pending)).toBe(0);
  });

  test('of a worker that closes is finished first', async () => {
    await boards.define('closing', { operator: 'sum' });
    const second = await startIngestWorker(where);
    const accepted = await boards.ingest('closing', [{ player: 'ada', score: 1, time }]);
    await second.close();
    expect(await boards.waitForBatch(accepted, 10_000)).toMatchObject({ applied: 1 });
  });
});

describe('boards', () => {
  test('are made once; the same definition again changes nothing, another is refused', async () => {
    const settings = { operator: 'best', title: 'Sprint', windows: ['day', 'all'] } as const;
    const make = (more: object = {}) =>
      boards.define('sprint', { ...settings, windows: [...settings.windows], ...more });
    const first = await make();
    expect(first).toMatchObject({ created: true, board: { min: -8_388_607, max: 8_388_607 } });
    expect(await make()).toEqual({ created: false, board: first.board });
    await expect(make({ direction: 'lower' })).rejects.toMatchObject({ code: 'board-exists' });
    expect(await boards.get('sprint')).toEqual(first.board);
    expect((await boards.list()).map(({ id }) => id)).toContain('sprint');
  });

  test('say what they lack', async () => {
    await boards.define('daily', { operator: 'best', windows: ['day'] });
    await expect(boards.get('none')).rejects.toMatchObject({ code: 'board-not-found' });
    await expect(boards.ingest('none', [])).rejects.toMatchObject({ code: 'board-not-found' });
    await expect(boards.count('daily', 'all')).rejects.toMatchObject({ code: 'window-not-found' });
    await expect(boards.count('daily', 'day:2026-02-30')).rejects.toMatchObject({ code: 'window-not-found' });
    await expect(boards.around('daily', 'day:2026-11-23', 'ada', 1)).rejects.toMatchObject({
      code: 'player-not-found',
    });
    expect(await boards.count('daily', 'day:2026-11-23')).toBe(0);
    expect(await boards.top('daily', 'day:2026-11-23', { limit: 3 })).toMatchObject({ count: 0, entries: [] });
  });

  test('serve a summary from one read until something is applied, or while it is young enough', async () => {
    await boards.define('cached', { operator: 'best' });
    const add = async (player: string): Promise<void> => {
      await boards.waitForBatch(await boards.ingest('cached', [{ player, score: 3, time }]), 10_000);
    };
    await add('ada');
    const first = await boards.summary('cached', 'all', 0);
    expect(first.statistics).toMatchObject({ count: 1, scores: { mean: 3, standardDeviation: 0 } });
    expect(await boards.summary('cached', 'all', 0)).toEqual(first);
    await add('bob');
    expect(await boards.summary('cached', 'all', 60_000)).toEqual(first);
    expect((await boards.summary('cached', 'all', 0)).statistics.count).toBe(2);
  });

  test('compute a summary again when the window before changes, or an event comes too late', async () => {
    await boards.define('moving', { operator: 'best', graceSeconds: 2 * 86_400, windows: ['day'] });
    const day = 86_400_000;
    const send = async (player: string, daysAgo: number): Promise<void> => {
      const event = { player, score: 3, time: new Date(Date.parse(time) - daysAgo * day).toISOString() };
      await boards.waitForBatch(await boards.ingest('moving', [event]), 10_000);
    };
    await send('ada', 0);
    const today = `day:${time.slice(0, 10)}`;
    expect((await boards.summary('moving', today, 0)).statistics.movers).toBeUndefined();
    await send('bob', 1);
    expect((await boards.summary('moving', today, 0)).statistics.movers).toMatchObject({
      countBefore: 1,
      entered: [{ player: 'ada' }],
    });
    await send('ada', 1);
    const { statistics } = await boards.summary('moving', today, 0);
    expect(statistics.movers).toMatchObject({ countBefore: 2, entered: [], stayed: 1 });
    // As the script counts what comes after the time of grace.
    await redis.hincrby(boardKeys(where.prefix, 'moving').late, today, 1);
    expect((await boards.summary('moving', today, 0)).statistics.late).toBe(1);
  });
});

test('a Redis that is gone is said so at once, and a worker closes in time', async () => {
  const gone = { url: 'redis://127.0.0.1:1', prefix: where.prefix };
  const away = await createBoards(gone);
  const lost = await startIngestWorker(gone);
  const before = performance.now();
  await expect(away.get('sprint')).rejects.toMatchObject({ code: 'redis-unavailable' });
  expect(performance.now() - before).toBeLessThan(500);
  await lost.close(200);
  await away.close();
  expect(performance.now() - before).toBeLessThan(3000);
});
