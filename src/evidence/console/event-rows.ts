import { kindOf } from '../kinds.ts';
import type { ObjectRef } from '../model.ts';
import type { EventRecord } from '../parse/events.ts';
import { ageSeconds, parseTable } from '../parse/table.ts';
import { reasonOf, typeOf } from './reasons.ts';

/** What pages call the columns of a table of events. */
const COLUMNS: Readonly<Record<string, string>> = {
  reason: 'REASON',
  message: 'MESSAGE',
  type: 'TYPE',
  resource: 'OBJECT',
  object: 'OBJECT',
  'involved object': 'OBJECT',
  name: 'NAME',
  kind: 'KIND',
  namespace: 'NAMESPACE',
  source: 'SOURCE',
  from: 'SOURCE',
  age: 'AGE',
  date: 'AGE',
  'last seen': 'AGE',
  'first seen': 'FIRST',
  'first occurred': 'FIRST',
  'last occurred': 'AGE',
  count: 'COUNT',
  'sub-object': 'SUBOBJECT',
};

const cellsOf = (line: string): string[] => line.trim().split(/\t+|\s{2,}/);

/** The columns of a header of such a table, in capitals at the same places; undefined for any other line. */
function headerOf(line: string): string[] | undefined {
  if (line.length > 300 || !/^\s*[A-Z]/.test(line)) return undefined;
  const names = cellsOf(line).map((cell) => COLUMNS[cell.toLowerCase()]);
  if (names.includes(undefined) || !names.includes('MESSAGE') || names.length < 4) return undefined;
  return names.includes('REASON') || names.includes('OBJECT') || names.includes('SUBOBJECT')
    ? names.map(String)
    : undefined;
}

/** Of what the events of a component are, where a page does not say. */
const BY_SOURCE: readonly (readonly [RegExp, string])[] = [
  [/^replicaset-controller/, 'ReplicaSet'],
  [/^deployment-controller/, 'Deployment'],
  [/^statefulset-controller/, 'StatefulSet'],
  [/^daemonset-controller/, 'DaemonSet'],
  [/^job-controller/, 'Job'],
  [/^cronjob-controller/, 'CronJob'],
  [/^persistentvolume-controller/, 'PersistentVolumeClaim'],
  [/^horizontal-pod-autoscaler/, 'HorizontalPodAutoscaler'],
  [/^(?:kubelet|default-scheduler|attachdetach)/, 'Pod'],
];

type Cells = Readonly<Record<string, string | undefined>>;

function objectOf(cells: Cells, about: ObjectRef | undefined): ObjectRef | undefined {
  const where = cells.NAMESPACE || about?.namespace;
  const space = where === undefined ? {} : { namespace: where };
  // `Pod web-0`, `Pod: web-0`, `Pod/web-0`
  const [, word = '', name = ''] = /^([A-Za-z]+)(?:[:/]\s*|\s+)([a-z0-9][a-z0-9.-]*)$/.exec(cells.OBJECT ?? '') ?? [];
  if (name !== '') return { kind: kindOf(word) ?? word, name, ...space };
  const plain = cells.OBJECT || cells.NAME || '';
  // An event is called after its object, with a number behind it.
  const own = plain.replace(/\.[0-9a-f]{10,20}$/, '');
  const kind =
    cells.KIND || (own === plain ? undefined : BY_SOURCE.find(([source]) => source.test(cells.SOURCE ?? ''))?.[1]);
  if (kind !== undefined && /^[a-z0-9][a-z0-9.-]*$/.test(own))
    return { kind: kindOf(kind) ?? kind, name: own, ...space };
  return about;
}

function eventIn(cells: Cells, index: number, about: ObjectRef | undefined): EventRecord | undefined {
  const message = cells.MESSAGE ?? '';
  const reason = cells.REASON || reasonOf(message)?.reason || '';
  if (message === '' || !/^\w*$/.test(reason)) return undefined;
  const type = /^(?:Normal|Warning)$/.test(cells.TYPE ?? '') ? cells.TYPE : undefined;
  const [, shown = '', times] = /^(.*?)(?: ago)?(?: \(x(\d+)[^)]*\))?$/.exec(cells.AGE ?? '') ?? [];
  const age = ageSeconds(shown);
  const object = objectOf(cells, about);
  const found = {
    type: type ?? typeOf(reason, message),
    reason,
    message,
    count: Number(cells.COUNT) || Number(times) || 1,
    index,
  };
  return { ...found, ...(age === undefined ? {} : { age }), ...(object === undefined ? {} : { object }) };
}

/** Rows that stand below a header with each cell on a line of its own, as a page is copied whose cells are blocks. */
function stacked(
  lines: readonly string[],
  from: number,
  columns: readonly string[],
): { cells: Cells; index: number }[] {
  const rows: { cells: Cells; index: number }[] = [];
  for (let at = from; ; at += columns.length) {
    const cells = lines.slice(at, at + columns.length).map((line) => line.trim());
    if (cells.length < columns.length || cells.some((cell) => cell === '' || cell.includes('\t'))) return rows;
    const row = Object.fromEntries(columns.map((name, place) => [name, cells[place]]));
    if (row.COUNT !== undefined && !/^(?:\d+|-)$/.test(row.COUNT)) return rows;
    rows.push({ cells: row, index: at + columns.indexOf('MESSAGE') });
  }
}

export interface ReadEvents {
  readonly events: readonly EventRecord[];
  /** Indexes of the lines that were read. */
  readonly read: ReadonlySet<number>;
}

/** Events in tables as consoles (Rancher, Lens, Headlamp, the Dashboard, clouds) show them: titles in words, in columns of their own choice. */
export function eventRows(lines: readonly string[], about: ObjectRef | undefined): ReadEvents {
  const events: EventRecord[] = [];
  const read = new Set<number>();
  for (const [at, line] of lines.entries()) {
    const columns = read.has(at) ? undefined : headerOf(line);
    if (columns === undefined) continue;
    const blank = lines.findIndex((below, index) => index > at && below.trim() === '');
    const end = blank < 0 ? lines.length : blank;
    const counted = columns.includes('COUNT') || columns.includes('TYPE');
    const below = stacked(lines, at + 1, columns);
    const table = [line.includes('\t') ? columns.join('\t') : atPlaces(line, columns), ...lines.slice(at + 1, end)];
    const rows =
      counted && below.length > 0 ? below : parseTable(table).map(({ cells, index }) => ({ cells, index: at + index }));
    const found = rows.flatMap(({ cells, index }) => eventIn(cells, index, about) ?? []);
    if (found.length === 0) continue;
    const last = rows === below ? at + below.length * columns.length : end - 1;
    for (let index = at; index <= last; index++) read.add(index);
    events.push(...found);
  }
  return { events, read };
}

/** The names of columns where the titles of a header stand. */
function atPlaces(header: string, columns: readonly string[]): string {
  let row = '';
  for (const [place, { index }] of [...header.matchAll(/\S+(?: \S+)*/g)].entries())
    row = `${row.padEnd(index)}${columns[place] ?? ''}`;
  return row;
}
