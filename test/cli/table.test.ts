import { expect, test } from 'vitest';
import { table } from '../../src/cli/table.ts';

test('cells show what they hide and what would turn the text, and keep our colours', () => {
  const green = '\u001b[32m+1\u001b[39m';
  const rows = [
    ['a\u202eb', '1', green],
    ['z\u200bw\ufeff', '22', ''],
    ['עדה é 李', '3', ''],
  ];
  expect(table(['PLAYER', 'N', 'BY'], rows).split('\n')).toEqual([
    'PLAYER               N  BY',
    `a[U+202E]b           1  ${green}`,
    'z[U+200B]w[U+FEFF]  22',
    'עדה é 李              3',
  ]);
});
