import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { lua } from './run.ts';

const { redis } = lua();
const FOLDER = new URL('../../../src/redis/lua/', import.meta.url);
/** What Debian 12 ships. */
const OLDEST = [7, 0, 0];

const numbers = (version: string): number[] => version.split('.').map(Number);
const isAtMost = (a: readonly number[], b: readonly number[]): boolean =>
  a.map((part, place) => Math.sign(part - (b[place] ?? 0))).find((sign) => sign !== 0) !== 1;

test('the tests run on a Redis that is known, and every command of every script is one of Redis 7.0', async ({
  annotate,
}) => {
  const info = (await redis.info('server')) as string;
  const version = /^(?:valkey|redis)_version:(\d+\.\d+\.\d+)/m.exec(info)?.[1] ?? '';
  await annotate(`the scripts were run on ${version}`);
  expect(isAtMost(OLDEST, numbers(version)), version).toBe(true);

  const files = (readdirSync(FOLDER, { recursive: true }) as string[]).filter((name) => name.endsWith('.lua'));
  expect(files.length).toBeGreaterThan(8);
  const called = new Set(
    files.flatMap((name) =>
      [...readFileSync(new URL(name, FOLDER), 'utf8').matchAll(/redis\.p?call\('([A-Z]+)'/g)].map(([, command]) =>
        String(command).toLowerCase(),
      ),
    ),
  );
  expect(called).toContain('zadd');
  for (const command of called) {
    const [name, docs] = (await redis.call('COMMAND', 'DOCS', command)) as [string, unknown[]];
    expect(name).toBe(command);
    const since = String(docs[docs.indexOf('since') + 1]);
    expect(isAtMost(numbers(since), OLDEST), `${command} is there since ${since}`).toBe(true);
  }
});
