import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedRedis } from '../../src/redis/embedded.ts';

declare module 'vitest' {
  interface ProvidedContext {
    redisUrl: string;
  }
}

/** One real Redis for the whole test run; tests keep apart by key prefix. Tests that kill Redis start their own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'opsline-test-redis-'));
  const redis = await startEmbeddedRedis(folder);
  project.provide('redisUrl', redis.url);
  return async () => {
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
