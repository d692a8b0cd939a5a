/**
 * An ingest worker in a process of its own, which may kill itself between the script that applies a part and the
 * acknowledgement of its job, or just before the script. Arguments: URL, prefix, `exact` or `naive`, after how many parts to die
 * (0: never), `short` or `shipped` locks, and `after` or `before` the script.
 *
 * `exact` is the worker as it ships: only the moment of death is added, by intercepting Redis' answer to the script. `naive` is
 * what one writes without a gate: it adds each score and acknowledges.
 */
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { startIngestWorker } from '../../src/leaderboard/ingest.ts';
import { IngestJob, type IngestJobData } from '../../src/leaderboard/queue.ts';
import { connect, waitForever } from '../../src/redis/connect.ts';

const [url = '', prefix = '', mode = '', dieAfter = '0', locks = 'short', when = 'after'] = process.argv.slice(2);
let left = Number(dieAfter);

function applied(): void {
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}

if (mode === 'exact') {
  for (const name of ['eval', 'evalsha'] as const) {
    const original = Redis.prototype[name] as (...args: unknown[]) => Promise<unknown>;
    Redis.prototype[name] = async function (this: Redis, ...args: unknown[]) {
      if (when === 'before') applied();
      const answer = await original.apply(this, args);
      if (when === 'after') applied();
      return answer;
    } as never;
  }
  await startIngestWorker({
    url,
    prefix,
    ...(locks === 'shipped' ? {} : { lockDurationMs: 1000, stalledIntervalMs: 500 }),
  });
} else {
  const redis = connect(waitForever(url));
  new Worker<IngestJobData>(
    'ingest',
    async (job) => {
      const { events } = IngestJob.parse(job.data);
      const pipeline = redis.pipeline();
      for (const [index, player] of events.players.entries()) {
        pipeline.zincrby(`${prefix}:naive`, events.scores[index] as number, player);
      }
      await pipeline.exec();
      applied();
    },
    {
      prefix: `{${prefix}:ingest}`,
      concurrency: 20,
      lockDuration: 1000,
      stalledInterval: 500,
      maxStalledCount: 10,
      connection: redis,
    },
  ).on('error', () => {});
}
process.stdout.write('ready\n');
