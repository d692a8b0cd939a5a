import { EVENT_HEADER } from '../../../../src/evidence/parse/events.ts';
import { isTableHeader } from '../../../../src/evidence/parse/table.ts';

/** A table of a text: the line of its header, and its cells, the header's first. */
export interface Table {
  readonly from: number;
  readonly to: number;
  readonly indent: string;
  readonly rows: readonly (readonly string[])[];
}

function cells(line: string, starts: readonly number[]): string[] | undefined {
  const fits = starts.every((start) => start === 0 || start > line.length || /\s/.test(line[start - 1] ?? ' '));
  const found = fits
    ? starts.map((start, index) => line.slice(start, starts[index + 1]).trim())
    : line.trim().split(/\s{2,}/);
  return found.length === starts.length ? found : undefined;
}

/** The tables in columns of a text, of which every row has the header's cells. */
export function tables(lines: readonly string[]): Table[] {
  const found: Table[] = [];
  for (let from = 0; from < lines.length; from++) {
    const header = (lines[from] ?? '').trimEnd();
    const described = EVENT_HEADER.test(header);
    if (!described && !isTableHeader(header)) continue;
    const names = [...header.matchAll(/\S+(?: \S+)*/g)];
    const starts = names.map(({ index }) => index);
    const rows = [names.map(([name]) => name)];
    let to = from + 1;
    for (; to < lines.length; to++) {
      const line = (lines[to] ?? '').trimEnd();
      if (line.trim() === '' || /[│├└─]/.test(line) || (described && !line.startsWith('  '))) break;
      const row = cells(line, starts);
      if (row === undefined) break;
      rows.push(row);
    }
    const ended = (lines[to] ?? '').trim() === '' || (described && /^\S/.test(lines[to] ?? ''));
    if (ended && rows.length > 1) found.push({ from, to, indent: /^\s*/.exec(header)?.[0] ?? '', rows });
    from = to - 1;
  }
  return found;
}

/** A table in columns that are `gap` apart. */
export function inColumns(rows: readonly (readonly string[])[], indent = '', gap = 3): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    `${indent}${row.map((cell, column) => cell.padEnd((widths[column] ?? 0) + gap)).join('')}`.trimEnd(),
  );
}

/** Writes a text anew: its tables by `table`, the lines around them by `line`. */
export function rewrite(
  text: string,
  table: (table: Table, lines: readonly string[]) => readonly string[],
  line: (line: string) => string = (same) => same,
): string {
  const lines = text.split('\n');
  const out: string[] = [];
  let next = 0;
  for (const found of tables(lines)) {
    out.push(...lines.slice(next, found.from).map(line), ...table(found, lines));
    next = found.to;
  }
  return [...out, ...lines.slice(next).map(line)].join('\n');
}
