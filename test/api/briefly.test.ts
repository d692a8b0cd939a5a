import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { briefly } from '../../src/api/briefly.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** A lookup in a map that counts how often it looks. */
function counting(values: Map<string, string>) {
  const asked: string[] = [];
  const brief = briefly(100, async (key) => {
    asked.push(key);
    return values.get(key);
  });
  return { asked, ...brief };
}

test('what was found holds for the time, each key by itself', async () => {
  const { asked, find } = counting(
    new Map([
      ['a', '1'],
      ['b', '2'],
    ]),
  );
  expect([await find('a'), await find('b'), await find('a')]).toEqual(['1', '2', '1']);
  vi.advanceTimersByTime(99);
  expect(await find('a')).toBe('1');
  expect(asked).toEqual(['a', 'b']);
  vi.advanceTimersByTime(1);
  expect(await find('a')).toBe('1');
  expect(asked).toEqual(['a', 'b', 'a']);
});

test('a change is seen when it is told of, and otherwise after the time', async () => {
  const values = new Map([['a', '1']]);
  const { find, forget } = counting(values);
  await find('a');
  values.set('a', '2');
  expect(await find('a')).toBe('1');
  forget('a');
  expect(await find('a')).toBe('2');
  values.delete('a');
  vi.advanceTimersByTime(100);
  expect(await find('a')).toBeUndefined();
});

test('what is not there, and a lookup that fails, are looked for again', async () => {
  const values = new Map<string, string>();
  const { asked, find } = counting(values);
  expect(await find('a')).toBeUndefined();
  values.set('a', '1');
  expect(await find('a')).toBe('1');
  expect(asked).toHaveLength(2);

  let up = false;
  const failing = briefly(100, async () => (up ? 'back' : Promise.reject(new Error('gone'))));
  await expect(failing.find('a')).rejects.toThrow('gone');
  up = true;
  expect(await failing.find('a')).toBe('back');
});
