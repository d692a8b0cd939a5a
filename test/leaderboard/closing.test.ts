import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { applyPart } from '../../src/leaderboard/apply.ts';
import { closeDue, sealWindow } from '../../src/leaderboard/closing.ts';
import type { Board } from '../../src/leaderboard/definition.ts';
import { exportLines } from '../../src/leaderboard/export.ts';
import { startIngestWorker } from '../../src/leaderboard/ingest.ts';
import { boardKeys } from '../../src/leaderboard/keys.ts';
import { ingestQueue } from '../../src/leaderboard/queue.ts';
import { Reads } from '../../src/leaderboard/reads.ts';
import { dropWindow } from '../../src/leaderboard/retention.ts';
import { viewOf } from '../../src/leaderboard/series.ts';
import { recordSnapshot, type Snapshot, Snapshots } from '../../src/leaderboard/snapshots.ts';
import { connect, waitForever } from '../../src/redis/connect.ts';
import { testRedis } from '../helpers/redis.ts';
import { accept, checksumOf, DAY, enqueue, HOUR, keptBoard, play } from './kit.ts';
import { type OracleEvent, standings, windowsOf } from './oracle.ts';

const { url, prefix } = testRedis();
const redis = connect(waitForever(url));
const other = connect(waitForever(url));
const queue = ingestQueue(redis, prefix);
const place = { redis, prefix, queue };
const reads = new Reads(redis, prefix);
const snapshots = new Snapshots(redis, prefix);

/**
 * An hour that ended three to five hours ago: closed without grace, but not so long ago that nothing holds it back.
 * Never the last of its day: its hour and its day would end at one moment, and either may be closed first.
 */
const FOUR_AGO = Math.floor(Date.now() / HOUR) * HOUR - 4 * HOUR;
const START = FOUR_AGO % DAY === DAY - HOUR ? FOUR_AGO - HOUR : FOUR_AGO;
const WINDOW = `hour:${new Date(START).toISOString().slice(0, 13)}Z`;
const IN = START + 30 * 60_000;

beforeAll(() => Promise.all([redis.ping(), other.ping()]));
afterAll(async () => {
  await queue.close();
  redis.disconnect();
  other.disconnect();
});

const hourly = (more: object = {}): Promise<Board> =>
  keptBoard(place, { operator: 'best', windows: ['hour'], graceSeconds: 0, ...more });
const seal = (board: Board, window = WINDOW) => sealWindow(redis, prefix, viewOf(board, window));
const recordsOf = (board: Board): Promise<Record<string, string>> => redis.hgetall(boardKeys(prefix, board.id).records);
const event = (player: string, score: number, time = IN) => ({ player, score, time });

async function exported(board: Board, window: string): Promise<string[]> {
  let text = '';
  for await (const lines of exportLines(redis, prefix, viewOf(board, window))) text += lines;
  return text.trimEnd().split('\n');
}

describe('a window is closed', () => {
  test('with a record that says what is in it, and a checksum that anybody can recompute', async () => {
    const board = await hourly({ decimals: 2, metadataBytes: 100, direction: 'lower' });
    const events = Array.from({ length: 2345 }, (_, i) => ({
      ...event(`p${i}`, (i * 7919) % 1000, START + i),
      ...(i % 3 === 0 ? { metadata: { z: i, a: 'é', hat: '"red"' } } : {}),
    }));
    await play(place, board, board.id, [...events, event('p1', 0.05)], IN + 1);
    await play(place, board, `${board.id}-late`, [event('late', 1), event('late', 2)], START + HOUR);
    expect(await closeDue(redis, prefix, board)).toBe(1);
    const record = await snapshots.get(board, 1);
    expect(record).toEqual({
      number: 1,
      window: WINDOW,
      from: new Date(START).toISOString(),
      to: new Date(START + HOUR).toISOString(),
      closedAt: record.closedAt,
      entries: 2345,
      events: 2346,
      late: 2,
      checksum: record.checksum,
      revisions: [],
    });
    expect(Math.abs(Date.now() - Date.parse(record.closedAt))).toBeLessThan(60_000);
    const lines = await exported(board, WINDOW);
    expect(JSON.parse(lines[0] as string)).toMatchObject({ board: board.id, window: WINDOW, closed: 1 });
    expect(JSON.parse(lines.at(-1) as string)).toMatchObject({
      entries: 2345,
      consistent: true,
      checksum: record.checksum,
    });
    expect(checksumOf(lines, 2)).toBe(record.checksum);
  });

  test('not before its grace is over and clocks may differ no more', async () => {
    const now = Date.now();
    const season = (id: string, end: number) => ({
      id,
      start: new Date(START).toISOString(),
      end: new Date(end).toISOString(),
    });
    const board = await keptBoard(place, {
      operator: 'best',
      windows: [],
      graceSeconds: 60,
      seasons: [season('over', now - 71_000), season('margin', now - 62_000), season('grace', now - 50_000)],
    });
    await play(place, board, board.id, [event('ada', 1)], IN + 1);
    expect(await seal(board, 'season:grace')).toBe('early');
    expect(await seal(board, 'season:margin')).toBe('early');
    expect(await closeDue(redis, prefix, board)).toBe(1);
    expect((await snapshots.list(board, { limit: 9 })).snapshots.map(({ window }) => window)).toEqual(['season:over']);
  });

  test('never when it had no event, and an all-time one never at all', async () => {
    const board = await hourly({ windows: ['all', 'hour'] });
    await play(place, board, board.id, [event('ada', 1)], IN + 1);
    expect(await seal(board, 'hour:2026-01-01T00Z')).toBe('gone');
    expect(await closeDue(redis, prefix, board)).toBe(1);
    expect(await redis.zrange(boardKeys(prefix, board.id).open, '0', '-1')).toEqual(['all']);
  });
});

describe('a crash between two steps', () => {
  test('is mended by the next pass: same number, same record, closed once', async () => {
    const board = await hourly({ operator: 'latest' });
    const keys = boardKeys(prefix, board.id);
    await play(place, board, board.id, [event('ada', 1), event('bob', 2)], IN + 1);
    expect(await redis.hlen(keys.times(WINDOW))).toBe(2);

    // Behind the seal: closed already, but without a record.
    expect(await seal(board)).toBe(1);
    const { closedAt, revision } = await redis.hgetall(keys.state(WINDOW));
    expect(await recordsOf(board)).toEqual({});
    expect(await seal(board)).toBe(1);
    expect(await redis.hgetall(keys.state(WINDOW))).toMatchObject({ closedAt, revision });

    // Behind the record.
    await recordSnapshot(redis, prefix, board, WINDOW);
    const records = await recordsOf(board);
    expect(Object.keys(records)).toEqual(['1']);
    expect(await redis.exists(keys.times(WINDOW))).toBe(0);
    expect(await redis.zcard(keys.unrecorded)).toBe(0);
    expect(await closeDue(redis, prefix, board)).toBe(0);
    await recordSnapshot(redis, prefix, board, WINDOW);
    expect(await recordsOf(board)).toEqual(records);
    expect((JSON.parse(records['1'] as string) as Snapshot).closedAt).toBe(new Date(Number(closedAt)).toISOString());

    // Behind the end of dropping.
    expect(await dropWindow(redis, prefix, board, WINDOW, '1')).toBe(true);
    expect(await dropWindow(redis, prefix, board, WINDOW, '1')).toBe(false);
    await recordSnapshot(redis, prefix, board, WINDOW);
    expect(await recordsOf(board)).toEqual({});
  });

  test('two at once close each window once, under numbers of its own', async () => {
    const board = await hourly();
    const events = Array.from({ length: 60 }, (_, i) => event('ada', i, IN - i * HOUR));
    for (const each of events) await play(place, board, `${board.id}-${each.score}`, [each], each.time + 1);
    const closed = await Promise.all(
      [redis, other, redis, other].map((connection) => closeDue(connection, prefix, board)),
    );
    expect(Math.max(...closed)).toBeLessThanOrEqual(60);
    const listed = await snapshots.list(board, { limit: 100 });
    expect(listed.snapshots.map(({ number }) => number)).toEqual(Array.from({ length: 60 }, (_, i) => 60 - i));
    expect(listed.snapshots.map(({ from }) => Date.parse(from))).toEqual(events.map(({ time }) => time - 30 * 60_000));
    expect(await redis.get(boardKeys(prefix, board.id).lastSnapshot)).toBe('60');
  });
});

test('a window that cannot be looked after keeps no other from being closed', async () => {
  const board = await hourly();
  await play(place, board, board.id, [event('ada', 1)], IN + 1);
  await redis.zadd(boardKeys(prefix, board.id).open, 0, 'hour:no-window');
  await expect(closeDue(redis, prefix, board)).rejects.toMatchObject({ code: 'window-not-found' });
  expect(await snapshots.get(board, 1)).toMatchObject({ window: WINDOW, entries: 1 });
});

describe('a batch that was accepted in time', () => {
  test('holds its window back until it is applied', async () => {
    const board = await hourly();
    await play(place, board, `${board.id}-1`, [event('ada', 1)], IN + 1);
    const [part] = await accept(place, board, `${board.id}-2`, [event('bob', 2)], START + HOUR - 1);
    expect(await closeDue(redis, prefix, board)).toBe(0);
    expect(await seal(board)).toBe('held');
    await applyPart(redis, prefix, board, part as NonNullable<typeof part>);
    expect(await closeDue(redis, prefix, board)).toBe(1);
    expect(await snapshots.get(board, 1)).toMatchObject({ entries: 2 });
  });

  test('holds back no window that began after it, none that it came too late for, and none for more than a day', async () => {
    const board = await hourly();
    const old = IN - 2 * DAY;
    const oldWindow = viewOf(board, 'hour', old).window.id;
    await play(place, board, `${board.id}-1`, [event('ada', 1, old)], old + 1);
    await play(place, board, `${board.id}-2`, [event('ada', 1)], IN + 1);
    await accept(place, board, `${board.id}-3`, [event('bob', 2, old)], old + 2);
    await accept(place, board, `${board.id}-4`, [event('bob', 2)], START + HOUR);
    await accept(place, board, `${board.id}-5`, [event('bob', 2, START - 10 * 60_000)], START - 6 * 60_000);
    expect(await redis.zcard(boardKeys(prefix, board.id).pending)).toBe(3);
    expect(await closeDue(redis, prefix, board)).toBe(2);
    expect((await snapshots.list(board, { limit: 9 })).snapshots.map(({ window }) => window)).toEqual([
      WINDOW,
      oldWindow,
    ]);
  });

  test('an import holds back every window, however old, until it is done or expired', async () => {
    const board = await hourly();
    const keys = boardKeys(prefix, board.id);
    await play(place, board, board.id, [event('ada', 1, IN - 2 * DAY)], IN - 2 * DAY + 1);
    await redis.hset(keys.pendingBatch('import'), 'parts', '2');
    await redis.zadd(keys.pending, 0, 'import');
    expect(await closeDue(redis, prefix, board)).toBe(0);
    await redis.del(keys.pendingBatch('import'));
    expect(await closeDue(redis, prefix, board)).toBe(1);
    expect(await redis.zcard(keys.pending)).toBe(0);
  });

  test('and comes after the window is closed is late, and changes nothing', async () => {
    const board = await hourly();
    await play(place, board, `${board.id}-1`, [event('ada', 1, IN - 2 * DAY)], IN - 2 * DAY + 1);
    const window = viewOf(board, 'hour', IN - 2 * DAY).window.id;
    const [part] = await accept(place, board, `${board.id}-2`, [event('bob', 2, IN - 2 * DAY)], IN - 2 * DAY + 2);
    await closeDue(redis, prefix, board);
    const before = [await recordsOf(board), await exported(board, window)];
    expect(await applyPart(redis, prefix, board, part as NonNullable<typeof part>)).toBe('applied');
    await closeDue(redis, prefix, board);
    expect([await recordsOf(board), await exported(board, window)]).toEqual(before);
    expect(await snapshots.late(board)).toEqual({ windows: { [window]: 1 }, others: {} });
  });
});

test('windows that ended while every worker was down are closed with what had been accepted for them', async () => {
  const board = await hourly({ operator: 'sum', windows: ['hour', 'day'], graceSeconds: 60 });
  await play(place, board, `${board.id}-1`, [event('ada', 1)], IN + 1);
  for (let i = 0; i < 20; i += 1) {
    await enqueue(place, board, `${board.id}-waits-${i}`, [event(`p${i}`, i), event('ada', 1)], START + HOUR + 59_999);
  }
  await enqueue(place, board, `${board.id}-late`, [event('ada', 100)], START + HOUR + 60_000);
  const worker = await startIngestWorker({ url, prefix, closingIntervalMs: 100 });
  onTestFinished(() => worker.close());
  const record = await vi.waitFor(() => snapshots.get(board, 1), { timeout: 20_000, interval: 50 });
  expect(record).toMatchObject({ window: WINDOW, entries: 21, events: 41, late: 1 });
  const top = await reads.top(viewOf(board, WINDOW), 0, 1);
  expect(top.entries[0]).toMatchObject({ player: 'ada', score: 21 });
}, 30_000);

describe('old windows are dropped', () => {
  const hours = async (board: Board, count: number): Promise<string[]> => {
    const times = Array.from({ length: count }, (_, i) => IN - (count - 1 - i) * HOUR);
    for (const time of times) await play(place, board, `${board.id}-${time}`, [event('ada', 1, time)], time + 1);
    return times.map((time) => viewOf(board, 'hour', time).window.id);
  };

  test('beyond so many of each kind, with all their keys; their late events count for the kind', async () => {
    const board = await hourly({ windows: ['hour', 'day'], keep: { windows: 2 }, metadataBytes: 50, denseRanks: true });
    const keys = boardKeys(prefix, board.id);
    const ids = await hours(board, 5);
    await play(place, board, `${board.id}-late`, [event('bob', 1, IN - 4 * HOUR)], IN);
    await play(place, board, `${board.id}-day`, [event('bob', 1, IN - 3 * DAY)], IN - 3 * DAY + 1);
    await closeDue(redis, prefix, board);
    await closeDue(redis, prefix, board);
    const kept = await redis.zrange(keys.closed, '0', '-1', 'WITHSCORES');
    expect(kept.filter((_, i) => i % 2 === 0).filter((id) => id.startsWith('hour:'))).toEqual(ids.slice(3));
    expect(kept.some((id) => id.startsWith('day:'))).toBe(true);
    expect((await snapshots.late(board)).others.hour).toBe(1);
    const gone = ids[0] as string;
    const left = (await redis.keys(`${prefix}:*`)).filter(
      (key) => key.includes(`{board:${board.id}}`) && key.endsWith(gone),
    );
    expect(left).toEqual([keys.state(gone)]);
    expect(await redis.ttl(keys.state(gone))).toBeGreaterThan(8 * 86_400);
    const last = Number(await redis.get(keys.lastSnapshot));
    expect(Object.keys(await recordsOf(board)).length).toBe(kept.length / 2);

    // A number is never used again, and a part that comes only now makes no window anew.
    const again = await accept(place, board, `${board.id}-old`, [event('eve', 9, IN - 4 * HOUR)], IN - 4 * HOUR + 2);
    for (const part of again) await applyPart(redis, prefix, board, part);
    expect(await redis.zscore(keys.open, gone)).toBeNull();
    expect((await snapshots.late(board)).others.hour).toBe(2);
    await play(place, board, `${board.id}-next`, [event('ada', 1, IN + HOUR)], IN + HOUR + 1);
    await closeDue(redis, prefix, board);
    expect(Number(await redis.get(keys.lastSnapshot))).toBe(last + 1);
    await expect(snapshots.get(board, 1)).rejects.toMatchObject({ code: 'snapshot-not-found' });
  });

  test('the oldest first, also where older ones were closed later', async () => {
    const board = await hourly({ keep: { windows: 2 } });
    for (const hours of [1, 0, 3, 2]) {
      await play(place, board, `${board.id}-${hours}`, [event('ada', 1, IN - hours * HOUR)], IN - hours * HOUR + 1);
      if (hours === 0) await closeDue(redis, prefix, board);
    }
    await closeDue(redis, prefix, board);
    const { snapshots: kept } = await snapshots.list(board, { limit: 9 });
    expect(kept.map(({ number, from }) => [number, Date.parse(from)])).toEqual([
      [2, START],
      [1, START - HOUR],
    ]);
  });

  test('so many days after their end', async () => {
    const board = await hourly({ keep: { days: 2 } });
    for (const days of [9, 3, 1]) {
      await play(place, board, `${board.id}-${days}`, [event('ada', 1, IN - days * DAY)], IN - days * DAY + 1);
    }
    await closeDue(redis, prefix, board);
    const { snapshots: kept } = await snapshots.list(board, { limit: 9 });
    expect(kept.map(({ number, from }) => [number, Date.parse(from)])).toEqual([[3, START - DAY]]);
  });
});

test('snapshots are listed in pages', async () => {
  const board = await hourly();
  for (let i = 0; i < 7; i += 1)
    await play(place, board, `${board.id}-${i}`, [event('ada', 1, IN - i * HOUR)], IN - i * HOUR + 1);
  await closeDue(redis, prefix, board);
  const seen: number[][] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await snapshots.list(board, { limit: 3, ...(cursor === undefined ? {} : { cursor }) });
    seen.push(page.snapshots.map(({ number }) => number));
    cursor = page.cursor;
    if (cursor === undefined) break;
  }
  expect(seen).toEqual([[7, 6, 5], [4, 3, 2], [1]]);
});

describe('a closed window', () => {
  const T = Date.parse('2026-03-28T00:00:00Z');
  const batches = fc.array(
    fc.array(
      fc.record({
        player: fc.constantFrom('ada', 'Bob', '鬼', '0', 'x:y'),
        score: fc.integer({ min: -5, max: 5 }),
        time: fc.integer({ min: 0, max: 3 * DAY - 1 }).map((offset) => T + offset),
      }),
      { minLength: 1, maxLength: 20 },
    ),
    { minLength: 2, maxLength: 5 },
  );
  const settings = fc.record({
    operator: fc.constantFrom('best' as const, 'latest' as const, 'sum' as const, 'count' as const),
    direction: fc.constantFrom('higher' as const, 'lower' as const),
    windows: fc.constantFrom<('hour' | 'all' | 'day' | 'week')[]>(['hour', 'all'], ['day', 'week']),
    timeZone: fc.constantFrom('UTC', 'Europe/Berlin'),
    denseRanks: fc.boolean(),
  });

  test('has the standings of the oracle, and keeps them whatever comes', async () => {
    await fc.assert(
      fc.asyncProperty(settings, batches, fc.integer({ min: 1, max: 4 }), async (chosen, sent, early) => {
        const board = await keptBoard(place, { ...chosen, keep: { windows: 1000 } });
        const plain = ({ player, score, time }: OracleEvent) =>
          board.operator === 'count' ? { player, time } : { player, score, time };
        // Each is accepted right behind it, so that all are in time.
        const inTime = sent
          .slice(0, early)
          .flat()
          .map((each) => ({ ...each, acceptedAt: each.time + 1 }));
        for (const [i, each] of inTime.entries()) {
          await play(place, board, `${board.id}-${i}`, [plain(each)], each.acceptedAt);
        }
        const waiting = [];
        for (const [i, batch] of sent.slice(early).entries()) {
          const acceptedAt = i % 2 === 0 ? T + 3 * DAY : Date.now();
          waiting.push(...(await accept(place, board, `${board.id}-w${i}`, batch.map(plain), acceptedAt)));
        }
        await closeDue(redis, prefix, board);
        const windows = windowsOf(board, inTime);
        const closed = windows.filter((id) => id !== 'all');
        expect((await redis.zrange(boardKeys(prefix, board.id).closed, '0', '-1')).sort()).toEqual(closed);
        const all = () => Promise.all(closed.map((id) => exported(board, id)));
        const before = [await all(), await recordsOf(board)];
        for (const id of closed) {
          const { entries } = await reads.top(viewOf(board, id), 0, 1000);
          expect(entries.map(({ time: _, denseRank: __, ...entry }) => entry)).toEqual(
            standings(board, id, inTime).map(({ denseRank: _, ...entry }) => entry),
          );
        }
        for (const part of waiting) await applyPart(redis, prefix, board, part);
        await closeDue(redis, prefix, board);
        const after = [await all(), await recordsOf(board)];
        // What was accepted late may have made windows of its own, which are closed as well; those here are as they were.
        expect(after[0]).toEqual(before[0]);
        expect(after[1]).toMatchObject(before[1] as object);
      }),
      { numRuns: 25 },
    );
  }, 120_000);
});
