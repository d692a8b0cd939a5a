import { asObject, type Json } from '../../json.ts';
import { readCommand } from '../command.ts';
import { loadYaml } from './objects.ts';

/** Longer output than this is not of a member that someone picked out. */
const MAX_CHARS = 64 * 1024;
const MAX_DEPTH = 12;
/** Lines at which a document may end are tried at most so often. */
const MAX_TRIES = 200;

/** A member by its name, one of an array by its place, or the one of an array whose `type` (or `name`) is asked for. */
type Key = string | number | { readonly [by: string]: string };

const STEP = /\.([A-Za-z]\w*)|\[(\d)\]|\[\?\(@\.(type|name)==\\?["']([\w.-]+)\\?["']\)\]/g;

/** `.status.containerStatuses[0].lastState` as its keys; undefined for anything that is no plain path. */
function keysOf(path: string): Key[] | undefined {
  if (!path.startsWith('.') || path.replace(STEP, '') !== '') return undefined;
  const keys = [...path.matchAll(STEP)].map(
    ([, key, index, by, value]): Key => key ?? (by === undefined ? Number(index) : { [by]: value ?? '' }),
  );
  return keys.length > MAX_DEPTH ? undefined : keys;
}

/** What a command picks out of one object. */
interface Picked {
  /** In the order of its output. */
  readonly paths: readonly Key[][];
  /** The members of an array, each by itself: `jq '.[]'`, `jq '.spec.steps[]'`. */
  readonly each: boolean;
}

function pickedBy(command: string): Picked | undefined {
  const taken = /(.*)\|\s*jq\s+(?:-\w+\s+)?['"]?\.\[\]['"]?\s*$/.exec(command)?.[1];
  const paths = pathsIn((taken ?? command).replace(/\[\](['"]?\s*)$/, '$1'));
  const each = taken !== undefined || /\[\]['"]?\s*$/.test(command);
  return paths === undefined || (each && paths.length !== 1) ? undefined : { paths, each };
}

const LINE_END = '\\{["\']\\\\n["\']\\}';
const SEVERAL_LINES = new RegExp(
  `(?:-o[ =]?|--output[ =])(['"]?)jsonpath=(['"]?)((?:\\{[^{}]*\\}${LINE_END})+(?:\\{[^{}]*\\})?)\\2\\1(?=[\\s|;]|$)`,
);

/** The paths of a jsonpath that prints several members, each on a line of its own: `{.spec.paused}{"\n"}{.status.conditions}`. */
function linesOf(command: string): Key[][] | undefined {
  const body = SEVERAL_LINES.exec(command)?.[3];
  if (body === undefined || /\{(?:range|end|if)\b/.test(body)) return undefined;
  const paths = body
    .split(new RegExp(LINE_END))
    .filter((path) => path !== '')
    .map((path) => keysOf(path.replace(/^\{|\}$/g, '')));
  return paths.every((keys) => keys !== undefined) ? paths : undefined;
}

/** The paths that a command picks out of one object. */
function pathsIn(command: string): Key[][] | undefined {
  const lines = linesOf(command);
  if (lines !== undefined) return lines;
  const jsonpath = /(?:-o[ =]?|--output[ =])['"]?jsonpath=['"]?\{([^{}]*)\}['"]?(?=[\s|;]|$)/.exec(command)?.[1];
  const jq = /(?:-o[ =]?|--output[ =])json\b[^|]*\|\s*jq\s+(?:-\w+\s+)?(?:'([^']*)'|"([^"]*)"|(\.\S+))\s*$/.exec(
    command,
  );
  const yq =
    /(?:-o[ =]?|--output[ =])yaml\b[^|]*\|\s*yq\s+(?:-\w+\s+|eval\s+)?(?:'([^']*)'|"([^"]*)"|(\.\S+))\s*(?:-\s*)?$/.exec(
      command,
    );
  const filter = jsonpath ?? [...(jq ?? []).slice(1), ...(yq ?? []).slice(1)].find((one) => one !== undefined);
  if (filter === undefined) return undefined;
  const paths = (jsonpath === undefined ? filter.split(',') : [filter]).map((path) => keysOf(path.trim()));
  return paths.every((keys) => keys !== undefined) ? paths : undefined;
}

/** JSON documents that follow each other, each from the start of a line; undefined where something else stands among them. */
function documents(text: string): unknown[] | undefined {
  const found: unknown[] = [];
  let open: string[] = [];
  let tries = 0;
  for (const line of text.split('\n')) {
    if (open.length === 0 && line.trim() === '') continue;
    open.push(line);
    if (/^\s/.test(line)) continue;
    if (++tries > MAX_TRIES) return undefined;
    try {
      found.push(JSON.parse(open.join('\n')));
      open = [];
    } catch {
      // goes on
    }
  }
  return open.length === 0 ? found : undefined;
}

/** The one value that `yq` printed, unless it is a plain text. */
function yamlValue(text: string): unknown[] | undefined {
  try {
    const value = loadYaml(text);
    return typeof value === 'object' && value !== null ? [value] : undefined;
  } catch {
    return undefined;
  }
}

function placed(keys: readonly Key[], value: unknown): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  const inner = placed(rest, value);
  if (typeof key === 'object') return [{ ...asObject(inner), ...key }];
  // What stands before it in the array was not shown.
  return typeof key === 'number' ? [...Array.from({ length: key }, () => null), inner] : { [key]: inner };
}

function readCell(cell: string): unknown {
  try {
    return /^[[{]/.test(cell) ? JSON.parse(cell) : cell;
  } catch {
    return cell;
  }
}

/** Rows that a jsonpath over all items prints: `{range .items[*]}{.metadata.name}{"\t"}{.status.phase}{"\n"}{end}`. */
function rowsOf(text: string, command: string): Json[] {
  const { kind, namespace } = readCommand(command);
  const body = /\{range \.items\[\*\]\}(.*)\{["']\\n["']\}\{end\}/.exec(command)?.[1];
  const [, separator] = /\}\{["'](\\t|[ ,:|])["']\}\{/.exec(body ?? '') ?? [];
  if (kind === undefined || body === undefined || separator === undefined) return [];
  const paths = body.split(/\{["'](?:\\t|[ ,:|])["']\}/).map((path) => keysOf(path.replace(/^\{|\}$/g, '')));
  const named = paths.findIndex((keys) => keys?.join('.') === 'metadata.name');
  if (named < 0) return [];
  return text.split('\n').flatMap((line): Json[] => {
    const cells = line.split(separator === '\\t' ? '\t' : separator);
    const name = cells[named] ?? '';
    if (cells.length !== paths.length || !/^[\w.-]+$/.test(name)) return [];
    const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
    return paths.flatMap((keys, index) =>
      keys === undefined || keys[0] === 'metadata' || cells[index] === ''
        ? []
        : [{ ...(placed(keys, readCell(cells[index] ?? '')) as Json), kind, metadata }],
    );
  });
}

/** What separates the cells of such rows. */
const SEPARATOR = /\}\{["'](\\t|[ ,:|=]|: )["']\}\{|\}([=:])\{/;

/** A list of one object, a line for each of its members: `{range .spec.containers[0].env[*]}{.name}={.value}{"\n"}{end}`. */
function memberRows(text: string, command: string): Json | undefined {
  const [, path, body] = /\{range (\.[^{}]*)\[\*\]\}(.*)\{["']\\n["']\}\{end\}/.exec(command) ?? [];
  const list = path === undefined ? undefined : keysOf(path);
  const separator = SEPARATOR.exec(body ?? '');
  if (list === undefined || body === undefined || separator === null) return undefined;
  const mark = (separator[1] ?? separator[2] ?? '').replace('\\t', '\t');
  const names = body.match(/\{\.\w+\}/g)?.map((one) => one.slice(2, -1)) ?? [];
  if (names.length !== 2 || names[0] !== 'name') return undefined;
  const rows = text.split('\n').flatMap((line) => {
    const cut = line.indexOf(mark);
    const value = line.slice(cut + mark.length);
    return cut < 1 ? [] : [{ name: line.slice(0, cut), ...(value === '' ? {} : { [names[1] ?? '']: value }) }];
  });
  return rows.length === 0 ? undefined : (placed(list, rows) as Json);
}

/** Maps and lists whose values are texts, whatever they look like. */
const TEXTS = /^(?:labels|annotations|matchLabels|nodeSelector|data|value|args|command)$/;

function bareValue(line: string, keys: readonly Key[]): unknown {
  return /^(?:true|false)$/.test(line) && !keys.some((key) => typeof key === 'string' && TEXTS.test(key))
    ? line === 'true'
    : line;
}

function memberOf(cell: string, keys: readonly Key[]): unknown {
  const read = readCell(cell);
  return typeof read === 'string' ? bareValue(read, keys) : read;
}

/**
 * Members of one object that `kubectl get … -o jsonpath={.a.b[0]}` or `… -o json | jq '.a, .b'` printed, each as an object that
 * has only that; undefined for one that is null. `before` documents of the output stand in texts before this one. Rows of a
 * jsonpath over a list, too. Nothing for other commands and for output that is not what they print.
 */
export function parseMembers(text: string, command: string, before = 0): (Json | undefined)[] {
  const { tool, verb, kind, name, namespace } = readCommand(command);
  if (tool !== 'kubectl' || verb !== 'get' || !/^[A-Z]/.test(kind ?? '') || text.length > MAX_CHARS) return [];
  if (command.includes('{range .items')) return rowsOf(text, command);
  if (name === undefined || /^(?:Error|error:)/.test(text)) return [];
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  const rows = memberRows(text, command);
  if (rows !== undefined) return [{ ...rows, kind, metadata }];
  const { paths, each = false } = pickedBy(command) ?? {};
  // jsonpath prints a text without quotes, and a boolean in the same way.
  const line = text.trim();
  const bare = paths?.length === 1 && /^[^[{"]/.test(line) && !line.includes('\n');
  const lines =
    paths !== undefined && paths.length > 1 && linesOf(command) !== undefined ? text.trimEnd().split('\n') : [];
  // A member that is not there leaves its line empty.
  const cells =
    paths !== undefined && lines.length === paths.length
      ? lines.map((cell, index) => (cell === '' ? null : memberOf(cell, paths[index] ?? [])))
      : undefined;
  const values =
    cells ??
    (paths === undefined
      ? undefined
      : bare
        ? [bareValue(line, paths[0] ?? [])]
        : /\|\s*yq\s/.test(command)
          ? yamlValue(text)
          : documents(text));
  if (paths === undefined || values === undefined) return [];
  // An array of which not all was shown together says nothing of how many there are.
  if (each && before > 0) return [];
  return (each ? [values] : values).map((value, index) => {
    const keys = paths[(before + index) % paths.length];
    if (keys === undefined || value === null || keys[0] === 'metadata') return undefined;
    const member = placed(keys, value);
    return { ...(member as Json), kind, metadata };
  });
}
