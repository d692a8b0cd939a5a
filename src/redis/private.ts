import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OpslineError } from '../errors.ts';
import { withLock } from '../programs/lock.ts';
import type { RedisClient } from './client.ts';
import { connect, waitForever } from './connect.ts';
import { redisProgram, socketIn, startEmbeddedRedis } from './embedded.ts';
import type { OpenRedis } from './open.ts';
import { listens, shutDown } from './running.ts';
import { redisOptions } from './url.ts';

/** Connections of this name prove that their process uses the Redis: the kernel closes them when it dies. */
const USER = 'opsline-user';
/** How long a Redis that was found may take to read its data. */
const READY_MS = 15_000;
const ANSWER_MS = 2000;

/**
 * The private Redis of a folder: the one that runs already, or a new one. It belongs to nobody in particular: each process
 * shows itself by a named connection, and whoever closes it as the last one stops it, also when the process that
 * started it was killed. Where it ends by itself, one of those who use it starts it again and says so (`onRestart`). Coming
 * and going take a lock, so that nobody comes between the last look and the stop. Throws `program-missing` and
 * `redis-unavailable`.
 */
export async function openPrivateRedis(
  folder: string,
  onRestart: (message: string) => void = () => {},
): Promise<OpenRedis> {
  await redisProgram();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const socket = socketIn(folder);
  const url = `unix://${socket}`;
  const locked = <T>(work: () => Promise<T>): Promise<T> => withLock(join(folder, 'redis.lock'), () => {}, work);
  return locked(async () => {
    let started = (await listens({ path: socket })) ? undefined : await startEmbeddedRedis(folder);
    const name = `${USER}:${randomUUID()}`;
    const presence = connect({ ...waitForever(url), connectionName: name });
    let state: 'open' | 'reviving' | 'closed' = 'open';
    const revive = async (): Promise<void> => {
      if (state !== 'open') return;
      state = 'reviving';
      const revived = await locked(async () => {
        if (state === 'closed' || (await listens({ path: socket }))) return undefined;
        return startEmbeddedRedis(folder);
      }).catch((error) => {
        onRestart(`the private Redis of ${folder} ended and does not start: ${String(error)}`);
        return undefined;
      });
      if (revived !== undefined) {
        started?.release();
        started = revived;
        onRestart(`the private Redis of ${folder} had ended and was started again`);
      }
      if (state === 'reviving') state = 'open';
    };
    try {
      await ready(presence, folder);
      const alone = !(await othersUse(presence, name));
      // ioredis tries again and again: each try that fails comes here.
      presence.on('close', () => void revive());
      return {
        url,
        alone,
        close: async () => {
          state = 'closed';
          await locked(() => leave(presence, url, name));
          started?.release();
        },
      };
    } catch (error) {
      presence.disconnect();
      await started?.stop();
      throw error;
    }
  });
}

async function ready(redis: RedisClient, folder: string): Promise<void> {
  const signal = AbortSignal.timeout(READY_MS);
  while (redis.status !== 'ready') {
    if (signal.aborted) {
      throw new OpslineError(
        'redis-unavailable',
        `The private Redis of ${folder} runs but does not answer within ${READY_MS / 1000} s. Stop it, then try again.`,
      );
    }
    await sleep(5);
  }
}

async function othersUse(redis: RedisClient, name: string): Promise<boolean> {
  const clients = (await redis.client('LIST')) as string;
  return [...clients.matchAll(/ name=(\S+)/g)].some(([, other]) => other?.startsWith(`${USER}:`) && other !== name);
}

/** Takes our name off, or stops the Redis when it bears no other. One that is gone or does not answer is left alone. */
async function leave(presence: RedisClient, url: string, name: string): Promise<void> {
  const limits = { connectTimeout: ANSWER_MS, commandTimeout: ANSWER_MS, retryStrategy: () => null };
  const redis = connect({ ...redisOptions(url), ...limits });
  try {
    if (!(await othersUse(redis, name))) await shutDown(redis);
    // Answered before the lock is given back: whoever looks next does not see us any more.
    else if (presence.status === 'ready') await presence.client('SETNAME', '');
  } catch {
    // There is nothing to stop.
  } finally {
    presence.disconnect();
    redis.disconnect();
  }
}
