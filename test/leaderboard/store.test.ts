import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digest } from '../../src/digest.ts';
import { acceptBatch } from '../../src/leaderboard/accept.ts';
import { applyPart } from '../../src/leaderboard/apply.ts';
import type { Board, BoardSettings } from '../../src/leaderboard/definition.ts';
import { checkEvents } from '../../src/leaderboard/events.ts';
import { boardKeys } from '../../src/leaderboard/keys.ts';
import { planBoard } from '../../src/leaderboard/plan.ts';
import { IngestJob, ingestQueue } from '../../src/leaderboard/queue.ts';
import { Reads } from '../../src/leaderboard/reads.ts';
import { viewOf } from '../../src/leaderboard/series.ts';
import { computeStatistics } from '../../src/leaderboard/statistics.ts';
import { connect, waitForever } from '../../src/redis/connect.ts';
import { testRedis } from '../helpers/redis.ts';
import { lateOf, type OracleEvent, percentileOf, standings, windowsOf } from './oracle.ts';

const { url, prefix } = testRedis();
const redis = connect(waitForever(url));
const queue = ingestQueue(redis, prefix);
const reads = new Reads(redis, prefix);
const NOW = Date.parse('2026-11-24T00:00:00Z');

beforeAll(() => redis.ping());
afterAll(async () => {
  await queue.close();
  redis.disconnect();
});

let made = 0;
function newBoard(settings: BoardSettings): Board {
  made += 1;
  return planBoard(`b${made}`, settings, new Date(NOW).toISOString());
}

function wire(board: Board, events: readonly OracleEvent[]): unknown[] {
  return events.map(({ player, score, time, id, metadata }) => ({
    player,
    ...(board.operator === 'count' ? {} : { score }),
    time: new Date(time).toISOString(),
    ...(board.dedupe?.by === 'id' ? { id } : {}),
    // Two sources, so that the same number means two events.
    ...(board.dedupe?.by === 'sequence' ? { source: `s${Number(id) % 2}`, sequence: Math.floor(Number(id) / 2) } : {}),
    ...(board.metadataBytes > 0 && metadata !== undefined ? { metadata } : {}),
  }));
}

/** Accepts a batch as the API does and hands back the jobs that were enqueued for it, to be delivered at will. */
async function accepted(board: Board, key: string, events: readonly OracleEvent[], now = NOW): Promise<IngestJob[]> {
  await acceptBatch({ redis, prefix, queue }, board, checkEvents(board, wire(board, events), now), { key, now });
  const jobs = (await queue.getJobs(['waiting']))
    .map((job) => IngestJob.parse(job.data))
    .filter((job) => job.batch === key);
  await queue.drain();
  return jobs.sort((a, b) => a.part - b.part);
}

async function expectOracle(board: Board, events: readonly OracleEvent[]): Promise<void> {
  const keys = boardKeys(prefix, board.id);
  expect((await redis.zrange(keys.open, '0', '-1')).sort()).toEqual(windowsOf(board, events));
  const late = Object.values(await redis.hgetall(keys.late)).reduce((sum, count) => sum + Number(count), 0);
  expect(late).toBe(lateOf(board, events));
  for (const window of windowsOf(board, events)) {
    const view = viewOf(board, window);
    const expected = standings(board, window, events).map(({ denseRank, ...entry }) =>
      board.denseRanks ? { ...entry, denseRank } : entry,
    );
    const all = await reads.top(view, 0, 1000);
    expect(all.entries.map(({ time: _, ...entry }) => entry)).toEqual(expected);
    expect(all.count).toBe(expected.length);
    // Around every player, each page being a slice of the whole.
    for (const entry of expected) {
      const { entries } = await reads.around(view, entry.player, 2);
      expect(entries.map(({ time: _, ...rest }) => rest)).toEqual(
        expected.slice(Math.max(0, entry.rank - 3), entry.rank + 2),
      );
    }
    const scores = expected.map(({ score }) => score);
    const { percentiles } = await reads.percentiles(view, [0, 12.5, 50, 90, 99.9, 100]);
    for (const { percentile, score } of percentiles) expect(score).toBe(percentileOf(scores, percentile));
    const statistics = await computeStatistics(redis, prefix, view, { top: 3 });
    expect(statistics.top.map(({ rank, player }) => ({ rank, player }))).toEqual(
      expected.slice(0, 3).map(({ rank, player }) => ({ rank, player })),
    );
    expect(statistics).toMatchObject({ consistent: true, count: scores.length });
    expect(statistics.scores?.lowest).toBe(Math.min(...scores));
    expect(statistics.scores?.highest).toBe(Math.max(...scores));
    for (const { percentile, score } of statistics.scores?.percentiles ?? []) {
      expect(score).toBe(percentileOf(scores, percentile));
    }
  }
}

const settings = fc
  .record({
    operator: fc.constantFrom('best', 'latest', 'sum', 'count'),
    direction: fc.constantFrom('higher', 'lower'),
    ties: fc.constantFrom('earliest', 'none'),
    // From so low that ties are broken by the millisecond to so high that only minutes are left.
    max: fc.constantFrom(undefined, 1000, 200_000, 100_000_000),
    windows: fc.subarray(['all', 'hour', 'day', 'week', 'month'], { minLength: 1 }),
    seasons: fc.constantFrom(
      [],
      [{ id: 'spring', start: '2026-03-01T00:00:00Z', end: '2026-03-29T01:00:00.001Z' }],
      [
        { id: 'early', start: '2026-03-28T12:00:00Z', end: '2026-03-29T12:00:00Z' },
        { id: 'long', start: '2026-03-29T00:59:59.999Z', end: '2026-06-01T00:00:00Z' },
      ],
    ),
    // Clocks are set forward in the night of the events below; by half an hour, in Lord Howe, and at midnight, in Beirut.
    timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Asia/Beirut', 'America/New_York'),
    graceSeconds: fc.constantFrom(0, 3600, 7200, 30 * 86_400),
    metadataBytes: fc.constantFrom(0, 40),
    maxEntries: fc.constantFrom(undefined, 3),
    denseRanks: fc.boolean(),
    // Whatever is noted beside it, standings are the same.
    maxJump: fc.constantFrom(undefined, 2, 500),
    dedupe: fc.constantFrom(undefined, { by: 'id' as const, hours: 48 }, { by: 'sequence' as const }),
  })
  .map(({ max, maxEntries, maxJump, dedupe, ...rest }) => ({
    ...rest,
    // Totals of the batches below reach further; and what excludes each other is left out.
    ...(max === undefined || (rest.operator === 'sum' && max === 1000) ? {} : { max }),
    ...(maxEntries === undefined || rest.operator !== 'best' ? {} : { maxEntries }),
    ...(maxJump === undefined || rest.operator === 'count' ? {} : { maxJump }),
    ...(dedupe === undefined ? {} : { dedupe }),
    ...(rest.ties === 'none' && (rest.operator === 'sum' || rest.operator === 'count') ? { metadataBytes: 0 } : {}),
  })) as unknown as fc.Arbitrary<BoardSettings>;

const players = fc.constantFrom('ada', 'Bob', 'x:y', 'émile', '鬼', '🦊', 'ｚ', '0', 'a b', '-inf');
const times = fc.oneof(
  // Few distinct times, so that ties within a millisecond, a second and a minute happen, and three days.
  fc.constantFrom(0, 1, 999, 1000, 59_999, 60_000, 86_399_999, 86_400_000, 90_000_000, 172_800_001),
  fc.integer({ min: 0, max: 3 * 86_400_000 - 1 }),
);
const START = Date.parse('2026-03-28T00:00:00Z');
/** A batch with the time it was accepted at: its events are up to three days old. */
const batch = fc.tuple(
  fc.integer({ min: START + 3 * 86_400_000, max: START + 4 * 86_400_000 }),
  fc.array(
    fc.record({
      player: players,
      score: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -900, max: 900 })),
      time: times.map((offset) => START + offset),
      metadata: fc.constantFrom(undefined, {}, { hat: 'red' }, { hat: 'blue', level: 3 }),
    }),
    { minLength: 1, maxLength: 40 },
  ),
) as fc.Arbitrary<[number, OracleEvent[]]>;

describe('the store equals the oracle', () => {
  test('whatever the operator, direction, ties, order, split into batches, and duplicates', async () => {
    await fc.assert(
      fc.asyncProperty(
        settings,
        fc.array(batch, { minLength: 1, maxLength: 4 }),
        fc.infiniteStream(fc.nat({ max: 1_000_000 })),
        async (chosen, batches, dice) => {
          const board = newBoard(chosen);
          const jobs: IngestJob[] = [];
          const sent: OracleEvent[] = [];
          for (const [index, [acceptedAt, fresh]] of batches.entries()) {
            const first = sent.length;
            const events = fresh.map((event, place) => ({ ...event, acceptedAt, id: String(first + place) }));
            // Where events are recognised, some of earlier batches come again; they were in time then, and must be now.
            const again = board.dedupe === undefined ? [] : sent.filter(() => dice.next().value % 3 === 0);
            jobs.push(...(await accepted(board, `${board.id}-${index}`, [...events, ...again], acceptedAt)));
            sent.push(...events);
          }
          // Delivered in any order, each at least once, some twice; in order where an event that comes again may be late.
          const deliveries = jobs
            .flatMap((job) => (dice.next().value % 2 === 0 ? [job, job] : [job]))
            .map((job, index) => ({ job, at: board.dedupe === undefined ? dice.next().value : index }))
            .sort((a, b) => a.at - b.at);
          const outcomes = [];
          for (const { job } of deliveries) outcomes.push(await applyPart(redis, prefix, board, job));
          expect(outcomes.filter((outcome) => outcome === 'applied')).toHaveLength(jobs.length);
          await expectOracle(board, sent);
          expect(await redis.zcard(boardKeys(prefix, board.id).pending)).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  }, 120_000);

  test('a batch of many parts, delivered backwards and twice', async () => {
    for (const operator of ['best', 'latest', 'sum', 'count'] as const) {
      const board = newBoard({ operator });
      const many = Array.from({ length: 1201 }, (_, i) => ({
        player: `p${(i * 7919) % 83}`,
        score: (i * 104_729) % 977,
        time: NOW - 1000 * ((i * 31) % 100_000),
      }));
      const jobs = await accepted(board, board.id, many);
      expect(jobs.map(({ events }) => events.players.length)).toEqual([500, 500, 201]);
      for (const job of [...jobs, ...jobs].reverse()) await applyPart(redis, prefix, board, job);
      await expectOracle(board, many);
      const state = await redis.hgetall(boardKeys(prefix, board.id).state('all'));
      expect(state).toEqual({ events: '1201', revision: '3' });
    }
  });
});

test('of two events of a player at one millisecond the better stands, whichever is delivered first', async () => {
  for (const direction of ['higher', 'lower'] as const) {
    for (const ties of ['earliest', 'none'] as const) {
      for (const scores of [
        [5, 9],
        [9, 5],
      ]) {
        const board = newBoard({ operator: 'latest', direction, ties });
        const sent = scores.map((score) => ({ player: 'ada', score, time: NOW - 1000 }));
        for (const [index, event] of sent.entries()) {
          const jobs = await accepted(board, `${board.id}-${index}`, [event]);
          for (const job of jobs) await applyPart(redis, prefix, board, job);
        }
        await expectOracle(board, sent);
      }
    }
  }
});

describe('exact at the ends of the range', () => {
  const at = Date.parse('2026-11-23T12:00:00Z');
  const { MAX_SAFE_INTEGER } = Number;

  test.each(['best', 'latest', 'sum'] as const)('%s keeps ±(2^53 − 1) apart from its neighbours', async (operator) => {
    const board = newBoard({ operator, ties: 'none' });
    const scores = [MAX_SAFE_INTEGER, MAX_SAFE_INTEGER - 1, -MAX_SAFE_INTEGER, -MAX_SAFE_INTEGER + 1];
    const sent = scores.map((score, i) => ({ player: `p${i}`, score, time: at }));
    for (const job of await accepted(board, board.id, sent)) await applyPart(redis, prefix, board, job);
    await expectOracle(board, sent);
  });

  test.each(['best', 'latest', 'sum'] as const)('%s breaks ties by time at the largest score', async (operator) => {
    for (const direction of ['higher', 'lower'] as const) {
      const board = newBoard({ operator, direction, max: 8_388_607 });
      expect(board.windows[0]).toEqual({ kind: 'all', resolution: 's' });
      const sent = [board.max, board.min].flatMap((score, i) =>
        [2000, 0, 1000].map((offset) => ({ player: `p${i}-${offset}`, score, time: at + offset })),
      );
      for (const job of await accepted(board, board.id, sent)) await applyPart(redis, prefix, board, job);
      await expectOracle(board, sent);
      const first = (await reads.top(viewOf(board, 'all'), 0, 1)).entries[0];
      expect(first).toMatchObject({
        player: direction === 'higher' ? 'p0-0' : 'p1-0',
        time: '2026-11-23T12:00:00.000Z',
      });
    }
  });

  test('a sum crosses from negative to positive and back without losing a unit', async () => {
    const board = newBoard({ operator: 'sum', decimals: 2 });
    const deltas = [-0.01, 0.03, -80_000, 79_999.99, 0.1, 0.1, 0.1, -0.3];
    const sent = deltas.map((score, i) => ({ player: 'ada', score, time: at + i }));
    for (const [index, event] of sent.entries()) {
      for (const job of await accepted(board, `${board.id}-${index}`, [event]))
        await applyPart(redis, prefix, board, job);
    }
    const entry = (await reads.around(viewOf(board, 'all'), 'ada', 0)).entries[0];
    expect(entry?.score).toBe(0.01);
  });

  test('a total that would leave the range is refused, and nothing of its part is written', async () => {
    const board = newBoard({ operator: 'sum', max: 100 });
    const send = async (key: string, ...sent: [string, number][]): Promise<void> => {
      const batch = sent.map(([player, score]) => ({ player, score, time: at }));
      for (const job of await accepted(board, `${board.id}${key}`, batch)) await applyPart(redis, prefix, board, job);
    };
    await send('1', ['ada', 60]);
    const before = digest(await redis.zrange(boardKeys(prefix, board.id).entries('all'), '0', '-1', 'WITHSCORES'));
    await expect(send('2', ['bob', 1], ['ada', 41])).rejects.toThrow(
      /total of "ada" in all would leave the range -100 to 100/,
    );
    await expect(send('3', ['ada', -161])).rejects.toThrow(/would leave the range/);
    expect(digest(await redis.zrange(boardKeys(prefix, board.id).entries('all'), '0', '-1', 'WITHSCORES'))).toBe(
      before,
    );
    expect(await redis.hget(boardKeys(prefix, board.id).state('all'), 'revision')).toBe('1');
    await send('4', ['ada', 40]);
    expect((await reads.around(viewOf(board, 'all'), 'ada', 0)).entries[0]?.score).toBe(100);
  });

  test('changes that add up beyond exact integers within one part are refused before Redis is asked', async () => {
    const board = newBoard({ operator: 'sum', ties: 'none' });
    const sent = [1, 2].map((i) => ({ player: 'ada', score: MAX_SAFE_INTEGER, time: at + i }));
    const [job] = await accepted(board, board.id, sent);
    await expect(applyPart(redis, prefix, board, job as IngestJob)).rejects.toThrow(/beyond the exact range/);
  });
});

describe('the duplicate gate', () => {
  const event = { player: 'ada', score: 5, time: NOW - 1000 };

  test.each(['best', 'latest', 'sum', 'count'] as const)(
    'of %s lets a part through once, and never once it has expired',
    async (operator) => {
      const board = newBoard({ operator });
      const [job] = await accepted(board, board.id, [event]);
      const part = job as IngestJob;
      expect(await applyPart(redis, prefix, board, part)).toBe('applied');
      expect(await applyPart(redis, prefix, board, part)).toBe('duplicate');
      const gate = boardKeys(prefix, board.id).batch(board.id);
      expect(await redis.ttl(gate)).toBeGreaterThan(71 * 3600);
      expect(await redis.ttl(gate)).toBeLessThanOrEqual(72 * 3600);
      await redis.del(gate);
      await expect(applyPart(redis, prefix, board, part)).rejects.toMatchObject({ code: 'batch-expired' });
      await expectOracle(board, [event]);
    },
  );

  test('is kept for eight days while parts are missing', async () => {
    const board = newBoard({ operator: 'sum' });
    await accepted(board, board.id, [event]);
    expect(await redis.ttl(boardKeys(prefix, board.id).batch(board.id))).toBeGreaterThan(7 * 86_400);
  });
});

test('a part whose events were all applied before counts as applied, and changes nothing', async () => {
  const board = newBoard({ operator: 'sum', windows: ['day'], dedupe: { by: 'id' } });
  const sent = [{ player: 'ada', score: 5, time: NOW - 1000, id: 'one' }];
  for (const key of ['a', 'b']) {
    for (const job of await accepted(board, `${board.id}${key}`, sent)) {
      expect(await applyPart(redis, prefix, board, job)).toBe('applied');
    }
  }
  await expectOracle(board, sent);
  expect(await redis.zcard(boardKeys(prefix, board.id).pending)).toBe(0);
});

test('every key of a board carries its hash tag', async () => {
  const board = newBoard({ operator: 'latest' });
  for (const job of await accepted(board, board.id, [{ player: 'ada', score: 1, time: NOW }])) {
    await applyPart(redis, prefix, board, job);
  }
  const keys = await redis.keys(`${prefix}:*`);
  const own = keys.filter((key) => key.includes(`{board:${board.id}}:`)).map((key) => key.split('}:')[1]);
  expect(own.sort()).toEqual(
    [`batch:${boardKeys('', '').batch(board.id).split('batch:')[1]}`, 'open']
      .concat(['all', 'day:2026-11-24'].flatMap((w) => [`entries:${w}`, `state:${w}`, `times:${w}`]))
      .sort(),
  );
  expect(viewOf(board, 'day').plan).toEqual({ sign: -1, unit: 2 ** 27, resolutionMs: 1 });
});
