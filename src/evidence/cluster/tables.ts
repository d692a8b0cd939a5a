import { asArray, at, type Json, number, objects, strings, text } from '../../json.ts';
import { list } from '../commands/kubectl.ts';
import type { WholeList } from './namespace.ts';

/** Kinds of which rules ask whether a list was whole; others are shown object by object. */
const LISTED = /^(Pod|Service|ConfigMap|Secret|StorageClass|IngressClass)$/;
const MAX_ROWS = 1000;

/** A list as `kubectl get` prints it: what there is, and so what there is not. */
export interface Table {
  readonly command: string;
  readonly text: string;
}

/** `5d3h`, as kubectl writes an age of so many ms. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600), Math.floor(seconds / 60)];
  if (seconds < 120) return `${seconds}s`;
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  return days < 8 && hours % 24 !== 0 ? `${days}d${hours % 24}h` : `${days}d`;
}

function age(item: Json, now: number): string {
  const created = Date.parse(text(at(item, 'metadata', 'creationTimestamp')) ?? '');
  return Number.isNaN(created) ? '<unknown>' : ageText(now - created);
}

/** The STATUS of a pod as kubectl computes it (`printPod` of its server-side printers). */
export function podStatus(pod: Json): string {
  const { status } = pod;
  let reason = text(at(status, 'reason')) ?? text(at(status, 'phase')) ?? 'Unknown';
  const inits = objects(at(status, 'initContainerStatuses'));
  const total = asArray(at(pod, 'spec', 'initContainers')).length;
  for (const [index, init] of inits.entries()) {
    const ended = at(init, 'state', 'terminated');
    if (ended !== undefined && number(at(ended, 'exitCode')) === 0) continue;
    if (init.started === true && init.ready === true) continue;
    const waits = text(at(init, 'state', 'waiting', 'reason'));
    if (ended !== undefined) return `Init:${text(at(ended, 'reason')) ?? `ExitCode:${text(at(ended, 'exitCode'))}`}`;
    return waits !== undefined && waits !== 'PodInitializing' ? `Init:${waits}` : `Init:${index}/${total}`;
  }
  for (const container of [...objects(at(status, 'containerStatuses'))].reverse()) {
    const waits = text(at(container, 'state', 'waiting', 'reason'));
    const ended = at(container, 'state', 'terminated');
    if (waits) reason = waits;
    else if (ended !== undefined) reason = text(at(ended, 'reason')) ?? `ExitCode:${text(at(ended, 'exitCode'))}`;
  }
  return at(pod, 'metadata', 'deletionTimestamp') === undefined ? reason : 'Terminating';
}

function podRow(pod: Json, now: number): string[] {
  const statuses = objects(at(pod, 'status', 'containerStatuses'));
  const total = Math.max(statuses.length, asArray(at(pod, 'spec', 'containers')).length);
  const restarts = statuses.reduce((sum, one) => sum + (number(one.restartCount) ?? 0), 0);
  const ends = statuses.map((one) => Date.parse(text(at(one, 'lastState', 'terminated', 'finishedAt')) ?? ''));
  const last = Math.max(...ends.filter((time) => !Number.isNaN(time)));
  return [
    `${statuses.filter(({ ready }) => ready === true).length}/${total}`,
    podStatus(pod),
    restarts > 0 && Number.isFinite(last) ? `${restarts} (${ageText(now - last)} ago)` : String(restarts),
    age(pod, now),
    text(at(pod, 'status', 'podIP')) ?? '<none>',
    text(at(pod, 'spec', 'nodeName')) ?? '<none>',
  ];
}

function serviceRow(service: Json, now: number): string[] {
  const ports = objects(at(service, 'spec', 'ports')).map(
    ({ port, protocol }) => `${text(port)}/${text(protocol) ?? 'TCP'}`,
  );
  const selector = Object.entries(strings(at(service, 'spec', 'selector'))).map(([key, value]) => `${key}=${value}`);
  return [
    text(at(service, 'spec', 'type')) ?? 'ClusterIP',
    text(at(service, 'spec', 'clusterIP')) ?? '<none>',
    ports.join(',') || '<none>',
    age(service, now),
    selector.join(',') || '<none>',
  ];
}

const COLUMNS: Readonly<Record<string, { header: string[]; row: (item: Json, now: number) => string[] }>> = {
  Pod: { header: ['READY', 'STATUS', 'RESTARTS', 'AGE', 'IP', 'NODE'], row: podRow },
  Service: { header: ['TYPE', 'CLUSTER-IP', 'PORT(S)', 'AGE', 'SELECTOR'], row: serviceRow },
};
const NAMES = { header: ['AGE'], row: (item: Json, now: number) => [age(item, now)] };

/** Lists as tables, for the kinds of which it counts that a name is missing. */
export function tablesOf(lists: readonly WholeList[], now: number): Table[] {
  return lists
    .filter(({ resource }) => LISTED.test(resource.kind))
    .flatMap(({ resource, namespace, items }) => {
      const wide = resource.kind === 'Pod' || resource.kind === 'Service' ? ['-o', 'wide'] : [];
      const { header, row } = COLUMNS[resource.kind] ?? NAMES;
      const rows = items
        .slice(0, MAX_ROWS)
        .map((item) => [text(at(item, 'metadata', 'name')) ?? '', ...row(item, now)]);
      const command = list(resource.plural, { namespace }, ...wide);
      if (command === undefined) return [];
      const none = namespace === undefined ? 'No resources found' : `No resources found in ${namespace} namespace.`;
      return [{ command, text: rows.length === 0 ? none : columns([['NAME', ...header], ...rows]) }];
    });
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd((widths[column] ?? 0) + 3))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}
