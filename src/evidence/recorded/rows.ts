import type { Json } from '../../json.ts';

const MARKS = [',', ';', '\t'] as const;
/** One cell (RFC 4180): in quotes with those within doubled, over several lines, or bare to the next mark. */
const CELL = { ',': '[^,\\n\\r"]*', ';': '[^;\\n\\r"]*', '\t': '[^\\t\\n\\r"]*' } as const;

function rowsOf(source: string, mark: (typeof MARKS)[number]): string[][] | undefined {
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|(${CELL[mark]}))(${mark}|\\r?\\n|$)`, 'y');
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
