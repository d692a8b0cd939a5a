/**
 * An ingest worker in a process of its own, as it ships, which kills itself once Redis has answered so many of the scripts that
 * look after boards: between two steps. Arguments: URL, prefix, after how many answers to die (0: never).
 */
import { Redis } from 'ioredis';
import { startIngestWorker } from '../../src/leaderboard/ingest.ts';

const [url = '', prefix = '', dieAfter = '0'] = process.argv.slice(2);
let left = Number(dieAfter);
// A script that Redis does not know yet is sent whole.
for (const name of ['eval', 'evalsha'] as const) {
  const original = Redis.prototype[name] as (...args: unknown[]) => Promise<unknown>;
  Redis.prototype[name] = async function (this: Redis, ...args: unknown[]) {
    const answer = await original.apply(this, args);
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
    return answer;
  } as never;
}
await startIngestWorker({ url, prefix, closingIntervalMs: 100 });
