import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { hostName, isLoopback } from '../../src/api/loopback.ts';
import { MAX_WAIT_SECONDS, waitOf } from '../../src/api/prefer.ts';
import { pointer, problemOf } from '../../src/api/problem.ts';
import { allows, Scope } from '../../src/api/scopes.ts';
import { OpslineError } from '../../src/errors.ts';

describe('loopback', () => {
  test.each(['127.0.0.1', '127.9.9.9', '::1', '[::1]', 'localhost', 'LOCALHOST', 'opsline.localhost'])(
    '%s is this machine',
    (host) => expect(isLoopback(host)).toBe(true),
  );
  test.each(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.evil.test', 'localhost.evil.test', 'evil.test', '', '127.1'])(
    '%s is not',
    (host) => expect(isLoopback(host)).toBe(false),
  );
  test.each([
    ['localhost:7878', 'localhost'],
    ['127.0.0.1', '127.0.0.1'],
    ['[::1]:80', '[::1]'],
    ['user@localhost', undefined],
    ['localhost/x', undefined],
    ['a b', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('the host name of %s is %s', (header, name) => expect(hostName(header)).toBe(name));
});

describe('Prefer', () => {
  test.each([
    ['wait=10', 10],
    ['respond-async, wait=5', 5],
    ['wait=3; x=y, other', 3],
    ['Wait = "7"', 7],
    ['wait=600', MAX_WAIT_SECONDS],
    ['wait=0', 0],
    ['wait=-1', undefined],
    ['wait=soon', undefined],
    ['await=5', undefined],
    ['respond-async', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s waits %s', (header, seconds) => expect(waitOf(header)).toBe(seconds));

  test('is bounded and never throws', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        const seconds = waitOf(header);
        expect(seconds === undefined || (seconds >= 0 && seconds <= MAX_WAIT_SECONDS)).toBe(true);
      }),
    );
  });
});

test('a pointer leads back to the place it was made from', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (path) => {
      const read = pointer(path)
        .split('/')
        .slice(1)
        .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'));
      expect(read).toEqual(path);
    }),
  );
});

describe('problems', () => {
  test('an unexpected error shows nothing of itself', () => {
    const text = JSON.stringify(problemOf(new OpslineError('internal', 'password hunter2 at /srv/x.ts:3'), 'r1'));
    expect(text).not.toContain('hunter2');
    expect(text).toContain('urn:opsline:request:r1');
  });

  test('issues of a schema become JSON pointers', () => {
    const { error } = z
      .object({ items: z.array(z.object({ 'a/b': z.number() })) })
      .safeParse({ items: [{ 'a/b': 'x' }] });
    const problem = problemOf(new OpslineError('invalid-input', 'no', { cause: error }));
    expect(problem.errors).toEqual([{ detail: expect.stringContaining('number'), pointer: '#/items/0/a~1b' }]);
  });

  test('issues without a schema keep their place', () => {
    const issues = [
      { path: '/items/0', message: 'odd' },
      { path: 'line 3', message: 'broken' },
    ];
    expect(problemOf(new OpslineError('manifest-invalid', 'no', { issues })).errors).toEqual([
      { detail: 'odd', pointer: '#/items/0' },
      { detail: 'line 3: broken' },
    ]);
  });
});

test('admin may do everything, any other scope only itself', () => {
  for (const held of Scope.options) {
    for (const needed of Scope.options) expect(allows([held], needed)).toBe(held === needed || held === 'admin');
  }
});
