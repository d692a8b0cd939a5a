import { expect, test } from 'vitest';
import { cellsBetween } from '../../src/evidence/parse/between.ts';

test('cells stand between fixed texts; blanks at the end may be gone', () => {
  expect(cellsBetween('a=b c d', [undefined, '=', undefined, ' ', undefined])).toEqual(['a', 'b', 'c d']);
  expect(cellsBetween('<a>', ['<', undefined, '>'])).toEqual(['a']);
  expect(cellsBetween('a b', [undefined, ' ', undefined, '\t', undefined])).toEqual(['a', 'b', '']);
  expect(cellsBetween('a', [undefined, ' ', undefined])).toBeUndefined();
  expect(cellsBetween('a b', [undefined, ' ', undefined, '=', undefined])).toBeUndefined();
  expect(cellsBetween('a>', ['<', undefined, '>'])).toBeUndefined();
});

test('a long line takes no longer than it is long', () => {
  const start = process.cpuUsage().user;
  const blanks = ' '.repeat(1_000_000);
  cellsBetween(blanks, [undefined, ' ', undefined, ' ', undefined, ' ', undefined, ' ', undefined, '=', undefined]);
  expect((process.cpuUsage().user - start) / 1000).toBeLessThan(1000);
});
