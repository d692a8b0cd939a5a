/** Applying batches, beside the npm package redis-rank (idempotency on our side only) and a PostgreSQL table with an index. */
import { execFile } from 'node:child_process';
import { access, chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { Leaderboard } from 'redis-rank';
import { applyPart } from '../../src/leaderboard/apply.ts';
import type { Board } from '../../src/leaderboard/definition.ts';
import type { Events } from '../../src/leaderboard/events.ts';
import { boardKeys } from '../../src/leaderboard/keys.ts';
import { seriesOf } from '../../src/leaderboard/series.ts';
import {
  BATCH,
  batches,
  type Cost,
  type Figure,
  inTurns,
  board as makeBoard,
  median,
  perSecond,
  type Stage,
  timed,
  WINDOWS,
} from './harness.ts';

/** Batches under way at once on either side. */
const DEEP = 8;

export async function measureRedisRank({ redis }: Stage, events: number, repeats: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [operator, updatePolicy, target] of [
    ['best', 'best', 4],
    ['sum', 'aggregate', 1.4],
  ] as const) {
    const ours: Cost[] = [];
    const theirs: Cost[] = [];
    for (let round = 0; round <= repeats; round += 1) {
      const board = makeBoard(`${operator}-${round}`, { operator });
      const work = batches(events);
      const boards = WINDOWS.map(
        (window) => new Leaderboard(redis, `rank:${board.id}:${window}`, { sortPolicy: 'high-to-low', updatePolicy }),
      );
      const a = await timed(() => inTurns(work, DEEP, (batch, index) => applyOurs({ redis, board }, batch, index)));
      const b = await timed(() =>
        inTurns(work, DEEP, async ({ players, scores }) => {
          const entries = players.map((id, index) => ({ id, value: scores[index] as number }));
          await Promise.all(boards.map((each) => each.update(entries)));
        }),
      );
      if (round > 0) {
        ours.push(a);
        theirs.push(b);
      }
      await redis.flushdb();
    }
    const [mine, other] = [ours, theirs].map((list) => median(list.map(({ seconds }) => seconds))) as [number, number];
    const [cpu, otherCpu] = [ours, theirs].map((list) => median(list.map((cost) => cost.cpu))) as [number, number];
    figures.push(
      {
        what: `${operator}: applied exactly once, over redis-rank ${updatePolicy}`,
        measured: `${(other / mine).toFixed(1)}x (${perSecond(events, mine)})`,
        target: `>= ${target}x`,
        met: other / mine >= target,
      },
      {
        what: `${operator}: CPU of Node, of that of redis-rank`,
        measured: `1/${(otherCpu / cpu).toFixed(1)} (${((cpu / events) * 1e6).toFixed(1)} us an event)`,
        target: '<= 1/10',
        met: otherCpu / cpu >= 10,
      },
    );
  }
  return figures;
}

async function applyOurs(
  { redis, board }: { redis: Stage['redis']; board: Board },
  events: Events,
  index: number,
): Promise<void> {
  const batch = `batch-${index}`;
  // Accepting a batch writes its gate; it counts here.
  await redis.hset(boardKeys('bench', board.id).batch(batch), 'parts', 1);
  await applyPart(redis, 'bench', board, { batch, part: 0, parts: 1, acceptedAt: Date.now(), events });
}

const COLUMNS = '(window_id, player, score, reached)';
const KEEP_BEST = `
  ON CONFLICT (window_id, player) DO UPDATE SET score = excluded.score, reached = excluded.reached
  WHERE excluded.score > entries.score`;
const ONE = { name: 'one', text: `INSERT INTO entries ${COLUMNS} VALUES ($1, $2, $3, $4) ${KEEP_BEST}` };
const MANY = `INSERT INTO entries ${COLUMNS} SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[]) ${KEEP_BEST}`;

/** Upserts as services write them, one for each event and window; and, for comparison, of batches reduced as ours are. */
export async function measurePostgres({ redis }: Stage, events: number): Promise<Figure[]> {
  const server = await startPostgres();
  try {
    const pool = new pg.Pool({ host: server.folder, user: 'postgres', database: 'postgres', max: 2 * DEEP });
    await pool.query(`
      CREATE TABLE entries (window_id text, player text, score bigint, reached timestamptz, PRIMARY KEY (window_id, player));
      CREATE INDEX standings ON entries (window_id, score DESC, reached)`);
    const board = makeBoard('postgres', { operator: 'best' });
    const oneByOne = async ({ players, scores, times }: Events): Promise<void> => {
      for (const [index, player] of players.entries()) {
        const time = times[index] as number;
        for (const series of seriesOf(board)) {
          await pool.query({ ...ONE, values: [series.at(time)?.id, player, scores[index], new Date(time)] });
        }
      }
    };
    const reduced = async (batch: Events): Promise<void> => {
      const rows = best(board, batch);
      const columns = [
        rows.map((r) => r.window),
        rows.map((r) => r.player),
        rows.map((r) => r.score),
        rows.map((r) => r.reached),
      ];
      await pool.query(MANY, columns);
    };
    await inTurns(batches(5000), DEEP, reduced);
    const few = batches(Math.ceil(events / 20));
    const [ours, many] = [batches(events), batches(Math.ceil(events / 4))];
    const rate = async (
      work: readonly Events[],
      apply: (batch: Events, index: number) => Promise<void>,
    ): Promise<number> => {
      const { seconds } = await timed(() => inTurns(work, 2 * DEEP, apply));
      return (work.length * BATCH) / seconds;
    };
    const mine = await rate(ours, (batch, index) => applyOurs({ redis, board }, batch, index));
    const plain = await rate(few, oneByOne);
    const bulk = await rate(many, reduced);
    await pool.end();
    return [
      {
        what: 'best: applied exactly once, over a PostgreSQL upsert for each event and window, table with an index',
        measured: `${(mine / plain).toFixed(1)}x (PostgreSQL ${perSecond(plain, 1)})`,
        target: '>= 20x',
        met: mine / plain >= 20,
      },
      {
        what: 'the same over PostgreSQL with batches reduced in Node and upserted in one statement',
        measured: `${(mine / bulk).toFixed(1)}x (PostgreSQL ${perSecond(bulk, 1)})`,
        target: '-',
        met: true,
      },
    ];
  } finally {
    await server.stop();
  }
}

interface Row {
  readonly window: string;
  readonly player: string;
  readonly score: number;
  readonly reached: Date;
}

/** Reduced as opsline does: one statement must not touch a row twice. In order, so that statements at once do not lock each other out. */
function best(board: Board, { players, scores, times }: Events): Row[] {
  const rows = new Map<string, Row>();
  for (const series of seriesOf(board)) {
    for (const [index, player] of players.entries()) {
      const time = times[index] as number;
      const window = series.at(time)?.id ?? '';
      const score = scores[index] as number;
      const key = `${window} ${player}`;
      if (score > (rows.get(key)?.score ?? Number.NEGATIVE_INFINITY))
        rows.set(key, { window, player, score, reached: new Date(time) });
    }
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

const run = promisify(execFile);

/** A PostgreSQL of Debian's package with its defaults (every commit is on disk), in a folder of its own, on a Unix socket. */
async function startPostgres(): Promise<{ folder: string; stop(): Promise<void> }> {
  const programs = await findPostgres();
  const folder = await mkdtemp(join(tmpdir(), 'opsline-pg-'));
  // It refuses to run as root.
  const root = process.getuid?.() === 0;
  if (root) {
    const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout);
    await chown(folder, await id('-u'), await id('-g'));
  }
  const asPostgres = (program: string, ...args: string[]) =>
    root
      ? run('runuser', ['-u', 'postgres', '--', join(programs, program), ...args])
      : run(join(programs, program), args);
  const data = join(folder, 'data');
  await asPostgres('initdb', '-D', data, '-U', 'postgres', '--auth=trust');
  await asPostgres(
    'pg_ctl',
    '-D',
    data,
    '-w',
    '-l',
    join(folder, 'log'),
    '-o',
    `-k ${folder} -c listen_addresses=''`,
    'start',
  );
  return {
    folder,
    async stop() {
      await asPostgres('pg_ctl', '-D', data, '-m', 'immediate', 'stop');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function findPostgres(): Promise<string> {
  const versions = await readdir('/usr/lib/postgresql').catch(() => []);
  for (const version of versions.toSorted().toReversed()) {
    const folder = join('/usr/lib/postgresql', version, 'bin');
    const there = await access(join(folder, 'initdb')).then(
      () => true,
      () => false,
    );
    if (there) return folder;
  }
  throw new Error('PostgreSQL is not installed. Debian: apt-get install postgresql');
}
