import type { TextRecord } from './read.ts';

/**
 * Rows under a header, told apart by where the header's names end: pandas sets its columns flush right, and numbers its rows unless it was
 * asked not to. Without numbers every name must end a column in which each row has something.
 */
export function flushRight(lines: readonly string[]): TextRecord[] | undefined {
  const [header = '', ...rows] = lines;
  const told = rows.filter((row) => row.trim() !== '' && !/^\[\d+ rows x \d+ columns\]$/.test(row));
  if (told.length === 0) return undefined;
  const numbered = /^\s{2,}\S/.test(header) && told.every((row) => /^(?:\d+|\.\.\.) /.test(row));
  const ends = [...header.matchAll(/\S+/g)].map((match) => match.index + match[0].length);
  const filled = (end: number) => told.filter((row) => /\S/.test(row[end - 1] ?? ' ')).length;
  // A name of several words ends a column with its last alone: where cells end.
  const columns = ends.filter(
    (end) => told.every((row) => (row[end] ?? ' ') === ' ') && filled(end) * 2 >= told.length,
  );
  if (columns.length < 2 || columns.at(-1) !== ends.at(-1)) return undefined;
  const width = ends.at(-1) ?? 0;
  if (
    !numbered &&
    (columns.length < ends.length || told.some((row) => row.trimEnd().length > width || filled(width) < told.length))
  )
    return undefined;
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
