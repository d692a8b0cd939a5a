import type { Json } from '../../json.ts';
import { readCommand } from '../command.ts';

/** Longer output than this is not of a member that someone picked out. */
const MAX_CHARS = 64 * 1024;
const MAX_DEPTH = 12;
/** Lines at which a document may end are tried at most so often. */
const MAX_TRIES = 200;

/** `.status.containerStatuses[0].lastState` as its keys; undefined for anything that is no plain path. */
function keysOf(path: string): (string | number)[] | undefined {
  if (!/^(?:\.[A-Za-z]\w*(?:\[\d\])?)+$/.test(path)) return undefined;
  const keys = [...path.matchAll(/\.([A-Za-z]\w*)|\[(\d)\]/g)].map(([, key, index]) => key ?? Number(index));
  return keys.length > MAX_DEPTH ? undefined : keys;
}

/** The paths that a command picks out of one object, in the order of its output. */
function pathsIn(command: string): (string | number)[][] | undefined {
  const jsonpath = /-o[ =]?jsonpath=['"]?\{([^{}]*)\}['"]?\s*(?:\||$)/.exec(command)?.[1];
  const jq = /-o[ =]?json\s+\|\s*jq\s+(?:-\w\s+)?(?:'([^']*)'|"([^"]*)"|(\.\S+))\s*$/.exec(command);
  const filter = jsonpath ?? jq?.[1] ?? jq?.[2] ?? jq?.[3];
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

function placed(keys: readonly (string | number)[], value: unknown): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  const inner = placed(rest, value);
  // What stands before it in the array was not shown.
  return typeof key === 'number' ? [...Array.from({ length: key }, () => null), inner] : { [key]: inner };
}

/**
 * Members of one object that `kubectl get … -o jsonpath={.a.b[0]}` or `… -o json | jq '.a, .b'` printed, each as an object that
 * has only that; undefined for one that is null. `before` documents of the output stand in texts before this one. Nothing for
 * other commands, for lists, and for output that is not JSON.
 */
export function parseMembers(text: string, command: string, before = 0): (Json | undefined)[] {
  const { tool, verb, kind, name, namespace } = readCommand(command);
  if (tool !== 'kubectl' || verb !== 'get' || kind === undefined || name === undefined || !/^[A-Z]/.test(kind))
    return [];
  const paths = text.length > MAX_CHARS ? undefined : pathsIn(command);
  const values = paths === undefined ? undefined : documents(text);
  if (paths === undefined || values === undefined) return [];
  return values.map((value, index) => {
    const keys = paths[(before + index) % paths.length];
    if (keys === undefined || value === null || keys[0] === 'metadata') return undefined;
    const member = placed(keys, value);
    const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
    return { ...(member as Json), kind, metadata };
  });
}
