import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changedFiles, hunksOf, patchOf } from '../../../../pipelines/deploy-explanation/git/hunks.ts';

/** Texts of few different lines, so that diffs have something to align; with and without a last line end. */
const text = fc
  .tuple(
    fc.array(fc.constantFrom('a: 1', 'b: 2', 'c:', '- d', ''), { maxLength: 12 }),
    fc.boolean(),
    fc.constantFrom('\n', '\r\n'),
  )
  .map(([lines, ended, end]) => lines.map((line) => line + end).join('') + (ended ? '' : 'last'));

test('the hunks of a file are all its changes: undone from the last to the first they give the old text', () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      fc.pre(before !== after && before.includes('\r') === after.includes('\r'));
      const file = { path: 'a.yaml', old: 'a.yaml', before, after };
      const hunks = hunksOf(file);
      for (const hunk of hunks) {
        expect(hunk.reverted).not.toBe(after);
        const lines = after.split(/(?<=\n)/);
        expect(lines.slice(hunk.newStart - 1, hunk.newStart - 1 + hunk.added.length).join('')).toBe(
          hunk.added.join(''),
        );
        expect(patchOf(hunk)).toContain('--- a/a.yaml\n+++ b/a.yaml\n@@ ');
      }
      // The last one is the whole file, or the only change it has.
      expect(hunks.at(-1)?.reverted).toBe(before);
    }),
  );
});

test('a moved file is known by its lines; a new one by none', () => {
  const lines = (count: number, word: string) =>
    Array.from({ length: count }, (_, index) => `${word}${index}\n`).join('');
  const before = new Map([
    ['a', lines(9, 'x')],
    ['b', lines(9, 'y')],
    ['same', 's\n'],
  ]);
  const after = new Map([
    ['moved', `${lines(8, 'x')}other\n`],
    ['fresh', lines(9, 'z')],
    ['same', 's\n'],
  ]);
  expect(changedFiles(before, after).map(({ path, old, before: was }) => [path, old, was === undefined])).toEqual([
    ['b', 'b', false],
    ['moved', 'a', false],
    ['fresh', 'fresh', true],
  ]);
});

test('a name that a diff cannot hold gives no patch', () => {
  const [hunk] = hunksOf({ path: 'a\n.yaml', old: 'a', before: 'a\n', after: 'b\n' });
  expect(hunk && patchOf(hunk)).toBeUndefined();
});
