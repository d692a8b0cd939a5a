import { asObject, type Json } from '../../json.ts';
import { type CommandHints, readCommand } from '../command.ts';
import { UNNAMED } from '../cut-off.ts';
import { WORKLOADS } from '../kinds.ts';
import { NAMELESS, parseContainer } from './container.ts';
import { customResource } from './describe-custom.ts';
import { detailsOf } from './describe-kinds.ts';
import { EVENT_HEADER, type EventRecord, objectInEvents, parseDescribeEvents } from './events.ts';
import { child, type Node, pairs, parseTree, valueAt } from './tree.ts';

export interface Described {
  readonly object: Json;
  readonly events: readonly EventRecord[];
}

/** The kind a describe block shows, from the command or from the fields that only one kind prints. */
function kindOfBlock(root: Node, hints: CommandHints | undefined): string {
  const has = (key: string) => child(root, key) !== undefined;
  const stated = valueAt(root, 'Kind');
  if (stated !== undefined && has('API Version')) return stated;
  if (hints?.verb === 'describe' && hints.kind !== undefined && /^[A-Z]/.test(hints.kind)) return hints.kind;
  if (has('Containers') && (has('Node') || has('IPs') || has('QoS Class'))) return 'Pod';
  if (has('Schedule')) return 'CronJob';
  if (has('Completions') || has('Parallelism')) return 'Job';
  if (has('Desired Number of Nodes Scheduled')) return 'DaemonSet';
  if (has('StrategyType') || has('OldReplicaSets')) return 'Deployment';
  if (has('Update Strategy') || has('Volume Claims')) return 'StatefulSet';
  if (has('Pod Template') && has('Replicas')) return 'ReplicaSet';
  if (has('Reclaim Policy')) return 'PersistentVolume';
  if (has('Min available') || has('Max unavailable')) return 'PodDisruptionBudget';
  if (has('Allocatable') || has('Capacity')) return has('Access Modes') ? 'PersistentVolumeClaim' : 'Node';
  if (has('StorageClass') && has('Access Modes')) return 'PersistentVolumeClaim';
  if (has('Rules') && (has('Default backend') || has('Ingress Class'))) return 'Ingress';
  if (has('Selector') && (has('Endpoints') || has('IP') || has('TargetPort'))) return 'Service';
  if (has('Subsets')) return 'Endpoints';
  if (has('Reference') && has('Metrics')) return 'HorizontalPodAutoscaler';
  if (has('Image pull secrets') || has('Mountable secrets')) return 'ServiceAccount';
  if (has('Provisioner')) return 'StorageClass';
  if (has('PodSelector') || valueAt(child(root, 'Spec'), 'Policy Types') !== undefined) return 'NetworkPolicy';
  if (has('Data')) return has('Type') ? 'Secret' : 'ConfigMap';
  // A description that was cut may have lost its capacity.
  if (conditionsOf(root).some(({ type }) => /^(?:Memory|Disk|PID)Pressure$/.test(String(type)))) return 'Node';
  return 'Unknown';
}

function conditionsOf(root: Node): Json[] {
  const node = child(root, 'Conditions');
  if (node === undefined) return [];
  const found: Json[] = [];
  for (const line of node.lines) {
    const cells = line.split(/\s{2,}/);
    if (cells[0] === 'Type' || /^-+$/.test(cells[0] ?? '')) continue;
    // Nodes print heartbeat and transition times between status and reason.
    const rest = cells.slice(2).filter((cell) => !/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), /.test(cell));
    if (/^(True|False|Unknown)$/.test(cells[1] ?? ''))
      found.push({
        type: cells[0],
        status: cells[1],
        ...(rest[0] ? { reason: rest[0] } : {}),
        ...(rest[1] ? { message: rest.slice(1).join('  ') } : {}),
      });
  }
  for (const entry of node.children) {
    // Reasons or messages with a colon make the tree parser see a key.
    const cells = `${entry.key}: ${entry.value}`.split(/\s{2,}/);
    const rest = cells.slice(2).filter((cell) => !/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), /.test(cell));
    if (/^(True|False|Unknown)$/.test(cells[1] ?? ''))
      found.push({ type: cells[0], status: cells[1], reason: rest[0] ?? '', message: rest.slice(1).join('  ') });
  }
  return found;
}

function volumesOf(root: Node | undefined): Json[] {
  return (child(root, 'Volumes')?.children ?? []).map((volume) => {
    const type = valueAt(volume, 'Type') ?? '';
    const optional = valueAt(volume, 'Optional') === 'true';
    const name = valueAt(volume, 'Name') ?? valueAt(volume, 'SecretName') ?? '';
    if (type.startsWith('ConfigMap')) return { name: volume.key, configMap: { name, optional } };
    if (type.startsWith('Secret')) return { name: volume.key, secret: { secretName: name, optional } };
    if (type.startsWith('PersistentVolumeClaim'))
      return { name: volume.key, persistentVolumeClaim: { claimName: valueAt(volume, 'ClaimName') ?? name } };
    return { name: volume.key };
  });
}

/** Containers, volumes, selectors and tolerations of a pod or a pod template. */
function podSpecOf(root: Node): { spec: Record<string, unknown>; status: Record<string, unknown> } {
  const containers = (child(root, 'Containers')?.children ?? []).map(parseContainer);
  const init = (child(root, 'Init Containers')?.children ?? []).map(parseContainer);
  const tolerations = child(root, 'Tolerations');
  const spec: Record<string, unknown> = {
    containers: containers.map((container) => container.spec),
    volumes: volumesOf(root),
    nodeSelector: pairs(child(root, 'Node-Selectors')),
    tolerations: [tolerations?.value ?? '', ...(tolerations?.lines ?? [])].filter(
      (line) => line !== '' && line !== '<none>',
    ),
  };
  if (init.length > 0) spec.initContainers = init.map((container) => container.spec);
  const account = valueAt(root, 'Service Account');
  if (account !== undefined) spec.serviceAccountName = account;
  const status: Record<string, unknown> = { containerStatuses: containers.map((container) => container.status) };
  if (init.length > 0) status.initContainerStatuses = init.map((container) => container.status);
  return { spec, status };
}

/** What a DaemonSet counts: nodes where it should run, in the members that other workloads have for pods. */
function nodesOf(root: Node): { desired?: number; status: Record<string, unknown> } {
  const count = (key: string) => Number(valueAt(root, key) ?? Number.NaN);
  const told = {
    replicas: count('Current Number of Nodes Scheduled'),
    updatedReplicas: count('Number of Nodes Scheduled with Up-to-date Pods'),
    availableReplicas: count('Number of Nodes Scheduled with Available Pods'),
  };
  const status = Object.fromEntries(Object.entries(told).filter(([, value]) => Number.isFinite(value)));
  const desired = count('Desired Number of Nodes Scheduled');
  return Number.isFinite(desired) ? { desired, status } : { status };
}

function replicasOf(root: Node): { desired?: number; status: Record<string, unknown> } {
  const text = child(root, 'Replicas')?.value ?? '';
  const count = (word: string) => {
    const match = new RegExp(`(\\d+) ${word}`).exec(text);
    return match === null ? undefined : Number(match[1]);
  };
  if (child(root, 'Desired Number of Nodes Scheduled') !== undefined) return nodesOf(root);
  const slash = /^(\d+) current \/ (\d+) desired/.exec(text);
  const desired = slash === null ? count('desired') : Number(slash[2]);
  const status: Record<string, unknown> = {};
  for (const [key, word] of [
    ['updatedReplicas', 'updated'],
    ['replicas', 'total'],
    ['availableReplicas', 'available'],
    ['unavailableReplicas', 'unavailable'],
  ] as const) {
    const found = count(word);
    if (found !== undefined) status[key] = found;
  }
  if (slash !== null) status.replicas = Number(slash[1]);
  const running = /(\d+) Running/.exec(child(root, 'Pods Status')?.value ?? '');
  if (running !== null) status.runningPods = Number(running[1]);
  return desired === undefined ? { status } : { desired, status };
}

function ownerOf(root: Node): Json[] {
  const match = /^(\w+)\/(\S+)$/.exec(valueAt(root, 'Controlled By') ?? '');
  return match === null ? [] : [{ kind: match[1], name: match[2], controller: true }];
}

function podObject(root: Node): { spec: Json; status: Json } {
  const { spec, status } = podSpecOf(root);
  const phase = valueAt(root, 'Status');
  const node = valueAt(root, 'Node')?.split('/')[0];
  if (node !== undefined) spec.nodeName = node;
  const conditions = conditionsOf(root);
  const address = valueAt(root, 'IP');
  return {
    spec,
    status: {
      ...status,
      ...(address === undefined || address === '' ? {} : { podIP: address }),
      ...(phase === undefined ? {} : { phase: phase.replace(/ \(.*/, '') }),
      ...(conditions.length > 0 ? { conditions } : {}),
      ...(valueAt(root, 'Reason') === undefined ? {} : { reason: valueAt(root, 'Reason') }),
      ...(valueAt(root, 'Message') === undefined ? {} : { message: valueAt(root, 'Message') }),
      ...(valueAt(root, 'Start Time') === undefined ? {} : { startTime: valueAt(root, 'Start Time') }),
    },
  };
}

function workloadObject(root: Node): { spec: Json; status: Json } {
  const template = child(root, 'Pod Template');
  const inner = template === undefined ? undefined : podSpecOf(template);
  const { desired, status } = replicasOf(root);
  const conditions = conditionsOf(root);
  return {
    spec: {
      ...(desired === undefined ? {} : { replicas: desired }),
      selector: { matchLabels: pairs(child(root, 'Selector')) },
      ...(inner === undefined
        ? {}
        : { template: { metadata: { labels: pairs(child(template, 'Labels')) }, spec: inner.spec } }),
    },
    status: { ...status, ...(conditions.length > 0 ? { conditions } : {}) },
  };
}

/** A workload with what only its kind has (completions of a Job, the schedule of a CronJob). */
function detailedWorkload(kind: string, root: Node, lines: readonly string[]): Json {
  const own = workloadObject(root);
  const details = detailsOf(kind, root, lines);
  return {
    ...own,
    ...details,
    spec: { ...own.spec, ...asObject(details.spec) },
    status: { ...own.status, ...asObject(details.status) },
  };
}

/** What a piece shows of an object other than a pod: what it does not show is unknown, not empty. */
function pieceOf(kind: string, lines: readonly string[]): Json {
  const root = parseTree(lines);
  const conditions = conditionsOf(root);
  if (conditions.length > 0) return { status: { conditions } };
  // A custom resource has its status under a heading, keys below it.
  const status = child(root, 'Status');
  if (status !== undefined && status.value === '' && status.children.length > 0) return customResource(lines).body;
  if (kind !== 'Service') return {};
  const { spec, ...shown } = detailsOf(kind, root, lines);
  const told = Object.entries(asObject(spec)).filter(
    ([key, value]) => key !== 'type' && !(Array.isArray(value) && value.length === 0),
  );
  return { ...shown, ...(told.length > 0 ? { spec: Object.fromEntries(told) } : {}) };
}

/** A piece of a description (`… | tail`, or pasted from `Events:` on): its events, of the object that the command or they name. */
function fragmentOf(lines: readonly string[], hints: CommandHints | undefined): Described | undefined {
  const asked =
    hints?.kind !== undefined && hints.name !== undefined && /^[A-Z]/.test(hints.kind)
      ? { kind: hints.kind, name: hints.name, ...(hints.namespace === undefined ? {} : { namespace: hints.namespace }) }
      : undefined;
  const told = objectInEvents(lines);
  const where = told?.namespace ?? hints?.namespace;
  const ref = asked ?? (told === undefined || where === undefined ? told : { ...told, namespace: where });
  if (ref === undefined)
    return isPodWithoutHead(lines) || endsPod(lines) ? fragmentOf(lines, unnamed(lines)) : undefined;
  const { kind, ...metadata } = ref;
  const events = parseDescribeEvents(lines, ref);
  if (kind !== 'Pod') return { object: { kind, metadata, ...pieceOf(kind, lines) }, events };
  const root = parseTree(withContainerHeading(lines));
  const ownerReferences = ownerOf(root);
  return {
    object: {
      kind,
      metadata: { ...metadata, ...(ownerReferences.length > 0 ? { ownerReferences } : {}) },
      // Events alone say nothing of containers.
      ...(['Containers', 'Conditions', 'Status'].some((key) => child(root, key) !== undefined)
        ? podObject(root)
        : child(root, 'Node-Selectors') === undefined
          ? {}
          : { spec: { nodeSelector: pairs(child(root, 'Node-Selectors')) } }),
    },
    events,
  };
}

/** What stands for the command of a pod's description that neither a command nor its events name. */
function unnamed(lines: readonly string[]): CommandHints {
  const namespace = valueAt(parseTree(lines), 'Namespace');
  return {
    verb: 'describe',
    tool: 'kubectl',
    previous: false,
    allNamespaces: false,
    kind: 'Pod',
    name: UNNAMED,
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** Headings of a pod's description at its left edge. */
const OF_POD =
  /^(?:Namespace|Priority|Priority Class Name|Runtime Class Name|Service Account|Node|Start Time|Labels|Annotations|Status|Reason|Message|SeccompProfile|IP|IPs|Controlled By|Containers|Init Containers|Conditions|Volumes|QoS Class|Node-Selectors|Tolerations|Events):/;

/** Whether lines are what `kubectl describe pod` prints, without the line that names it: by what stands at their left edge and in their containers. */
export function isPodWithoutHead(lines: readonly string[]): boolean {
  const edge = lines.filter((line) => /^\S/.test(line));
  const own = lines.filter((line) => OF_CONTAINER.test(line)).length;
  return edge.every((line) => OF_POD.test(line)) && own >= 2 && (edge.length >= 2 || own >= 3);
}

/** Events that only pods have, of the kubelet (which has those of its node, too) or the scheduler. */
const OF_PODS =
  /^\s*(?:Normal|Warning)\s+(?!Node|Starting\b|Invalid|SystemOOM|Rebooted|Evict|ImageGC|FreeDisk|ContainerGC)\S+\s+\S+(?: \(x\d+ over [^)]*\))?\s+(?:kubelet|default-scheduler|attachdetach-controller)(?:[\s,]|$)/;

/** Whether a line is an event of a pod, as a description lists it. */
export const isPodEvent = (line: string): boolean => line.length < 4000 && OF_PODS.test(line);

/** Whether lines are the end of a pod's description: perhaps something of a container, and events that only pods have. */
function endsPod(lines: readonly string[]): boolean {
  const edge = lines.filter((line) => /^\S/.test(line));
  return (
    edge.every((line) => OF_POD.test(line) || EVENT_HEADER.test(line) || OF_PODS.test(line)) &&
    lines.some((line) => OF_PODS.test(line))
  );
}

const OF_CONTAINER =
  /^ {4}(?:Image|Ports?|State|Last State|Ready|Restart Count|Limits|Requests|Liveness|Readiness|Startup|Command|Args|Environment|Mounts):(?:\s|$)/;

/** The only container of a piece, by the name that its events call it. */
function containerIn(lines: readonly string[]): string {
  const said = /(?:Started|Created|restarting failed) container:? ([\w-]+)|Container ([\w-]+) (?:failed|definition)/;
  const match = lines.map((line) => said.exec(line)).find((found) => found !== null);
  return match?.[1] ?? match?.[2] ?? NAMELESS;
}

/** What stands under a state of a container. */
const OF_STATE = /^ {6}(?:Reason|Message|Exit Code|Signal|Started|Finished):/;

/** The line above what stands under a state, which was cut off: a state has a last one below it, or waits; else it is the last one. */
function withState(lines: readonly string[]): readonly string[] {
  const next = lines.findIndex((line) => !OF_STATE.test(line));
  if (next < 1) return lines;
  const kind = lines.slice(0, next).some((line) => /^ {6}Exit Code:/.test(line)) ? 'Terminated' : 'Waiting';
  const isNow = kind === 'Waiting' || /^ {4}Last State:/.test(lines[next] ?? '');
  return [`    ${isNow ? 'State' : 'Last State'}:  ${kind}`, ...lines];
}

/** What `grep` or `tail` left of the only container it shows, put under the headings that it had. */
function withContainerHeading(cut: readonly string[]): readonly string[] {
  const lines = withState(cut);
  const first = lines.findIndex((line) => OF_CONTAINER.test(line));
  if (first < 0 || lines.some((line) => /^(?:Init )?Containers:/.test(line))) return lines;
  // The name may be left, and only the heading above it gone.
  const named = lines.findIndex((line) => /^ {2}[\w.-]+:\s*$/.test(line));
  if (named >= 0 && named < first) return [...lines.slice(0, named), 'Containers:', ...lines.slice(named)];
  // Events whose heading is gone are not containers.
  const events = lines.findIndex((line) => /^ {2}(?:Normal|Warning)\s/.test(line));
  const end = events < first || lines.includes('Events:') ? lines.length : events;
  const container = ['Containers:', `  ${containerIn(lines)}:`, ...lines.slice(first, end)];
  return [...lines.slice(0, first), ...container, 'Events:', ...lines.slice(end)];
}

/** Reads one `kubectl describe` block into the shape that `-o json` has. Never throws. */
export function parseDescribe(lines: readonly string[], command?: string): Described | undefined {
  const root = parseTree(lines);
  const hints = command === undefined ? undefined : readCommand(command);
  const name = valueAt(root, 'Name');
  if (name === undefined) return fragmentOf(lines, hints);
  const kind = kindOfBlock(root, hints);
  const namespace = valueAt(root, 'Namespace') ?? (hints?.name === name ? hints.namespace : undefined);
  const owners = ownerOf(root);
  const metadata: Record<string, unknown> = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: pairs(child(root, 'Labels')),
    annotations: pairs(child(root, 'Annotations'), ': '),
    ...(owners.length > 0 ? { ownerReferences: owners } : {}),
  };
  const apiVersion = valueAt(root, 'API Version');
  const custom = apiVersion !== undefined && child(root, 'Kind') !== undefined ? customResource(lines) : undefined;
  const body = custom
    ? custom.body
    : kind === 'Pod'
      ? podObject(root)
      : WORKLOADS.includes(kind)
        ? detailedWorkload(kind, root, lines)
        : detailsOf(kind, root, lines, conditionsOf(root));
  Object.assign(metadata, custom?.metadata);
  const object = { ...(apiVersion === undefined ? {} : { apiVersion }), kind, metadata, ...body };
  const involved = { kind, name, ...(namespace === undefined ? {} : { namespace }) };
  return { object, events: parseDescribeEvents(lines, involved) };
}
