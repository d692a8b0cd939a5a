import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Boards, createBoards } from '../../src/leaderboard/boards.ts';
import { ingestQueue } from '../../src/leaderboard/queue.ts';
import { connect, waitForever } from '../../src/redis/connect.ts';
import { testRedis } from '../helpers/redis.ts';

const exact = testRedis();
const naive = { ...testRedis() };
const redis = connect(waitForever(exact.url));
const children = new Set<ChildProcess>();
let boards: Boards;
let control: Boards;

beforeAll(async () => {
  boards = await createBoards(exact);
  control = await createBoards(naive);
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await Promise.all([boards.close(), control.close()]);
  redis.disconnect();
});

function worker(prefix: string, mode: 'exact' | 'naive', dieAfter: number): Promise<NodeJS.Signals | null> {
  const script = fileURLToPath(new URL('./ingest-child.ts', import.meta.url));
  const child = spawn(process.execPath, [script, exact.url, prefix, mode, String(dieAfter)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.add(child);
  return new Promise((resolve) =>
    child.once('exit', (_, signal) => {
      children.delete(child);
      resolve(signal);
    }),
  );
}

/** Runs workers that die one after the other behind `dieAfter` parts each, then one that stays until the queue is empty. */
async function workThrough(prefix: string, mode: 'exact' | 'naive', dieAfter: readonly number[]): Promise<void> {
  for (const parts of dieAfter) expect(await worker(prefix, mode, parts)).toBe('SIGKILL');
  void worker(prefix, mode, 0);
  const queue = ingestQueue(redis, prefix);
  for (;;) {
    const { waiting = 0, active = 0, delayed = 0 } = await queue.getJobCounts('waiting', 'active', 'delayed');
    if (waiting + active + delayed === 0) break;
    await sleep(50);
  }
  await queue.close();
}

test('workers killed between script and acknowledgement, and batches sent twice: the sums are exact, those of a naive worker are not', async () => {
  const settings = { operator: 'sum', windows: ['all'] } as const;
  const now = Date.now();
  const batches = Array.from({ length: 40 }, (_, batch) =>
    Array.from({ length: 100 }, (_, i) => ({
      player: `player-${(batch * 31 + i * 17) % 50}`,
      score: ((batch * 7 + i * 13) % 100) + 1,
      time: new Date(now - i).toISOString(),
    })),
  );
  const expected = batches.flat().reduce((sum, { score }) => sum + score, 0);
  for (const target of [boards, control]) {
    await target.define('race', { ...settings, windows: [...settings.windows] });
    for (const [index, batch] of batches.entries()) {
      await target.ingest('race', batch, { key: `batch-${index}` });
      // Every tenth is delivered twice, as by a client that did not see the answer.
      if (index % 10 === 0) await target.ingest('race', batch, { key: `batch-${index}` });
    }
  }
  await Promise.all([workThrough(exact.prefix, 'exact', [1, 7, 3]), workThrough(naive.prefix, 'naive', [1, 7, 3])]);

  const page = await boards.top('race', 'all', { limit: 1000 });
  expect(page.entries.reduce((sum, { score }) => sum + score, 0) - expected).toBe(0);
  for (const [index] of batches.entries()) {
    expect(await boards.batch('race', `batch-${index}`)).toMatchObject({ parts: 1, applied: 1, refused: [] });
  }
  const flat = await redis.zrange(`${naive.prefix}:naive`, '0', '-1', 'WITHSCORES');
  const naiveSum = flat.reduce((sum, text, index) => (index % 2 === 1 ? sum + Number(text) : sum), 0);
  expect(naiveSum - expected).toBeGreaterThan(0);
}, 60_000);
