import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { excerptOf, rangesOf } from '../../../src/evidence/logs/excerpt.ts';
import { PREFIXES, TRACES } from './traces.ts';

const noise = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => `2026-11-02T09:00:00Z INFO request ${from + n} served in ${n % 90} ms`);

test('a log of 400 lines is kept whole, one more is cut', () => {
  expect(excerptOf(noise(400)).kept).toHaveLength(400);
  const { kept, lines } = excerptOf(noise(401));
  expect(kept).toHaveLength(15 + 80);
  expect(lines).toBe(401);
});

test('the first line of each error template is kept however many there are before it, and the tail', () => {
  const kinds = Array.from(
    { length: 300 },
    (_, n) => `ERROR part${String.fromCharCode(97 + (n % 26), 97 + Math.floor(n / 26))} failed badly`,
  );
  const lines = kinds.flatMap((kind, n) => [...noise(20, n), ...Array.from({ length: 5 }, () => kind)]);
  lines.push(...noise(500), 'FATAL the decisive word', ...noise(500), 'the last line');
  const { kept, dropped, repeats } = excerptOf(lines);
  const numbers = new Set(kept.map(({ n }) => n));
  for (const kind of [...kinds, 'FATAL the decisive word', 'the last line'])
    expect(numbers.has(lines.indexOf(kind) + 1)).toBe(true);
  expect(dropped).toBe(0);
  expect(kept.length).toBeLessThan(800);
  // Kept or counted: none of the failures is lost.
  const shown = kept.filter(({ text }) => text.startsWith('ERROR')).length;
  expect(shown + repeats.reduce((sum, { more }) => sum + more, 0)).toBe(1500);
});

test('errors push out lines that only have a telling word', () => {
  const name = (n: number) => String.fromCharCode(97 + (n % 26), 97 + (Math.floor(n / 26) % 26));
  const weak = Array.from({ length: 600 }, (_, n) => `item ${name(n)} ${name(n + 7)} ${name(n + 9)} was missing`);
  const lines = [...noise(200), ...weak, ...noise(200), 'panic: no stock', ...noise(300)];
  const { kept, dropped } = excerptOf(lines);
  expect(kept.some(({ text }) => text === 'panic: no stock')).toBe(true);
  expect(dropped).toBeGreaterThan(0);
});

describe.each(Object.entries(PREFIXES))('%s', (_, prefix) => {
  test.each(Object.entries(TRACES))('a trace of %s within a long log is kept whole', (_language, trace) => {
    const lines = [...noise(900), ...trace, ...noise(900)].map(prefix);
    const { kept } = excerptOf(lines);
    expect(rangesOf(kept, 1)).toContainEqual(
      expect.objectContaining({
        from: expect.toSatisfy((from: number) => from > 15 && from <= 901),
        to: expect.toSatisfy((to: number) => to >= 900 + trace.length && to < 1000),
      }),
    );
  });
});

test('a cause that was not seen before is kept, under a head that was seen too often', () => {
  const failure = (cause: string) => [
    'ERROR request failed',
    'shop.Failure: oops',
    '\tat shop.A.b(A.java:1)',
    `Caused by: ${cause}`,
    '\tat shop.C.d(C.java:2)',
  ];
  const lines = [
    ...noise(100),
    ...Array.from({ length: 200 }, () => failure('shop.Busy: try later')).flat(),
    ...failure('java.net.UnknownHostException: db.shop.svc'),
    ...Array.from({ length: 200 }, () => failure('shop.Busy: try later')).flat(),
    ...noise(100),
  ];
  expect(excerptOf(lines).kept.map(({ text }) => text)).toContain(
    'Caused by: java.net.UnknownHostException: db.shop.svc',
  );
});

const line = fc.oneof(
  { weight: 4, arbitrary: fc.nat(999).map((n) => `INFO request ${n} served`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'ERROR no route',
      'FATAL bye',
      '\tat a.B.c(D.java:1)',
      '',
      'Caused by: x.Error: y',
      '{"level":"error","msg":"m"}',
    ),
  },
  { weight: 1, arbitrary: fc.string() },
);

test('any log: what is kept are its lines, in order, with the first and the last; the same log is cut the same way', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 401, maxLength: 1500, size: 'max' }), (lines) => {
      const { kept, repeats } = excerptOf(lines);
      let last = 0;
      for (const { n, text } of kept) {
        expect(n).toBeGreaterThan(last);
        expect(text).toBe(lines[n - 1]);
        last = n;
      }
      expect(kept[0]?.n).toBe(1);
      expect(last).toBe(lines.length);
      const numbers = new Set(kept.map(({ n }) => n));
      for (const repeat of repeats) expect(numbers.has(repeat.line)).toBe(true);
      expect(excerptOf(lines)).toEqual({
        kept,
        repeats,
        lines: lines.length,
        templates: expect.anything(),
        dropped: expect.anything(),
      });
    }),
    { numRuns: 60 },
  );
});
