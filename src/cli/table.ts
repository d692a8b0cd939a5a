import { stripVTControlCharacters } from 'node:util';

/** Text in aligned columns; those whose cells are all numbers are aligned to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => width(row[column] ?? ''))));
  const numeric = head.map(
    (_, column) => rows.length > 0 && rows.every((row) => /^-?[\d.,]*$/.test(row[column] ?? '')),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const gap = ' '.repeat(Math.max(0, (widths[column] ?? 0) - width(cell)));
        return numeric[column] ? gap + cell : cell + gap;
      })
      .join('  ')
      .trimEnd();
  return [head, ...rows].map(line).join('\n');
}

function width(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
