import type { TextRecord } from './read.ts';

/** Wider than this no table is. */
const MAX_WIDTH = 20_000;

/**
 * Rows under a header, told apart by where the header's names end: pandas sets its columns flush right, and numbers its rows unless it was
 * asked not to. Without numbers every name must end a column, and most of them one in which most rows have something.
 */
export function flushRight(lines: readonly string[]): TextRecord[] | undefined {
  const [header = '', ...rows] = lines;
  if (header.length > MAX_WIDTH) return undefined;
  const told = rows.filter((row) => row.trim() !== '' && !/^\[\d+ rows x \d+ columns\]$/.test(row));
  if (told.length === 0) return undefined;
  const numbered = /^\s{2,}\S/.test(header) && told.every((row) => /^(?:\d+|\.\.\.) /.test(row));
  const ends = [...header.matchAll(/\S+/g)].map((match) => match.index + match[0].length);
  const width = ends.at(-1) ?? 0;
  const isFilled = (end: number) => told.filter((row) => /\S/.test(row[end - 1] ?? ' ')).length * 2 >= told.length;
  const borders = ends.filter((end) => told.every((row) => (row[end] ?? ' ') === ' '));
  const filled = borders.filter(isFilled);
  if (!numbered && (borders.length < ends.length || filled.length * 3 < ends.length * 2)) return undefined;
  if (!numbered && told.some((row) => row.trimEnd().length > width)) return undefined;
  // A name of several words ends a column with its last alone: where cells end.
  const columns = numbered ? filled : borders;
  if (columns.length < 2 || columns.at(-1) !== width) return undefined;
  const heads = columns.map((end, column) => ({ name: header.slice(columns[column - 1] ?? 0, end).trim(), end }));
  const found: TextRecord[] = [];
  for (const [at, row] of rows.entries()) {
    const first = numbered ? /^\d+/.exec(row)?.[0].length : row.trim() === '' ? undefined : 0;
    if (first === undefined) continue;
    const fields = heads.map(({ name, end }, column) => {
      const from = column === 0 ? first : (heads[column - 1]?.end ?? 0);
      return [name, row.slice(from, end).trim()];
    });
    found.push({ fields: Object.fromEntries(fields), index: at + 1 });
  }
  return found;
}
