import type { Json } from '../../json.ts';
import type { ObjectRef } from '../model.ts';
import { parseTable } from './table.ts';

/** A container as `crictl ps` lists it: its identifier (13 hexadecimal digits or more), the pod that it is of, and its line. */
export interface NodeContainer {
  readonly id: string;
  readonly pod: ObjectRef;
  readonly object: Json;
  readonly index: number;
}

const HEADER = /^CONTAINER(?: ID)?\s+IMAGE\s+CREATED\s+STATE\s+NAME\s+ATTEMPT\s/;

function stateOf(state: string): Json {
  if (state === 'Running') return { ready: true, state: { running: {} } };
  return state === 'Exited' ? { ready: false, state: { terminated: {} } } : { ready: false, state: { waiting: {} } };
}

/** `crictl ps -a`: what the runtime of a node has of each pod, the newest container of a name first. */
export function parseCrictlPs(lines: readonly string[]): NodeContainer[] {
  const header = lines.findIndex((line) => HEADER.test(line));
  if (header < 0) return parseHeaderless(lines);
  const seen = new Set<string>();
  return parseTable(lines.slice(header)).flatMap(({ cells, index }): NodeContainer[] => {
    const { NAME: name = '', POD = '', NAMESPACE = '', STATE = '', ATTEMPT = '0' } = cells;
    const id = cells.CONTAINER ?? cells['CONTAINER ID'] ?? '';
    if (!/^[0-9a-f]{6,64}$/.test(id) || POD === '') return [];
    const pod = { kind: 'Pod', name: POD, ...(NAMESPACE === '' ? {} : { namespace: NAMESPACE }) };
    const first = !seen.has(`${NAMESPACE}/${POD}/${name}`);
    seen.add(`${NAMESPACE}/${POD}/${name}`);
    const { kind, ...metadata } = pod;
    const status = { name, containerID: id, restartCount: Number(ATTEMPT), ...stateOf(STATE) };
    const object = { kind, metadata, ...(first ? { status: { containerStatuses: [status] } } : {}) };
    return [{ id, pod, object, index: header + index }];
  });
}

/** A row whose header `grep` cut off: container, image, `5 minutes ago`, state, name, attempt, sandbox, pod and, in newer versions, namespace. */
const ROW =
  /^([0-9a-f]{12,64}) +\S+ +(?:\d+|an?|[Aa]bout an?|[Ll]ess than a) \w+ ago +(Running|Exited|Created|Unknown) +(\S+) +(\d+) +[0-9a-f]{12,64} +(\S+)(?: +(\S+))?\s*$/;

function parseHeaderless(lines: readonly string[]): NodeContainer[] {
  return lines.flatMap((line, index): NodeContainer[] => {
    const [, id = '', state = '', name = '', attempt, pod = '', namespace] = ROW.exec(line) ?? [];
    if (id === '') return [];
    const metadata = { name: pod, ...(namespace === undefined ? {} : { namespace }) };
    const status = { name, containerID: id, restartCount: Number(attempt), ...stateOf(state) };
    return [
      {
        id,
        pod: { kind: 'Pod', ...metadata },
        object: { kind: 'Pod', metadata, status: { containerStatuses: [status] } },
        index,
      },
    ];
  });
}

/** The container whose log a command of the node asks for: `crictl logs --tail 50 3b1c2d8e7f605`. */
export function containerOfLog(command = ''): string | undefined {
  return /^crictl(?: \S+)*? logs(?: \S+)*? ([0-9a-f]{6,64})(?=\s|$)/.exec(command)?.[1];
}
