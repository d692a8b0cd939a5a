import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';

/** The shared test Redis and a key prefix that nobody else uses. */
export function testRedis(): { url: string; prefix: string } {
  return { url: inject('redisUrl'), prefix: `t${randomBytes(6).toString('hex')}` };
}
