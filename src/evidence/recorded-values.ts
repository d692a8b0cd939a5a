import { asArray, at, isObject, type Json, text } from '../json.ts';
import type { CommandHints } from './command.ts';
import { parseRows, type RowObject } from './parse/rows.ts';
import { COLUMNS_OF_TABLES } from './parse/table.ts';

/** `cluster_ip`, `clusterIP` and `CLUSTER-IP` are one name. */
const bare = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z]/g, '');

const HEADS = new Map([...COLUMNS_OF_TABLES, 'CPU(cores)', 'MEMORY(bytes)'].map((head) => [bare(head), head]));

const scalar = (value: unknown): value is string | number | boolean => /^(?:string|number|boolean)$/.test(typeof value);

const NAME = /^[a-z0-9][a-z0-9.-]*$/;

/** Other names that clients give to what a column shows. */
const ALSO: Readonly<Record<string, string>> = {
  PHASE: 'STATUS',
  RESTARTCOUNT: 'RESTARTS',
  PODIP: 'IP',
  NODENAME: 'NODE',
  ADDRESSES: 'ENDPOINTS',
  CLASSNAME: 'CLASS',
  INGRESSCLASS: 'CLASS',
};

/** One cell as kubectl prints it: `<none>`, `True`, `a,b`, `app=web,tier=api`, `8080/TCP`. Undefined for what no cell can hold. */
function cell(value: unknown): string | undefined {
  if (value === null || value === undefined || value === '') return '<none>';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (scalar(value)) return String(value).trim().replaceAll(/\s+/g, ' ') || '<none>';
  if (Array.isArray(value)) {
    const parts = value.map((one) =>
      isObject(one) && scalar(one.port)
        ? `${one.port}/${text(one.protocol) ?? 'TCP'}`
        : scalar(one)
          ? String(one)
          : undefined,
    );
    return parts.includes(undefined) ? undefined : parts.join(',') || '<none>';
  }
  const pairs = isObject(value) ? Object.entries(value) : [];
  if (!pairs.every(([, one]) => scalar(one))) return undefined;
  return pairs.map(([key, one]) => `${key}=${one}`).join(',') || '<none>';
}

/** An object of the API, whose name stands in its metadata. */
const isOfApi = (value: Json): boolean => isObject(value.metadata);

function headsOf(rows: readonly Json[]): Map<string, string> | undefined {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const taken = new Set(keys.map(bare));
  const also = (name: string) => (taken.has(ALSO[name] ?? name) ? undefined : ALSO[name]);
  const heads = new Map(keys.map((key) => [key, also(bare(key)) ?? HEADS.get(bare(key)) ?? bare(key)]));
  const known = [...heads.values()].filter((head) => HEADS.get(bare(head)) === head).length;
  const named = keys.find((key) => heads.get(key) === 'NAME');
  if (named === undefined || known < 2 || known * 2 < keys.length) return undefined;
  if (!rows.every((row) => NAME.test(text(row[named]) ?? ''))) return undefined;
  // Services have PORT(S), Ingresses have PORTS.
  const service = [...heads.values()].includes('CLUSTER-IP');
  return new Map([...heads].map(([key, head]) => [key, service && head === 'PORTS' ? 'PORT(S)' : head]));
}

/**
 * A list of objects whose members are the columns of a `kubectl get` table (`{"name": "web-0", "ready": "1/1", "status": "Running"}`, in
 * a list, or in the only list of an object), printed as that table. Undefined for anything else.
 */
export function printedTable(value: unknown): string | undefined {
  if (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string' && NAME.test(one)))
    return ['NAME', ...value].join('\n');
  const lists = isObject(value) && !('kind' in value) ? Object.values(value).filter(Array.isArray) : [];
  const members = Array.isArray(value) ? asArray(value) : lists.length === 1 ? asArray(lists[0]) : [];
  const rows = members.filter((row) => isObject(row)).filter((row) => !isOfApi(row));
  if (rows.length === 0 || rows.length < members.length) return undefined;
  const heads = headsOf(rows);
  if (heads === undefined) return undefined;
  const columns = [...heads.keys()].filter((key) => rows.every((row) => cell(row[key]) !== undefined));
  columns.sort((a, b) => Number(heads.get(b) === 'NAME') - Number(heads.get(a) === 'NAME'));
  const lines = [
    columns.map((key) => heads.get(key) ?? ''),
    ...rows.map((row) => columns.map((key) => cell(row[key]) ?? '')),
  ];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)) + 3);
  return lines
    .map((line) =>
      line
        .map((one, at) => one.padEnd(widths[at] ?? 0))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}

/** The value of a member: `"name": "web-0"`. */
const VALUE = /: "(?=([^"]*)")/g;

/** The first line in which each text stands as a group of `shown`, by default as the value of a member. */
export function firstNaming(lines: readonly string[], shown = VALUE): Map<string, number> {
  const first = new Map<string, number>();
  for (const [index, line] of lines.entries())
    for (const [, ...groups] of line.matchAll(shown)) {
      const name = groups.find((group) => group !== undefined) ?? '';
      if (!first.has(name)) first.set(name, index);
    }
  return first;
}

/** The objects that such rows show, each with the index of the line that names it, -1 where none does. */
export function rowsInJson(value: unknown, lines: readonly string[], hints: CommandHints): RowObject[] {
  const rows = parseRows(printedTable(value)?.split('\n') ?? [], hints);
  const named = rows.length === 0 ? new Map<string, number>() : firstNaming(lines);
  return rows.map(({ object }) => ({ object, index: named.get(text(at(object, 'metadata', 'name')) ?? '') ?? -1 }));
}
