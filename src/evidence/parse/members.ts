import type { Json } from '../../json.ts';
import { readCommand } from '../command.ts';
import { documents } from './documents.ts';
import { loadYaml } from './objects.ts';
import { bareValue, type Key, keysOf, placed, readValue, Several } from './paths.ts';

/** Longer output than this is not of a member that someone picked out. */
const MAX_CHARS = 64 * 1024;

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

/** The one value that `yq` printed, unless it is a plain text. */
function yamlValue(text: string): unknown[] | undefined {
  try {
    const value = loadYaml(text);
    return typeof value === 'object' && value !== null ? [value] : undefined;
  } catch {
    return undefined;
  }
}

/** What a path printed that asks for all of an array: jsonpath on one line, jq a document for each. */
function allOf(text: string, keys: readonly Key[]): unknown[] | undefined {
  if (!text.trim().includes('\n')) return [readValue(text.trim(), keys)];
  const all = documents(text);
  return all === undefined ? undefined : [new Several(all)];
}

/**
 * Members of one object that `kubectl get … -o jsonpath={.a.b[0]}` or `… -o json | jq '.a, .b'` printed, each as an object that
 * has only that; undefined for one that is null. `before` documents of the output stand in texts before this one. Nothing for other commands and for output that is not what they print.
 */
export function parseMembers(text: string, command: string, before = 0): (Json | undefined)[] {
  const { tool, verb, kind, name, namespace } = readCommand(command);
  if (tool !== 'kubectl' || verb !== 'get' || !/^[A-Z]/.test(kind ?? '') || text.length > MAX_CHARS) return [];
  if (name === undefined || /^(?:Error|error:)/.test(text)) return [];
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  const { paths, each = false } = pickedBy(command) ?? {};
  // jsonpath prints a text without quotes, and a boolean in the same way.
  const line = text.trim();
  const bare = paths?.length === 1 && /^[^[{"]/.test(line) && !line.includes('\n');
  const lines =
    paths !== undefined && paths.length > 1 && linesOf(command) !== undefined ? text.trimEnd().split('\n') : [];
  // A member that is not there leaves its line empty.
  const cells =
    paths !== undefined && lines.length === paths.length
      ? lines.map((cell, index) => (cell === '' ? null : readValue(cell, paths[index] ?? [])))
      : undefined;
  const [only] = paths ?? [];
  const values =
    cells ??
    (paths === undefined
      ? undefined
      : paths.length === 1 && only?.includes('*')
        ? allOf(text, only)
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
