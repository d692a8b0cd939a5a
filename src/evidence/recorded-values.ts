import { asArray, isObject, type Json, text } from '../json.ts';
import { COLUMNS_OF_TABLES } from './parse/table.ts';

/** `cluster_ip`, `clusterIP` and `CLUSTER-IP` are one name. */
const bare = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z]/g, '');

const HEADS = new Map([...COLUMNS_OF_TABLES, 'CPU(cores)', 'MEMORY(bytes)'].map((head) => [bare(head), head]));

const scalar = (value: unknown): value is string | number | boolean => /^(?:string|number|boolean)$/.test(typeof value);

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

/** Objects of the API as a client gives them, not as rows. */
const isOfApi = (value: Json): boolean => typeof value.kind === 'string' && isObject(value.metadata);

function headsOf(rows: readonly Json[]): Map<string, string> | undefined {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const heads = new Map(keys.map((key) => [key, HEADS.get(bare(key)) ?? bare(key)]));
  const known = keys.filter((key) => HEADS.has(bare(key))).length;
  const named = keys.find((key) => heads.get(key) === 'NAME');
  if (named === undefined || known < 2 || known * 2 < keys.length) return undefined;
  if (!rows.every((row) => typeof row[named] === 'string')) return undefined;
  // Services have PORT(S), Ingresses have PORTS.
  const service = [...heads.values()].includes('CLUSTER-IP');
  return new Map([...heads].map(([key, head]) => [key, service && head === 'PORTS' ? 'PORT(S)' : head]));
}

/**
 * A list of objects whose members are the columns of a `kubectl get` table (`{"name": "web-0", "ready": "1/1", "status": "Running"}`, in
 * a list, or in the only list of an object), printed as that table. Undefined for anything else.
 */
export function printedTable(value: unknown): string | undefined {
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

/**
 * Objects of the API that stand beside other things in the answer of a tool (`{"object": {…}, "events": […]}`), and the events beside
 * them, as one list. Events that do not say of what they are, are of the first object. Undefined where there is no such object.
 */
export function openedObjects(value: unknown): Json[] | undefined {
  if (!isObject(value) || 'kind' in value || 'apiVersion' in value) return undefined;
  const members = Object.values(value).flatMap((one) => (Array.isArray(one) ? one : [one]));
  const objects = members.filter((one) => isObject(one)).filter(isOfApi);
  const [first] = objects;
  if (first === undefined) return undefined;
  const metadata = isObject(first.metadata) ? first.metadata : {};
  const involvedObject = { kind: first.kind, name: metadata.name, namespace: metadata.namespace };
  const events = asArray(value.events)
    .filter((one) => isObject(one))
    .filter((one) => !isOfApi(one) && typeof one.message === 'string');
  const of = (one: Json) =>
    'involvedObject' in one || 'involved_object' in one || 'object' in one ? one : { ...one, involvedObject };
  return [...objects, ...events.map(of)];
}
