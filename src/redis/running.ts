import { once } from 'node:events';
import { createConnection, type NetConnectOpts } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisClient } from './client.ts';

/** How long a server that is asked to stop has to end before it is killed. */
const STOP_MS = 5000;

/** Whether a process holds the socket, be it too busy to answer: two servers must never write one append-only file. */
export async function listens(at: NetConnectOpts): Promise<boolean> {
  const socket = createConnection(at);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Asks Redis to write down what it holds and end, and waits until it has; kills it after `STOP_MS`. */
export async function shutDown(redis: RedisClient): Promise<void> {
  const pid = Number(/^process_id:(\d+)/m.exec(await redis.info('server'))?.[1]);
  const ended = new Promise<'ended'>((resolve) => redis.once('end', () => resolve('ended')));
  redis.shutdown().catch(() => {});
  const late = sleep(STOP_MS, 'late', { ref: false });
  if ((await Promise.race([ended, late])) === 'late' && pid > 0) process.kill(pid, 'SIGKILL');
}
