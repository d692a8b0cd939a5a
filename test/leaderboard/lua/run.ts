import { afterAll } from 'vitest';
import { connect, waitForever } from '../../../src/redis/connect.ts';
import { runScript, type Script } from '../../../src/redis/script.ts';
import { testRedis } from '../../helpers/redis.ts';

/** A real Redis and names of keys in one slot that nobody else uses, for the tests of one script. */
export function lua() {
  const { url, prefix } = testRedis();
  const redis = connect(waitForever(url));
  afterAll(() => redis.disconnect());
  let made = 0;
  return {
    redis,
    /** Fresh keys with these names. */
    keys<Name extends string>(...names: Name[]): Record<Name, string> {
      made += 1;
      return Object.fromEntries(names.map((name) => [name, `${prefix}:{lua-${made}}:${name}`])) as Record<Name, string>;
    },
    run: (script: Script, keys: readonly string[], args: readonly (string | number | Buffer)[]) =>
      runScript(redis, script, keys, args),
    /** Everything that the keys hold, and whether they expire, to see that nothing was written. */
    contents: (keys: readonly string[]) =>
      Promise.all(keys.map(async (key) => [await redis.dumpBuffer(key), (await redis.ttl(key)) > 0])),
  };
}
