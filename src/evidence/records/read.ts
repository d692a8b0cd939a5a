import { isObject, type Json } from '../../json.ts';
import { kindOf } from '../kinds.ts';
import { plainRows } from '../parse/drawn.ts';
import { pythonValue } from '../recorded/python-literal.ts';
import { firstNaming } from '../recorded-values.ts';
import { cellsIn } from './fields.ts';
import { flushRight } from './flush-right.ts';
import { yamlList, yamlMap, yamlStarts } from './in-yaml.ts';

/** One thing as a tool of one's own shows it: what stands under each of its names, and the index of the line that shows it. */
export interface TextRecord {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly index: number;
}

const MAX_CHARS = 4 * 1024 * 1024;
const MAX_RECORDS = 20_000;
/** The name of a field as people write it before a colon. */
const LABEL = String.raw`[A-Za-z][\w ./()%-]{0,40}`;
const PAIR = new RegExp(String.raw`^(${LABEL}?)\s*[:=]\s*(.*)$`);

function value(source: string): unknown {
  const text = source.trim();
  if (!/^[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return /^[[{]+\s*'/.test(text) || /^\[\]$/.test(text) ? pythonValue(text) : undefined;
  }
}

const NAME = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;

const isNamed = (key: string, fields: Json): boolean => /[-\d]/.test(key) && Object.keys(cellsIn(fields)).length > 1;

/**
 * Things that a map holds under their names: `{"web-0": {"status": "Running", "ready": "1/1"}, "web-1": …}`. Each must be told by fields of
 * the same names; of one alone, by more than one known field, and it must be called as members of objects are not (`status`).
 */
function keyed(found: Json): Json[] | undefined {
  const entries = Object.entries(found);
  const values = entries.map(([, one]) => one).filter((one) => isObject(one));
  const first = Object.keys(values[0] ?? {});
  if (first.length < 2 || values.length < entries.length) return undefined;
  // A workload may well be called `gateway`; but where all are kinds, they head lists.
  if (!entries.every(([name]) => NAME.test(name)) || entries.every(([name]) => kindOf(name) !== undefined))
    return undefined;
  if (values.some((one) => 'name' in one || 'metadata' in one)) return undefined;
  const alike = values.every((one) => first.filter((name) => name in one).length * 2 >= first.length);
  if (!alike || (values.length === 1 && !isNamed(entries[0]?.[0] ?? '', values[0] ?? {}))) return undefined;
  return entries.map(([name, fields]) => ({ name, ...(isObject(fields) ? fields : {}) }));
}

/** Members of a list, or of the only list of an object; or what a map holds under names. */
function membersOf(found: unknown): Json[] | undefined {
  // A kind without a name is that of what the list holds.
  const isOne = isObject(found) && 'kind' in found && ('name' in found || 'metadata' in found);
  const inner = isObject(found) && !isOne ? Object.values(found) : [];
  const lists = inner.filter(Array.isArray);
  const list: unknown = Array.isArray(found) ? found : lists.length === 1 ? lists[0] : undefined;
  if (list === undefined && isObject(found) && lists.length === 0) {
    const maps = inner.filter((one) => isObject(one));
    return keyed(found) ?? (maps.length === 1 && maps[0] !== undefined ? keyed(maps[0]) : undefined);
  }
  if (!Array.isArray(list) || list.length === 0 || list.length > MAX_RECORDS) return undefined;
  const members = list.filter((one) => isObject(one));
  return members.length === list.length ? members : undefined;
}

/** The value of a member, or a name under which a map stands. */
const VALUE_OR_KEY = /: "(?=([^"]*)")|^\s*"([^"]*)": \{/g;

/** Each with the first line in which one of its texts stands as the value of a member, 0 where none does. */
function inJson(lines: readonly string[]): TextRecord[] | undefined {
  const members = membersOf(value(lines.join('\n')));
  if (members === undefined) return undefined;
  const naming = firstNaming(lines, VALUE_OR_KEY);
  return members.map((fields) => {
    const named = Object.values(fields).find((one) => typeof one === 'string' && naming.has(one));
    return { fields, index: naming.get(String(named)) ?? 0 };
  });
}

/** Members of a list of YAML, each with the line that it begins with. */
function inYaml(lines: readonly string[]): TextRecord[] | undefined {
  const members = membersOf(yamlList(lines));
  const starts = yamlStarts(lines);
  return members?.map((fields, place) => ({
    fields,
    index: starts.length === members.length ? (starts[place] ?? 0) : 0,
  }));
}

/** `Pod: web-0 | Status: Running | Restarts: 3`: every line holds fields between bars. The last may hold bars of its own. */
function labelled(lines: readonly string[]): TextRecord[] | undefined {
  const told = [...lines.entries()].filter(([, line]) => line.trim() !== '');
  let names: string[] | undefined;
  const found: TextRecord[] = [];
  for (const [index, line] of told) {
    const pairs = line
      .replace(/^\s*(?:[-*•] |\d+[.)] )/, '')
      .split(' | ')
      .map((part) => PAIR.exec(part.trim()));
    const at = names === undefined ? pairs.length : names.length;
    const last = pairs.slice(0, at);
    if (last.length < 2 || last.includes(null)) return undefined;
    const own = last.map((pair) => pair?.[1]?.trim() ?? '');
    names ??= own;
    if (own.length !== names.length || own.some((name, column) => name !== names?.[column])) return undefined;
    const rest = line.split(' | ').slice(at);
    const fields = last.map((pair, column) => [
      own[column],
      [pair?.[2] ?? '', ...(column === last.length - 1 ? rest : [])].join(' | '),
    ]);
    found.push({ fields: Object.fromEntries(fields), index });
  }
  return found.length === 0 ? undefined : found;
}

/** Blocks of `Name: web-0` lines, one thing each, between blank lines or rules; all begin with the same name. */
function blocks(lines: readonly string[]): TextRecord[] | undefined {
  const found: TextRecord[] = [];
  let open: { fields: Record<string, unknown>; index: number } | undefined;
  for (const [index, line] of lines.entries()) {
    if (/^\s*(?:[-=*]{3,}.*)?$/.test(line)) {
      open = undefined;
      continue;
    }
    const [, name, said] = PAIR.exec(line.trim()) ?? [];
    if (name === undefined) return undefined;
    if (open === undefined) {
      open = { fields: {}, index };
      found.push(open);
    }
    if (Object.hasOwn(open.fields, name)) return undefined;
    open.fields[name] = said;
  }
  const first = ({ fields }: TextRecord) => Object.keys(fields)[0];
  const alike = found.every(
    (one) => first(one) === first(found[0] as TextRecord) && Object.keys(one.fields).length > 1,
  );
  return found.length > 1 && alike ? found : undefined;
}

/** Tables that tools draw (Markdown, grids, underlined columns). */
function drawn(lines: readonly string[]): TextRecord[] | undefined {
  const plain = plainRows(lines);
  if (plain === lines || plain.every((line, index) => line === lines[index])) return undefined;
  const head = plain.findIndex((line) => line !== '');
  // Their own spelling says where words end: `TargetPort`.
  const spelt = (lines[head] ?? '').replaceAll('_', ' ');
  const names = (plain[head] ?? '').split('\t').map((name) => {
    const at = spelt.toUpperCase().indexOf(name);
    return at < 0 || name === '' ? name : spelt.slice(at, at + name.length);
  });
  if (names.length < 2) return undefined;
  return plain.flatMap((line, index): TextRecord[] => {
    if (index <= head || line === '') return [];
    const cells = line.split('\t');
    return [{ fields: Object.fromEntries(names.map((name, column) => [name, cells[column] ?? ''])), index }];
  });
}

/** The members of a text that is one object of JSON, of Python, or of YAML. */
export function membersAlone(lines: readonly string[]): TextRecord | undefined {
  // Members of a list that was taken apart keep their commas.
  const fields = /^\s*\{/.test(lines[0] ?? '') ? value(lines.join('\n').replace(/,\s*$/, '')) : yamlMap(lines);
  return isObject(fields) && !('metadata' in fields) && !('apiVersion' in fields) ? { fields, index: 0 } : undefined;
}

/** One thing alone, as it stands in a list of JSON that was taken apart. Undefined where it has no name, or is of the API. */
export function recordAlone(lines: readonly string[]): TextRecord[] | undefined {
  const alone = membersAlone(lines);
  return typeof alone?.fields.name === 'string' ? [alone] : undefined;
}

/** The things that a text of a tool shows one by one, in whatever form it made of its list. Undefined for any other text. */
export function recordsIn(lines: readonly string[]): TextRecord[] | undefined {
  if (lines.reduce((sum, line) => sum + line.length, 0) > MAX_CHARS) return undefined;
  return inJson(lines) ?? flushRight(lines) ?? drawn(lines) ?? labelled(lines) ?? blocks(lines) ?? inYaml(lines);
}
