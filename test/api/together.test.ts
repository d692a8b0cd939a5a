import { expect, test } from 'vitest';
import { Together } from '../../src/api/together.ts';

/** Work that ends when it is told to, and says how often it was begun before. */
function work() {
  const ends: ((error?: Error) => void)[] = [];
  return {
    ends,
    begin: () => {
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const turn = ends.push((error) => (error === undefined ? resolve(turn - 1) : reject(error)));
      return promise;
    },
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('those who ask while work runs share the next turn, which begins after they asked', async () => {
  const together = new Together<number>();
  const { ends, begin } = work();
  const first = together.run('a', begin);
  const [second, third] = [together.run('a', begin), together.run('a', begin)];
  const other = together.run('b', begin);
  expect(ends).toHaveLength(2);
  ends[0]?.();
  expect(await first).toBe(0);
  await settled();
  expect(ends).toHaveLength(3);
  const fourth = together.run('a', begin);
  ends[2]?.();
  expect(await Promise.all([second, third])).toEqual([2, 2]);
  await settled();
  ends[3]?.();
  ends[1]?.();
  expect(await Promise.all([fourth, other])).toEqual([3, 1]);
});

test('work that fails fails for those who shared it; the next turn is begun all the same', async () => {
  const together = new Together<number>();
  const { ends, begin } = work();
  const first = together.run('a', begin);
  const second = together.run('a', begin);
  ends[0]?.(new Error('gone'));
  await expect(first).rejects.toThrow('gone');
  await settled();
  ends[1]?.();
  expect(await second).toBe(1);
  await settled();
  const third = together.run('a', begin);
  ends[2]?.();
  expect(await third).toBe(2);
});
