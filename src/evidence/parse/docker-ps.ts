import type { Json } from '../../json.ts';
import { CONTAINER } from '../kinds.ts';
import { cellsBetween } from './between.ts';
import { parseTable } from './table.ts';

/** A container as `docker ps` (also Podman's and nerdctl's, also of Compose) lists it, with the fields of a pod that has no other, and its line. */
export interface ListedContainer {
  readonly object: Json;
  /** Undefined where all of the text is of it. */
  readonly index?: number;
}

const HEADER =
  /^(?:CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES|NAME +IMAGE +COMMAND +SERVICE +CREATED +STATUS +PORTS)\s*$/;

/** What the column STATUS says: `Up 3 days (unhealthy)`, `Exited (1) 4 minutes ago`, `Restarting (137) 5 seconds ago`. */
function stateOf(status: string): Json | undefined {
  if (/^Up\b/.test(status))
    return { ready: !/\((?:unhealthy|health: starting|Paused)\)/.test(status), state: { running: {} } };
  const [, how, code] = /^(Exited|Restarting) \((\d+)\)/.exec(status) ?? [];
  if (code === undefined) return undefined;
  const ended = { exitCode: Number(code), reason: code === '0' ? 'Completed' : 'Error' };
  return how === 'Exited'
    ? { ready: false, state: { terminated: ended } }
    : { ready: false, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: ended } };
}

/** The phase that the kubelet would give a pod whose only container is in such a state. */
function phaseOf(status: string): string {
  const code = /^Exited \((\d+)\)/.exec(status)?.[1];
  return code === undefined ? 'Running' : code === '0' ? 'Succeeded' : 'Failed';
}

/** Whether a text begins with such a list, perhaps behind the line that says what was called. */
export function isDockerPs(lines: readonly string[]): boolean {
  return lines.slice(0, 3).some((line) => HEADER.test(line));
}

/** Rows that `--format '{{.Names}} {{.Status}}'` made: the name and, behind it, the state. */
function ownRows(lines: readonly string[], command: string): ListedContainer[] {
  const format = /^(?:docker|podman|nerdctl)(?: container)? ps\b.*--format[ =](["'])(.*?)\1/.exec(command)?.[2] ?? '';
  const fields = [...format.matchAll(/\{\{\s*\.(\w+)\s*\}\}/g)].map(([, name]) => name);
  const [names, status] = [fields.indexOf('Names'), fields.indexOf('Status')];
  if (names < 0 || status < 0 || fields.length > 8) return [];
  // A table's columns are padded, whatever stands between its fields.
  const isTable = format.startsWith('table ');
  const template = format
    .split(/(\{\{.*?\}\})/)
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('{{') ? undefined : part.replaceAll('\\t', '\t')));
  return lines.flatMap((line, index): ListedContainer[] => {
    const cells = (isTable ? line.trim().split(/ {2,}|\t+/) : cellsBetween(line.trim(), template)) ?? [];
    const object = containerOf(cells[names] ?? '', '', cells[status] ?? '');
    return object === undefined ? [] : [{ object, index }];
  });
}

/** How Compose says that a container on which others wait did not come up. */
const DEPENDENCY = /^dependency failed to start: container (\S+) (?:exited \((\d{1,3})\)|is (unhealthy))$/;

/** Containers because of which Compose started no others. */
function failedDependencies(lines: readonly string[]): ListedContainer[] {
  return lines.flatMap((line, index): ListedContainer[] => {
    const [, name = '', code, unhealthy] = DEPENDENCY.exec(line.trim()) ?? [];
    const status = unhealthy === undefined ? `Exited (${code})` : 'Up (unhealthy)';
    const object = name === '' ? undefined : containerOf(name, '', status);
    return object === undefined ? [] : [{ object, index }];
  });
}

function containerOf(name: string, image: string, status: string): Json | undefined {
  const state = stateOf(status);
  if (!/^[\w.-]+$/.test(name) || state === undefined) return undefined;
  return {
    kind: CONTAINER,
    metadata: { name },
    spec: { restartPolicy: 'Never', containers: [{ name, image }] },
    status: { phase: phaseOf(status), containerStatuses: [{ name, image, restartCount: 0, ...state }] },
  };
}

/** The containers that `docker ps -a` lists. Empty for any other text; containers that were never started are left out. */
export function parseDockerPs(lines: readonly string[], command = ''): ListedContainer[] {
  const header = lines.findIndex((line) => HEADER.test(line));
  if (header < 0) return [...failedDependencies(lines), ...ownRows(lines, command)];
  return parseTable(lines.slice(header)).flatMap(({ cells, index }): ListedContainer[] => {
    const { STATUS: status = '', IMAGE: image = '' } = cells;
    const object = containerOf(cells.NAMES ?? cells.NAME ?? '', image, status);
    return object === undefined ? [] : [{ object, index: header + index }];
  });
}
