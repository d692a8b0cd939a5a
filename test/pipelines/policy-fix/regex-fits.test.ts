import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { globs } from '../../../pipelines/policy-fix/globs.ts';
import { regexFits, regexFound, regexSpans } from '../../../pipelines/policy-fix/regex-fits.ts';

describe('whether a pattern fits', () => {
  it.each([
    ['^(http|tcp)(-[a-z0-9]+)*$', 'http-web', true],
    ['^(http|tcp)(-[a-z0-9]+)*$', 'admin', false],
    ['^[a-z]([-a-z]*[a-z])?(\\.[a-z]([-a-z]*[a-z])?)*$', 'a-b.c', true],
    ['^(a|b)+(c+d)?$', 'abccd', true],
    ['^[a-z(+)]+$', 'a(', true],
  ])('%s: %s', (pattern, text, fits) => expect(regexFits(pattern, text)).toBe(fits));

  it.each([
    ['^(a+)+$', 'aaaa!', false],
    ['^((a)+(a)*)+$', 'aaaa', true],
    ['^\\pL+$', 'été', true],
    ['(?i)^TEAM-', 'team-red', true],
  ])('as RE2 does, whatever JavaScript makes of it: %s: %s', (pattern, text, fits) =>
    expect(regexFits(pattern, text)).toBe(fits),
  );

  it.each([
    [`^${'a*'.repeat(80)}b$`, 'a'.repeat(5_000)],
    ['^(a+)+$', `${'a'.repeat(5_000)}!`],
    ['^(-[-a-z]+)*$', `${'-ab'.repeat(1_500)}!`],
  ])('comes to an end on what keeps a backtracking engine busy for years: %s', (pattern, text) =>
    expect(regexFits(pattern, text)).toBe(false),
  );

  it.each(['a(?=b)', '(a)\\1', '(', 'a'.repeat(1_001)])('does not say of what RE2 does not read: %s', (pattern) =>
    expect(regexFits(pattern, 'aaaa')).toBeUndefined(),
  );

  it('finds the first part that fits', () => {
    expect(regexFound('[0-9]+', 'web-12-3')).toBe('12');
    expect(regexFound('[0-9]+', 'web')).toBe('');
  });
});

describe('wildcards', () => {
  it.each([
    ['*', '', true],
    ['a*c', 'abcbc', true],
    ['a*c', 'abcb', false],
    ['?*', '', false],
    ['*.example.com', 'a.b.example.com', true],
    ['v?.*', 'v1.2', true],
    ['a.c', 'abc', false],
    ['line*end', 'line\nend', true],
  ])('%s: %s', (pattern, text, fits) => expect(globs(pattern, text)).toBe(fits));

  it('come to an end, however many there are', () => {
    expect(globs(`${'*a'.repeat(200)}b`, 'a'.repeat(20_000))).toBe(false);
  });

  it('are what a regular expression of dots says', () => {
    const part = fc.constantFrom('a', 'b', '.', '*', '?');
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 6 }),
        fc.array(fc.constantFrom('a', 'b', '.'), { maxLength: 8 }),
        (p, t) => {
          const words = p.map((one) => (one === '*' ? '.*' : one === '?' ? '.' : one === '.' ? '\\.' : one)).join('');
          expect(globs(p.join(''), t.join(''))).toBe(new RegExp(`^${words}$`).test(t.join('')));
        },
      ),
    );
  });
});

it('tells where all parts of a text are that a pattern fits', () => {
  expect(regexSpans('[0-9]+', 'a1b22')).toEqual([
    [1, 2],
    [3, 5],
  ]);
  expect(regexSpans('x', 'abc')).toEqual([]);
  expect(regexSpans('(', 'abc')).toBeUndefined();
});
