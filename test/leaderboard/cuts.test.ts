import { type Job, UnrecoverableError } from 'bullmq';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { acceptBatch, batchOf } from '../../src/leaderboard/accept.ts';
import type { Board, BoardSettings } from '../../src/leaderboard/definition.ts';
import { checkEvents, type Events } from '../../src/leaderboard/events.ts';
import { applyJob } from '../../src/leaderboard/ingest.ts';
import { boardKeys } from '../../src/leaderboard/keys.ts';
import { planBoard } from '../../src/leaderboard/plan.ts';
import { type IngestJobData, ingestQueue } from '../../src/leaderboard/queue.ts';
import { Reads } from '../../src/leaderboard/reads.ts';
import { viewOf } from '../../src/leaderboard/series.ts';
import { connect, waitForever } from '../../src/redis/connect.ts';
import { mulberry32 } from '../chaos/support/scores.ts';
import { testRedis } from '../helpers/redis.ts';
import { lateOf, type OracleEvent, standings, windowsOf } from './oracle.ts';

const { url, prefix } = testRedis();
/** Two workers have a connection each. */
const connections = [connect(waitForever(url)), connect(waitForever(url))] as const;
const [redis] = connections;
const queue = ingestQueue(redis, prefix);
const reads = new Reads(redis, prefix);

beforeAll(() => redis.ping());
afterAll(async () => {
  await queue.close();
  for (const connection of connections) connection.disconnect();
});

const ACCEPTED = Date.parse('2026-11-24T01:00:00Z');
const HOUR = 3_600_000;

const settings = fc
  .record({
    operator: fc.constantFrom('best', 'latest', 'sum', 'sum', 'sum', 'count'),
    direction: fc.constantFrom('higher', 'lower'),
    // So narrow for a sum that some parts are refused; which ones depends on the order.
    max: fc.constantFrom(undefined, 400, 400),
    dedupe: fc.constantFrom(undefined, { by: 'id' as const }),
    // Events are up to 25 hours old. Where events come again, all are in time: which of two is late would depend on the order.
    graceSeconds: fc.constantFrom(0, 3600, 30 * 86_400),
  })
  .map(({ max, dedupe, graceSeconds, ...rest }) => ({
    ...rest,
    windows: ['all', 'day'],
    graceSeconds: dedupe === undefined ? graceSeconds : 30 * 86_400,
    ...(max === undefined ? {} : { max }),
    ...(dedupe === undefined ? {} : { dedupe }),
  })) as unknown as fc.Arbitrary<BoardSettings>;

/** Sizes of batches: one part, or two or three. */
const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 501, max: 1100 })), {
  minLength: 1,
  maxLength: 3,
});

type Dice = (sides: number) => number;

function someEvents(size: number, first: number, before: readonly OracleEvent[], dice: Dice): OracleEvent[] {
  return Array.from({ length: size }, (_, place) => {
    const again = before.length > 0 && dice(10) === 0 ? before[dice(before.length)] : undefined;
    const time = ACCEPTED - dice(25 * HOUR) - 1;
    return again ?? { player: `p${dice(7)}`, score: dice(41) - 12, time, id: String(first + place) };
  });
}

interface Sent {
  readonly key: string;
  readonly sent: OracleEvent[];
  readonly events: Events;
}

/** One board and everything that is under way on it. */
class Trial {
  readonly board: Board;
  readonly #dice: Dice;
  readonly #batches: Sent[] = [];
  /** Deliveries that are due. */
  readonly #due: IngestJobData[] = [];
  /** Parts that were applied, as `batch/part`. */
  readonly #applied = new Set<string>();
  readonly #boards = [new Map<string, Board>(), new Map<string, Board>()] as const;

  constructor(board: Board, dice: Dice) {
    this.board = board;
    this.#dice = dice;
  }

  add(sent: OracleEvent[]): void {
    const { operator, dedupe } = this.board;
    const wire = sent.map(({ player, score, time, id }) => ({
      player,
      ...(operator === 'count' ? {} : { score }),
      time: new Date(time).toISOString(),
      ...(dedupe === undefined ? {} : { id }),
    }));
    const key = `${this.board.id}-${this.#batches.length}`;
    this.#batches.push({ key, sent, events: checkEvents(this.board, wire, ACCEPTED) });
  }

  /** A client sends a batch; the process dies when `jobs` of its jobs are in the queue. Only the first time of acceptance counts. */
  async accept(index: number, jobs: number, hours: number): Promise<void> {
    const { key, events } = this.#batches[index] as Sent;
    const dying: typeof queue = Object.assign(Object.create(queue), {
      addBulk: async (all: Parameters<typeof queue.addBulk>[0]) => {
        const added = await queue.addBulk(all.slice(0, jobs));
        if (jobs < all.length) throw new Error('died');
        return added;
      },
    });
    await acceptBatch({ redis, prefix, queue: dying }, this.board, events, { key, now: ACCEPTED + hours * HOUR }).catch(
      (error: Error) => expect(error.message).toBe('died'),
    );
    this.#due.push(...(await queue.getJobs(['waiting'])).map(({ data }) => data));
    await queue.drain();
  }

  /** Delivers something that is due to a worker, or to two at once; the worker may die before it can acknowledge. */
  async deliver(atOnce: boolean, acknowledge: boolean): Promise<void> {
    const [job] = this.#due.splice(this.#dice(this.#due.length), 1);
    if (job === undefined) return;
    if (!acknowledge) this.#due.push(job);
    const outcomes = await Promise.all(
      connections.slice(0, atOnce ? 2 : 1).map((connection, worker) =>
        applyJob(connection, prefix, this.#boards[worker] as Map<string, Board>, { data: job } as Job).catch(
          (error) => {
            expect(error).toBeInstanceOf(UnrecoverableError);
            expect(error.message).toMatch(/would leave the range/);
            return 'refused';
          },
        ),
      ),
    );
    const name = `${job.batch}/${job.part}`;
    const before = this.#applied.has(name) ? 1 : 0;
    const times = outcomes.filter((outcome) => outcome === 'applied').length;
    expect(before + times, name).toBeLessThanOrEqual(1);
    if (before === 1) expect(outcomes).not.toContain('refused');
    if (times === 1) this.#applied.add(name);
  }

  /** Clients and queue go on until everything is settled. */
  async settle(): Promise<void> {
    for (const index of this.#batches.keys()) await this.accept(index, Number.POSITIVE_INFINITY, 100);
    while (this.#due.length > 0) await this.deliver(false, true);
  }

  async expectOracle(): Promise<void> {
    const { board } = this;
    const keys = boardKeys(prefix, board.id);
    const counted: OracleEvent[] = [];
    for (const { key, sent } of this.#batches) {
      const batch = await batchOf({ redis, prefix }, board.id, key);
      const parts = Array.from({ length: batch.parts }, (_, part) => part);
      const applied = parts.filter((part) => this.#applied.has(`${key}/${part}`));
      expect(batch.applied).toBe(applied.length);
      expect(batch.refused.map(({ part }) => part)).toEqual(parts.filter((part) => !applied.includes(part)));
      const acceptedAt = Number(await redis.hget(keys.batch(key), 'accepted'));
      for (const part of applied) {
        counted.push(...sent.slice(500 * part, 500 * (part + 1)).map((event) => ({ ...event, acceptedAt })));
      }
    }
    expect(await redis.zcard(keys.pending)).toBe(0);
    expect((await redis.zrange(keys.open, '0', '-1')).sort()).toEqual(windowsOf(board, counted));
    const late = Object.values(await redis.hgetall(keys.late)).reduce((sum, count) => sum + Number(count), 0);
    expect(late).toBe(lateOf(board, counted));
    for (const window of windowsOf(board, counted)) {
      const { entries } = await reads.top(viewOf(board, window), 0, 1000);
      const rows = standings(board, window, counted).map(({ rank, player, score }) => ({ rank, player, score }));
      expect(entries.map(({ rank, player, score }) => ({ rank, player, score }))).toEqual(rows);
      for (const { score } of entries) expect(Math.abs(score)).toBeLessThanOrEqual(board.max);
    }
  }
}

let made = 0;

test('wherever the way from acceptance to acknowledgement is cut, and in whatever order it goes on: each part counts once', async () => {
  await fc.assert(
    fc.asyncProperty(settings, sizes, fc.noShrink(fc.integer()), async (chosen, wanted, seed) => {
      const random = mulberry32(seed);
      const dice: Dice = (sides) => Math.floor(random() * sides);
      made += 1;
      const board = planBoard(`cut-${made}`, chosen, new Date(ACCEPTED).toISOString());
      await redis.set(boardKeys(prefix, board.id).definition, JSON.stringify(board));
      const trial = new Trial(board, dice);
      let before: OracleEvent[] = [];
      for (const size of wanted) {
        const fresh = someEvents(size, before.length, board.dedupe === undefined ? [] : before, dice);
        trial.add(fresh);
        before = [...before, ...fresh];
      }
      for (let step = 0; step < 6 * wanted.length; step += 1) {
        // Of at most three jobs none, some or all are added before the process dies.
        if (dice(3) === 0) await trial.accept(dice(wanted.length), dice(5), step);
        else await trial.deliver(dice(2) === 0, dice(2) === 0);
      }
      await trial.settle();
      await trial.expectOracle();
    }),
    { numRuns: 40 },
  );
}, 120_000);
