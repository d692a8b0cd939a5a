import { stripVTControlCharacters } from 'node:util';
import { visibleBesideColours } from '../visible.ts';

/**
 * Text in aligned columns; those whose cells are all numbers are aligned to the right. What nobody would see in a cell, or what would turn
 * the text around it, is shown by its code point.
 */
export function table(head: readonly string[], given: readonly (readonly string[])[]): string {
  const rows = given.map((row) => row.map(visibleBesideColours));
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
