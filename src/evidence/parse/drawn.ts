import { COLUMNS_OF_TABLES, isTableHeader } from './table.ts';

/** Longer lines are no part of a table. */
const MAX_LINE = 4000;

/** A header in HTML takes no more lines than these. */
export const HEADER_LINES = 40;

/** Lines that tools draw between rows: `+----+`, `|---|:--:|`, `├──┼──┤`, `---+---`, `---- ----`. */
const RULE = /^(?=.*[-=─━═]{2})[-+=|:─━═┄┼╇╋╪┡┩├┤┳┬╦┴┻╩╭╮╰╯┌┐└┘┏┓┗┛┣┫╔╗╚╝╠╣╞╡╟╢ ]+$/;
const isRule = (line: string): boolean => line.length < MAX_LINE && RULE.test(line.trim());
const BARS = /[|│┃║]/;
const NAMED = /^"?(?:NAMESPACE|NAME|LAST SEEN)"?[,;]/i;
const HTML_ROW = /^\s*(?:<t(?:head|body)[^>]*>\s*)?<tr\b/i;

const unmarked = (cell: string) => cell.trim().replaceAll(/^[`*]+|[`*]+$/g, '');

/** The cells of a comma-separated line (RFC 4180, quotes within quotes doubled), also between semicolons. */
function separated(line: string): string[] {
  const mark = /^[^,;]*;/.test(line.replaceAll(/"[^"]*"/g, '')) ? ';' : ',';
  const cells: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^,;"]*))([,;]|$)/y;
  let text = '';
  while (cell.lastIndex <= line.length) {
    const match = cell.exec(line);
    if (match === null) return [];
    const own = match[1]?.replaceAll('""', '"') ?? match[2] ?? '';
    const ends = match[3] !== '' && match[3] !== mark;
    text += ends ? `${own}${match[3]}` : own;
    if (ends) continue;
    cells.push(text.trim());
    text = '';
    if (match[3] === '') break;
  }
  return cells;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' };

function htmlCells(row: string): string[] {
  if (row.length > 2 * MAX_LINE) return [];
  return [...row.matchAll(/<t[hd]\b[^>]*>(.*?)<\/t[hd]>/gi)].map(([, cell]) =>
    (cell ?? '')
      .replaceAll(/<[^>]*>/g, '')
      .replaceAll(/&(amp|lt|gt|quot|nbsp);/g, (_, name: string) => ENTITIES[name] ?? '')
      .trim(),
  );
}

/** Cells of one line between bars; those of a frame's own edges are none. */
function barred(line: string): string[] {
  // Wikis double the bars of a header.
  const cells = line
    .trim()
    .replaceAll(/\|\|/g, /^\s*\|\|/.test(line) ? '|' : '||')
    .split(/(?<!\\)[|│┃║]/);
  const [from, to] = [
    BARS.test(line.trimStart()[0] ?? '') ? 1 : 0,
    BARS.test(line.trimEnd().at(-1) ?? '') ? -1 : undefined,
  ];
  return cells.slice(from, to).map((cell) => unmarked(cell.replaceAll('\\|', '|')));
}

const tabbed = (line: string) => line.split('\t').map((cell) => cell.trim());

/** Names that consoles give to columns. */
const CONSOLE: Readonly<Record<string, string>> = { STATE: 'STATUS', POD: 'NAME', 'POD NAME': 'NAME' };
const columnOf = (cell: string) => {
  const name = cell.toUpperCase().replaceAll('_', ' ');
  return CONSOLE[name] ?? name;
};

/** Pods as Lens lists them: it draws how many containers are ready. */
const isLens = (names: readonly string[]) =>
  names.includes('CONTROLLED BY') && names.includes('RESTARTS') && names.includes('STATUS');

/** A row of such a list as kubectl would print it, where its state says that the pod is not ready; what runs may be ready or not. */
function ofLens(row: readonly string[], header: readonly string[]): string[] {
  const state = row[header.indexOf('STATUS')] ?? '';
  return /^(?:Running|Succeeded|Completed|Terminating)?$/.test(state) ? [] : [...row, '0/1'];
}

/** A page's table as it is copied: between tabs, its heads written as titles. Without `Ready` it does not say how pods are. */
function isCopied(line: string): boolean {
  if (!/^[A-Z][a-z]/.test(line) || (line.match(/\t/g)?.length ?? 0) < 2) return false;
  const names = tabbed(line).map(columnOf);
  return (names.includes('READY') || isLens(names)) && isTableHeader(names.join('   '));
}

type Cells = (line: string) => string[];

/** How the cells of a table's lines are told apart, by its first; undefined for columns of spaces or tabs. */
function cellsOf(lines: readonly string[], index: number): Cells | undefined {
  const line = lines[index] ?? '';
  if (line.length > MAX_LINE) return undefined;
  if (HTML_ROW.test(line)) return htmlCells;
  if (/^\s*[|│┃║]/.test(line)) return barred;
  if (BARS.test(line)) return /^[\s-]*-\+-[-+\s]*$/.test(lines[index + 1] ?? '') ? barred : undefined;
  if (isCopied(line)) return tabbed;
  return NAMED.test(line) ? separated : undefined;
}

/** A row of HTML with each cell on a line of its own, as the first line that has a cell; the rest of its lines as blank ones. */
function joined(lines: readonly string[]): readonly string[] {
  const out = lines.map(() => '');
  let [at, row] = [-1, ''];
  for (const [index, line] of lines.entries()) {
    if (/<tr\b/i.test(line)) [at, row] = [index, ''];
    if (row === '' && /<t[hd]\b/i.test(line)) at = index;
    row += line.trim();
    if (/<\/tr>/i.test(line) && at >= 0) out[at] = row;
  }
  return out;
}

const UNDERLINED = /^\s*-{2,}(?: +-+)+\s*$/;

/** A table whose columns are underlined each (PowerShell, tabulate): cells begin where the lines under the header do, and may be one space apart. */
function underlined(lines: readonly string[]): readonly string[] | undefined {
  const rule = lines[1] ?? '';
  if (!UNDERLINED.test(rule) || rule.length > MAX_LINE) return undefined;
  const starts = [...rule.matchAll(/-+/g)].map(({ index }) => index);
  return lines.map((line, row) => {
    if (row === 1 || line.trim() === '') return '';
    const cells = starts.map((start, column) => line.slice(start, starts[column + 1]).trim());
    return (row === 0 ? cells.map((cell) => cell.toUpperCase()) : cells).join('\t').trimEnd();
  });
}

/** Numbers of rows that a tool puts before each. */
const numbered = (header: readonly string[]) => /^#?$/.test(header[0] ?? '');

/** A line within a frame around all of a table (K9s), and that frame. */
const FRAMED = /^\s*[│┃║][^│┃║|]*[│┃║]\s*$/;
const EDGE = /[│┃║]/g;

/**
 * Rows of K9s, whose columns may stand one space apart and numbers at their right ends, as rows between tabs: where each has as many words
 * as the header.
 */
function byWords(lines: readonly string[]): readonly string[] {
  const words = lines.map((line) => (line.trim() === '' ? [] : line.trim().split(/\s+/)));
  const [header = []] = words;
  const even = words.every((row) => row.length === 0 || row.length === header.length);
  return even && header[0] === 'NAME' ? words.map((row) => row.join('\t')) : lines;
}

/** Without the arrow that shows by which column rows are sorted. */
function unsorted(lines: readonly string[]): readonly string[] {
  const [header = ''] = lines;
  return /[↑↓▲▼]/.test(header) ? [header.replaceAll(/[↑↓▲▼]/g, ' '), ...lines.slice(1)] : lines;
}

/**
 * A table as tools draw it (boxes and rules, Markdown, psql, CSV, a page's HTML), as one between tabs: line by line the same lines, those
 * that hold no row blank, the header in capitals. Any other lines as they are.
 */
export function plainRows(given: readonly string[]): readonly string[] {
  if (FRAMED.test(given[0] ?? ''))
    return byWords(
      unsorted(given.map((line) => (isRule(line) || !FRAMED.test(line) ? '' : line.replaceAll(EDGE, ' ')))),
    );
  const cells = cellsOf(given, 0);
  if (cells === undefined) return underlined(given) ?? unsorted(given);
  const lines = cells === htmlCells ? joined(given) : given;
  let header: string[] | undefined;
  return lines.map((line) => {
    if (line.trim() === '' || isRule(line) || /^\(\d+ rows?\)\s*$/.test(line)) return '';
    if (cells === barred && !BARS.test(line)) return header === undefined ? line : '';
    const row = cells(line);
    if (row.length === 0) return '';
    const first = header === undefined;
    header ??= row;
    const shown = numbered(header) ? row.slice(1) : row;
    const names = shown.map(columnOf);
    if (cells === tabbed && isLens(header.map(columnOf)))
      return (first ? [...names, 'READY'] : ofLens(shown, header.map(columnOf))).join('\t');
    return (first ? names : shown).join('\t');
  });
}

/** Whether the header of such a table stands at this line. */
export function drawnHeader(lines: readonly string[], index: number): boolean {
  const line = lines[index] ?? '';
  if (line.length > MAX_LINE) return false;
  if (FRAMED.test(line) || /[↑↓▲▼]/.test(line)) return isTableHeader((plainRows([line])[0] ?? '').trim());
  const cells = cellsOf(lines, index);
  if (cells === undefined) {
    if (!/^\S/.test(line)) return false;
    const [header] = underlined(lines.slice(index, index + 2)) ?? [];
    return header !== undefined && isTableHeader(header);
  }
  const upTo = cells === htmlCells ? HEADER_LINES : 2;
  const [header = ''] = plainRows(lines.slice(index, index + upTo)).filter((line) => line !== '');
  return isTableHeader(header.replaceAll('\t', '   '));
}

/** Whether a table is kubectl's own, column by column, which something else drew anew. */
export function isOwnTable(lines: readonly string[], command: string): boolean {
  const header = plainRows(lines.slice(0, HEADER_LINES)).find((line) => line.trim() !== '') ?? '';
  const withLabels = /\s(?:-L|--label-columns)\b/.test(command);
  return isTableHeader(header) && (withLabels || header.split('\t').every((name) => COLUMNS_OF_TABLES.has(name)));
}
