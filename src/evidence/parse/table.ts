import { isClusterScoped } from '../../kubernetes/cluster-wide.ts';
import { tellsOfAnswer } from './cut-line.ts';
import { USUAL_COLUMNS, usualColumns } from './usual-columns.ts';

const HEADER_WORDS = new Set(
  (
    'NAME NAMESPACE READY STATUS RESTARTS AGE IP NODE TYPE CLUSTER-IP EXTERNAL-IP PORT(S) SELECTOR LABELS ENDPOINTS ' +
    'UP-TO-DATE AVAILABLE CONTAINERS IMAGES DESIRED CURRENT COMPLETIONS DURATION SCHEDULE SUSPEND ACTIVE REASON OBJECT ' +
    'MESSAGE CLASS HOSTS ADDRESS PORTS ROLES VERSION VOLUME CAPACITY STORAGECLASS DATA GROUP KIND HEALTH HOOK SYNC ' +
    'CLUSTER PROJECT ORPHANED SUBOBJECT SOURCE COUNT REFERENCE TARGETS MINPODS MAXPODS REPLICAS PROVISIONER CONTROLLER ' +
    'ERRORS WARNINGS CREATED EXPIRES REVISION UPDATED CHART SUSPENDED APP PARAMETERS REQUEST LIMIT REPO PATH TARGET SYNCPOLICY CONDITIONS PHASE HARD USED ALLOWED POD-SELECTOR MODE ' +
    'SUCCEEDED STARTTIME COMPLETIONTIME CPU MEMORY'
  ).split(' '),
);

/** Whether a line is the header of a table as kubectl and argocd print them: capitals in columns. */
export function isTableHeader(line: string): boolean {
  if (line.length > 4000 || !/^[A-Z(]/.test(line)) return false;
  // `kubectl top` says in small letters what it counts in.
  const header = line.replace(/(?<=CPU|MEMORY)\((?:cores|bytes|%)\)/g, '');
  if (/[a-z=:"]/.test(header)) return false;
  const words = header.trim().split(/\s{2,}|\t+/);
  if (words.length < 2) return false;
  const known = words.filter((word) => HEADER_WORDS.has(word) || HEADER_WORDS.has(word.split(' ')[0] ?? '')).length;
  return known >= 2 && known * 2 >= words.length;
}

/** One row: cells by column name, and the index of its line in the section. */
export interface Row {
  readonly cells: Readonly<Record<string, string>>;
  readonly index: number;
}

interface Column {
  readonly name: string;
  readonly start: number;
}

function columnsOf(header: string): Column[] {
  const columns: Column[] = [];
  for (const match of header.matchAll(/\S+(?: \S+)*/g)) columns.push({ name: match[0], start: match.index });
  return columns;
}

function byOffset(line: string, columns: readonly Column[]): string[] | undefined {
  if (line.includes('\t')) return undefined;
  const cells: string[] = [];
  for (const [index, column] of columns.entries()) {
    const end = columns[index + 1]?.start ?? line.length;
    if (column.start > 0 && column.start <= line.length && !/\s/.test(line[column.start - 1] ?? ' ')) return undefined;
    cells.push(line.slice(column.start, end).trim());
  }
  return cells;
}

function zip(columns: readonly string[], cells: readonly string[]): Record<string, string> {
  const row: Record<string, string> = {};
  for (const [index, column] of columns.entries()) row[column] = cells[index] ?? '';
  return row;
}

/** A line that says that something was left out: nothing is called so. */
const CUT = /^(?:\.{3}|…|\[)/;

/** Rows of a table with a header: by column position where the row keeps to it (cells may be empty), else by gaps. */
export function parseTable(lines: readonly string[]): Row[] {
  const header = lines[0] ?? '';
  const columns = columnsOf(header);
  const names = columns.map((column) => column.name);
  const rows: Row[] = [];
  for (let index = 1; index < lines.length; index++) {
    const line = (lines[index] ?? '').replace(/[│├└─]/g, ' ').trimEnd();
    if (line.trim() === '') continue;
    if (CUT.test(line) || tellsOfAnswer(line)) {
      // What was cut may have been cut within a row.
      const last = rows.at(-1);
      if (last?.index === index - 1 && last.cells[names.at(-1) ?? ''] === '') rows.pop();
      continue;
    }
    const cells = byOffset(line, columns) ?? cellsOf(line);
    rows.push({ cells: zip(names, cells), index });
  }
  return rows;
}

/** Cells between tabs (an empty one is one), or between gaps of spaces. */
function cellsOf(line: string): string[] {
  return line.includes('\t') ? line.split('\t').map((cell) => cell.trim()) : line.trim().split(/\s{2,}/);
}

/** Every column that `kubectl get` gives one of the common kinds. */
export const COLUMNS_OF_TABLES: ReadonlySet<string> = new Set([...HEADER_WORDS, ...USUAL_COLUMNS]);

const POD_ROW =
  /^(?:[a-z0-9-]+\s{2,})?(?:pod\/)?[a-z0-9][a-z0-9.-]*\s{2,}\d+\/\d+\s{2,}(?:Init:)?[A-Z][A-Za-z]+(?::[A-Za-z0-9/]+)?\s{2,}\d+(?: \(\S+ ago\))?\s{2,}(?:\d+[ydhms])+(?:\s|$)/;

/** Whether a line can only be a pod's row of `kubectl get pods`: ready of all, a status in CamelCase, restarts, an age. */
export function isPodRow(line: string): boolean {
  return line.length < 4000 && POD_ROW.test(line);
}

/** Whether the row of a pod begins with its namespace, as `-A` prints it. */
export function hasNamespace(row: string): boolean {
  return !/^\S+\s+\d+\/\d+\s/.test(row);
}

/** Labels as `--show-labels` prints them. */
const LABELS = /^[\w./-]+=[\w.-]*(?:,[\w./-]+=[\w.-]*)*$/;

/** `--show-labels` adds a last column also where `-o wide` does not stand before it. */
function withLabels(columns: readonly string[], cells: readonly string[]): readonly string[] {
  const last = cells.length - 1;
  if (!columns.includes('LABELS') || columns[last] === 'SELECTOR' || !LABELS.test(cells[last] ?? '')) return columns;
  return [...columns.slice(0, last), 'LABELS'];
}

/** Rows whose header was cut off (`… | grep name`), read by the kind's usual columns. */
export function parseHeaderless(lines: readonly string[], kind: string, allNamespaces: boolean): Row[] {
  const before = allNamespaces && !isClusterScoped(kind) ? ['NAMESPACE'] : [];
  const rows: Row[] = [];
  for (const [index, line] of lines.entries()) {
    const cells = line.trim().split(/\s{2,}|\t+/);
    const columns = usualColumns(kind, cells, before);
    if (columns.length > 0 && cells.length >= 3) rows.push({ cells: zip(withLabels(columns, cells), cells), index });
  }
  return rows;
}

/** `5d3h` in seconds; `undefined` for anything else. */
export function ageSeconds(text: string): number | undefined {
  const match = /^(?:(\d+)y)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text.trim());
  if (match === null || text.trim() === '') return undefined;
  const [, y, d, h, m, s] = match.map((part) => Number(part ?? 0));
  return (y ?? 0) * 31_536_000 + (d ?? 0) * 86_400 + (h ?? 0) * 3600 + (m ?? 0) * 60 + (s ?? 0);
}
