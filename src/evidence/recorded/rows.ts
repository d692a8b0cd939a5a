import type { Json } from '../../json.ts';

const MARKS = [',', ';', '\t'] as const;
/** One cell (RFC 4180): in quotes with those within doubled, over several lines, or bare to the next mark. */
const CELL = { ',': '[^,\\n\\r"]*', ';': '[^;\\n\\r"]*', '\t': '[^\\t\\n\\r"]*' } as const;

function rowsOf(source: string, mark: (typeof MARKS)[number]): string[][] | undefined {
  const cell = new RegExp(`(?:"([^"]*(?:""[^"]*)*)"|(${CELL[mark]}))(${mark}|\\r?\\n|$)`, 'y');
  const rows: string[][] = [];
  let row: string[] = [];
  while (cell.lastIndex < source.length) {
    const match = cell.exec(source);
    if (match === null) return undefined;
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === mark) continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

/**
 * The rows of a table of values that are separated by commas, semicolons or tabs, by the names in its first line. Undefined where a row has
 * another number of cells, or one that is not quoted as it must be.
 */
export function separatedRows(source: string): Json[] | undefined {
  const head = /^.*/.exec(source)?.[0] ?? '';
  const mark = MARKS.find((one) => head.includes(one));
  const [names, ...rows] = (mark === undefined ? undefined : rowsOf(source, mark)) ?? [];
  if (names === undefined || rows.some((row) => row.length !== names.length)) return undefined;
  return rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
}

/**
 * Rows as `sqlite3 -line` prints them: `name = value` a line, all `=` in one column, a value's further lines below it, and a blank line between
 * rows. Undefined where a row has other names than the first.
 */
export function lineRows(source: string): Json[] | undefined {
  const lines = source.split('\n');
  const column = lines[0]?.indexOf(' = ') ?? -1;
  const head = (line: string) => (line.startsWith(' = ', column) ? line.slice(0, column).trim() : '');
  const first = head(lines[0] ?? '');
  if (!/^\w+$/.test(first)) return undefined;
  const rows: Record<string, string[]>[] = [];
  let names: readonly string[] = [];
  let open: string[] | undefined;
  for (const line of lines) {
    const name = head(line);
    const begins = name === first && (rows.length === 0 || open !== undefined);
    if (begins) {
      if (rows.length === 1) names = Object.keys(rows[0] ?? {});
      rows.push({});
    }
    const row = rows.at(-1);
    if (row !== undefined && /^\w+$/.test(name) && !(name in row) && (names.length === 0 || names.includes(name))) {
      open = [line.slice(column + 3)];
      row[name] = open;
    } else open?.push(line);
  }
  if (rows.length < 2 || rows.some((row) => Object.keys(row).length !== names.length)) return undefined;
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, told]) => [name, told.join('\n')])));
}
