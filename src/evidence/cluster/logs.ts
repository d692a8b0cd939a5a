import { at, type Json, number, objects, text } from '../../json.ts';
import { whole } from '../whole.ts';
import type { Reader } from './reader.ts';
import { pathOf, type Resource } from './resources.ts';
import type { Aim } from './target.ts';
import { containerIsWell, ownerOf, podIsWell } from './unwell.ts';

/** Lines asked of each log, and of one whose lines are so long that the server's limit of bytes would cut off its end. */
const TAIL_LINES = 1000;
const SHORT_TAIL_LINES = 100;
const LIMIT_BYTES = 2 * 1024 * 1024;
/** Most characters that are kept of one log: its end. */
const MAX_CHARS = 512 * 1024;
const MAX_LOGS = 32;
const PODS_OF_A_KIND = 2;
/** States in which no container has ever run, so that there is no log. */
const NEVER_RAN =
  /^(ContainerCreating|PodInitializing|ImagePullBackOff|ErrImagePull|ErrImageNeverPull|InvalidImageName|CreateContainerConfigError|CreateContainerError)$/;

export interface LogRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: boolean;
}

export interface Log extends LogRequest {
  readonly text: string;
}

function restarts(pod: Json): number {
  return objects(at(pod, 'status', 'containerStatuses')).reduce((sum, one) => sum + (number(one.restartCount) ?? 0), 0);
}

function ofContainers(pod: Json, all: boolean): LogRequest[] {
  const base = {
    namespace: text(at(pod, 'metadata', 'namespace')) ?? '',
    pod: text(at(pod, 'metadata', 'name')) ?? '',
  };
  const statuses = ['initContainerStatuses', 'containerStatuses'].flatMap((key) => [
    ...objects(at(pod, 'status', key)),
  ]);
  return statuses.flatMap((status): LogRequest[] => {
    const init = objects(at(pod, 'status', 'initContainerStatuses')).includes(status);
    const done = init && status.ready === true && number(at(status, 'state', 'terminated', 'exitCode')) === 0;
    if (done || (!all && containerIsWell(status))) return [];
    const container = text(status.name) ?? '';
    const again = (number(status.restartCount) ?? 0) > 0 || at(status, 'lastState', 'terminated') !== undefined;
    const waits = text(at(status, 'state', 'waiting', 'reason')) ?? '';
    if (NEVER_RAN.test(waits) && !again) return [];
    const waiting = at(status, 'state', 'waiting') !== undefined;
    // While a container waits, its last run is the one before: the kubelet gives the same log for both.
    return [
      ...(again ? [{ ...base, container, previous: true }] : []),
      ...(waiting && again ? [] : [{ ...base, container, previous: false }]),
    ];
  });
}

/**
 * Chooses whose logs to read: of each workload the two pods that restarted most, those of their containers that are not well, now
 * and before; of a pod of the older revision that works, for comparison; and of what the target names, well or not.
 */
export function chosenLogs(pods: readonly Json[], aim: Aim | undefined): LogRequest[] {
  const byOwner = [...Map.groupBy(pods, ownerOf).values()];
  const unwell = byOwner.flatMap((same) =>
    same
      .filter((pod) => !podIsWell(pod))
      .toSorted((a, b) => restarts(b) - restarts(a))
      .slice(0, PODS_OF_A_KIND),
  );
  const troubled = new Set(unwell.map(deploymentOf));
  const before = byOwner.flatMap((same) => {
    const well = same.filter(podIsWell);
    const older = well.length === same.length && unwell.every((pod) => ownerOf(pod) !== ownerOf(well[0] as Json));
    const [first] = well;
    return older && first !== undefined && troubled.has(deploymentOf(first)) ? [first] : [];
  });
  const named =
    aim === undefined ? [] : pods.filter((pod) => podIsWell(pod) && isOf(pod, aim)).slice(0, PODS_OF_A_KIND);
  const requests = [
    ...unwell.flatMap((pod) => ofContainers(pod, false)),
    ...[...new Set([...before, ...named])].flatMap((pod) => ofContainers(pod, true)),
  ];
  return requests;
}

/** The Deployment that the names of a pod and its ReplicaSet are made of; else the owner itself. */
function deploymentOf(pod: Json): string {
  const hash = text(at(pod, 'metadata', 'labels', 'pod-template-hash'));
  const owner = ownerOf(pod);
  return hash !== undefined && owner.endsWith(`-${hash}`) ? owner.slice(0, -hash.length - 1) : owner;
}

function isOf(pod: Json, { name, kind }: Aim): boolean {
  const own = text(at(pod, 'metadata', 'name')) ?? '';
  const owner = deploymentOf(pod).split('/')[1] ?? '';
  return kind === 'Pod' ? own === name : own === name || owner === name || own.startsWith(`${name}-`);
}

const PODS: Resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod' };

/** Reads these logs; what has none (any more) is left out. */
export async function readLogs(reader: Reader, requests: readonly LogRequest[]): Promise<Log[]> {
  const chosen = requests.slice(0, MAX_LOGS);
  if (requests.length > chosen.length)
    reader.note(`the logs of ${requests.length - chosen.length} more containers that are not well were not read`);
  const read = await Promise.all(
    chosen.map(async (request): Promise<Log[]> => {
      const found = await reader.attempt('pods/log', request.namespace, () => one(reader, request));
      return found === undefined || found.trim() === '' ? [] : [{ ...request, text: found }];
    }),
  );
  return unlike(read.flat());
}

/** Two pods of a kind mostly say the same but for times and addresses: then one of them is enough. */
function unlike(logs: readonly Log[]): Log[] {
  const seen = new Set<string>();
  return logs.filter((log) => {
    const shape = `${log.container} ${log.previous} ${log.text.replaceAll(/[\da-f]*\d[\da-f]*/g, '0').replaceAll(log.pod, '')}`;
    const known = seen.has(shape);
    seen.add(shape);
    return !known;
  });
}

async function one(reader: Reader, request: LogRequest): Promise<string> {
  const { namespace, pod, container, previous } = request;
  const ask = async (lines: number) => {
    const query = new URLSearchParams({ container, tailLines: String(lines), limitBytes: String(LIMIT_BYTES) });
    if (previous) query.set('previous', 'true');
    return (
      await reader.client.get(`${pathOf(PODS, namespace, pod)}/log?${query}`, { maxBytes: LIMIT_BYTES, cut: true })
    ).body;
  };
  let body = await ask(TAIL_LINES);
  // The server stops at its limit, and what it has not sent then is the end.
  if (body.length >= LIMIT_BYTES) {
    body = await ask(SHORT_TAIL_LINES);
    reader.note(`the log of ${pod} (${container}) has long lines: only its last ${SHORT_TAIL_LINES} lines were read`);
  }
  const full = body.toString('utf8');
  if (full.length <= MAX_CHARS) return full;
  const from = full.indexOf('\n', full.length - MAX_CHARS);
  return whole(full.slice(from < 0 ? -MAX_CHARS : from + 1));
}
