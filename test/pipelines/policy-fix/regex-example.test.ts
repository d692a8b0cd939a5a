import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { regexExample } from '../../../pipelines/policy-fix/fixers/regex-example.ts';

/** Patterns of letters, classes, groups and repetitions, put together at random. */
const pattern = fc.letrec<{ whole: string; item: string; atom: string }>((tie) => ({
  whole: fc
    .array(fc.array(tie('item'), { maxLength: 4 }), { minLength: 1, maxLength: 3 })
    .map((alternatives) => alternatives.map((items) => items.join('')).join('|')),
  item: fc
    .tuple(tie('atom'), fc.constantFrom('', '', '+', '*', '?', '{2}', '{1,3}', '+?'))
    .map((parts) => parts.join('')),
  atom: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(
      'a',
      'Z',
      '-',
      '/',
      '\\.',
      '\\d',
      '\\w',
      '.',
      '[a-z0-9]',
      '[^a-z]',
      '[.]',
      '[a-z.-]',
      '[\\]x]',
      '@',
    ),
    tie('whole').map((inside) => `(${inside})`),
    tie('whole').map((inside) => `(?:${inside})`),
  ),
})).whole;

/** Whether an expression takes a text; undefined where it backtracks for too long to tell. */
function takes(expression: string, text: string | undefined): boolean | undefined {
  try {
    return runInNewContext('new RegExp(expression).test(text)', { expression, text }, { timeout: 100 });
  } catch {
    return undefined;
  }
}

describe('an example of a regular expression', () => {
  it('is a text that the expression takes', () => {
    fc.assert(
      fc.property(pattern, (text) => {
        const found = takes(`^(?:${text})$`, regexExample(text));
        fc.pre(found !== undefined);
        expect(found).toBe(true);
      }),
    );
    expect(takes('^(?:(a+)+)+$', `${'a'.repeat(40)}b`)).toBeUndefined();
    expect(takes('^a$', undefined)).toBe(false);
  });

  it.each([
    ['^[a-z.]+@example[.]com$', 'x@example.com'],
    ['^v\\d+\\.\\d+\\.\\d+(-[0-9A-Za-z.-]+)?$', 'v1.1.1'],
    ['(?i)^(?P<team>core|web)-[0-9]{4}$', 'core-1111'],
    ['^([a-z0-9]+(-[a-z0-9]+)*)+$', 'x'],
    ['^https://[^/]+/', 'https://x/'],
  ])('%s: %s', (text, example) => expect(regexExample(text)).toBe(example));

  it.each(['^(?=a)b$', '(a', 'a)', '[a', '\\p{L}', '*', 'a{900}', '[[:alpha:]]'])('is not made of %s', (text) =>
    expect(regexExample(text)).toBeUndefined(),
  );

  it('takes no time for what would take forever to run, nor room', () => {
    expect(regexExample(`^${'(a{50}'.repeat(5)}${'){50}'.repeat(5)}$`)).toBeUndefined();
    expect(regexExample('('.repeat(10_000))).toBeUndefined();
  });
});
