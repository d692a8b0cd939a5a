import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RedisClient } from './client.ts';

/** A Lua script of `src/redis/lua`, known to Redis by the SHA-1 of its text. */
export interface Script {
  readonly source: string;
  readonly sha: string;
}

/**
 * Reads a script of `src/redis/lua`, named by its path there: `runs/begin.lua`. A line `-- include boards/page-of.lua` stands for
 * what is in that file: scripts cannot call each other in Redis.
 */
export function loadScript(path: string): Script {
  const source = readLua(path).replace(/^-- include (\S+)$/gm, (_, included: string) => readLua(included));
  return { source, sha: createHash('sha1').update(source).digest('hex') };
}

function readLua(path: string): string {
  return readFileSync(new URL(`./lua/${path}`, import.meta.url), 'utf8');
}

/** Runs a script; one that Redis has forgotten (restart, failover) is sent again. All keys must share a hash slot. */
export async function runScript(
  redis: RedisClient,
  script: Script,
  keys: readonly string[],
  args: readonly (string | number | Buffer)[],
): Promise<unknown> {
  try {
    return await redis.evalsha(script.sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return await redis.eval(script.source, keys.length, ...keys, ...args);
  }
}
