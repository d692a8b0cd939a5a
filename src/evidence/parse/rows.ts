import { asObject, type Json } from '../../json.ts';
import { isClusterScoped } from '../../kubernetes/cluster-wide.ts';
import type { CommandHints } from '../command.ts';
import { kindAsked } from '../kinds.ts';
import { kindOfFluxTable } from './flux-rows.ts';
import { fromOwnColumns, ownColumns } from './own-columns.ts';
import { kindOfRunTable } from './run-rows.ts';
import { sliceEndpoints, sliceLabels } from './slice-rows.ts';
import { ageSeconds, hasNamespace, isPodRow, isTableHeader, parseHeaderless, parseTable, type Row } from './table.ts';

/** An object as one row of `kubectl get` shows it: partial, but in the API's shape. */
export interface RowObject {
  readonly object: Json;
  readonly index: number;
}

/** The kind a table shows, by the columns only one kind has. */
function kindOfTable(header: string): string | undefined {
  const has = (word: string) => new RegExp(`(^|\\s)${word.replace(/[()]/g, '\\$&')}(\\s|$)`).test(header);
  if (has('RESTARTS') && has('STATUS')) return 'Pod';
  if (has('LAST SEEN') && has('REASON')) return 'Event';
  if (has('UP-TO-DATE')) return has('NODE SELECTOR') ? 'DaemonSet' : 'Deployment';
  if (has('CLUSTER-IP')) return 'Service';
  if (has('ADDRESSTYPE')) return 'EndpointSlice';
  if (has('ENDPOINTS')) return 'Endpoints';
  if (has('ROLES') && has('VERSION')) return 'Node';
  if (has('HOSTS') && has('CLASS')) return 'Ingress';
  if (has('ACCESS MODES') || (has('CAPACITY') && has('STORAGECLASS')))
    return has('CLAIM') ? 'PersistentVolume' : 'PersistentVolumeClaim';
  if (has('HEALTH') && has('NODES')) return 'Elasticsearch';
  if (has('PROVISIONER')) return 'StorageClass';
  if (has('CONTROLLER') && has('PARAMETERS')) return 'IngressClass';
  if (has('COMPLETIONS')) return 'Job';
  if (has('SCHEDULE')) return 'CronJob';
  if (has('DESIRED') && has('CURRENT')) return 'ReplicaSet';
  if (has('MINPODS')) return 'HorizontalPodAutoscaler';
  if (has('ALLOWED DISRUPTIONS')) return 'PodDisruptionBudget';
  if (has('POD-SELECTOR')) return 'NetworkPolicy';
  if (has('REQUEST') && has('LIMIT')) return 'ResourceQuota';
  if (has('CHART') && has('REVISION') && has('NAMESPACE')) return 'HelmRelease';
  if (has('SYNC STATUS') && has('HEALTH STATUS')) return 'Application';
  return undefined;
}

const ONLY_NAMESPACES = /^NAME\s+STATUS\s+AGE(?:\s+[A-Z][A-Z0-9-]*)*\s*$/;

/** A table without a column of one kind alone is of namespaces where all that it shows are in one of their two phases. */
function showsNamespaces(header: string, rows: readonly Row[]): boolean {
  return (
    ONLY_NAMESPACES.test(header) &&
    rows.length > 0 &&
    rows.every(({ cells }) => /^(?:Active|Terminating)$/.test(cells.STATUS ?? ''))
  );
}

function labels(cell: string | undefined): Record<string, string> {
  if (cell === undefined || cell === '' || cell === '<none>') return {};
  return Object.fromEntries(
    cell.split(',').flatMap((pair) => {
      const at = pair.indexOf('=');
      return at > 0 ? [[pair.slice(0, at), pair.slice(at + 1)]] : [];
    }),
  );
}

/** `8080/TCP,9090:30090/TCP` */
function servicePorts(cell: string | undefined): Json[] {
  return (cell ?? '').split(',').flatMap((part) => {
    const match = /^(\d+)(?::\d+)?\/(\w+)$/.exec(part.trim());
    return match === null ? [] : [{ port: Number(match[1]), protocol: match[2] }];
  });
}

const WAITING =
  /^(?:Init:)?(CrashLoopBackOff|ImagePullBackOff|ErrImagePull|ErrImageNeverPull|InvalidImageName|CreateContainerConfigError|CreateContainerError|RunContainerError|ContainerCreating|PodInitializing|StartError)$/;
const TERMINATED = /^(?:Init:)?(OOMKilled|Error|Completed|ContainerCannotRun|ContainerStatusUnknown)$/;

function pod(cells: Row['cells']): Json {
  // Columns of one's own choice may say nothing of how a pod is.
  if (cells.STATUS === undefined && cells.READY === undefined)
    return cells.NODE && cells.NODE !== '<none>' ? { spec: { nodeName: cells.NODE } } : {};
  const statusText = cells.STATUS ?? '';
  const [ready, total] = (cells.READY ?? '').split('/').map(Number);
  const restarts = /^(\d+)(?: \((\S+) ago\))?/.exec(cells.RESTARTS ?? '');
  const waiting = WAITING.exec(statusText)?.[1];
  const terminated = TERMINATED.exec(statusText)?.[1];
  const state =
    waiting !== undefined
      ? { waiting: { reason: waiting } }
      : terminated !== undefined
        ? { terminated: { reason: terminated } }
        : undefined;
  const count = Math.min(Number.isFinite(total) ? (total as number) : 0, 50);
  const statuses = Array.from({ length: count }, (_, index) => ({
    ready: index < (ready ?? 0),
    restartCount: Number(restarts?.[1] ?? 0),
    ...(index >= (ready ?? 0) && state !== undefined ? { state } : {}),
  }));
  const init = statusText.startsWith('Init:');
  const phase = /^(Running|Pending|Succeeded|Failed|Unknown)$/.test(statusText)
    ? statusText
    : statusText === 'Completed'
      ? 'Succeeded'
      : statusText === 'Evicted'
        ? 'Failed'
        : waiting === 'CrashLoopBackOff' && !init
          ? 'Running'
          : 'Pending';
  const age = restarts?.[2] === undefined ? undefined : ageSeconds(restarts[2]);
  return {
    spec: cells.NODE && cells.NODE !== '<none>' ? { nodeName: cells.NODE } : {},
    status: {
      phase,
      ...(isAddress(cells.IP) ? { podIP: cells.IP } : {}),
      ...(statusText === 'Evicted' ? { reason: 'Evicted' } : {}),
      ...(init
        ? { initContainerStatuses: state === undefined ? [] : [{ ready: false, state }] }
        : { rowStatuses: statuses }),
    },
    row: {
      status: statusText,
      ready: ready ?? 0,
      total: total ?? 0,
      restarts: Number(restarts?.[1] ?? 0),
      ...(/^\d+\/\d+$/.test(cells['READINESS GATES'] ?? '') ? { gates: cells['READINESS GATES'] } : {}),
      ...(age === undefined ? {} : { lastRestartAge: age }),
    },
  };
}

const isAddress = (cell: string | undefined): boolean => /^[\da-f]*[.:][\da-f.:]+$/.test(cell ?? '');

function counts(kind: string, cells: Row['cells']): Json {
  const [ready, desired] = (cells.READY ?? '').includes('/')
    ? (cells.READY ?? '').split('/').map(Number)
    : [Number(cells.READY), Number(cells.DESIRED)];
  const selector = cells.SELECTOR === undefined ? {} : { selector: { matchLabels: labels(cells.SELECTOR) } };
  if (!Number.isFinite(ready) && !Number.isFinite(desired)) return { spec: selector };
  return {
    spec: { ...(Number.isFinite(desired) ? { replicas: desired } : {}), ...selector },
    status: {
      ...(Number.isFinite(ready) ? { readyReplicas: ready } : {}),
      ...(/^\d+$/.test(cells.CURRENT ?? '') ? { replicas: Number(cells.CURRENT) } : {}),
      ...(cells.AVAILABLE === undefined ? {} : { availableReplicas: Number(cells.AVAILABLE) }),
      // Those of a DaemonSet may wait until somebody deletes its pods.
      ...(kind === 'Deployment' && /^\d+$/.test(cells['UP-TO-DATE'] ?? '')
        ? { updatedReplicas: Number(cells['UP-TO-DATE']) }
        : {}),
    },
  };
}

/** `<pending>`, or addresses and host names of a load balancer. */
function addresses(cell: string): Json[] {
  return /^<(?:pending|none)>$/.test(cell) ? [] : cell.split(',').map((ip) => ({ ip }));
}

function bodyOf(kind: string, cells: Row['cells'], hints: CommandHints | undefined): Json {
  switch (kind) {
    case 'Pod': {
      const columns = ownColumns(hints?.output);
      return columns.size > 0 ? fromOwnColumns(columns, cells) : pod(cells);
    }
    case 'Deployment':
    case 'StatefulSet':
    case 'ReplicaSet':
    case 'DaemonSet':
      return counts(kind, cells);
    case 'Service':
      return {
        spec: {
          ...(cells.TYPE ? { type: cells.TYPE } : {}),
          ...(/^[\d.]+$/.test(cells['CLUSTER-IP'] ?? '') ? { clusterIP: cells['CLUSTER-IP'] } : {}),
          ...(Object.keys(labels(cells.SELECTOR)).length > 0 ? { selector: labels(cells.SELECTOR) } : {}),
          ...(servicePorts(cells['PORT(S)']).length > 0 ? { ports: servicePorts(cells['PORT(S)']) } : {}),
        },
        ...(cells.TYPE === 'LoadBalancer' && cells['EXTERNAL-IP']
          ? { status: { loadBalancer: { ingress: addresses(cells['EXTERNAL-IP']) } } }
          : {}),
      };
    case 'Endpoints':
      return {
        addresses: cells.ENDPOINTS === '<none>' || cells.ENDPOINTS === '' ? [] : (cells.ENDPOINTS ?? '').split(','),
      };
    case 'EndpointSlice':
      return sliceEndpoints(cells);
    case 'Node': {
      const words = (cells.STATUS ?? '').split(',');
      const ready = words[0] === 'Ready' ? 'True' : words[0] === 'NotReady' ? 'False' : 'Unknown';
      return {
        // Columns of one's own choice may say nothing of how a node is.
        ...(words[0] === '' ? {} : { spec: { unschedulable: words.includes('SchedulingDisabled') } }),
        status: {
          ...(words[0] === '' ? {} : { conditions: [{ type: 'Ready', status: ready }] }),
          ...(isAddress(cells['INTERNAL-IP'])
            ? { addresses: [{ type: 'InternalIP', address: cells['INTERNAL-IP'] }] }
            : {}),
        },
      };
    }
    case 'Ingress':
      return {
        spec: {
          ...(cells.CLASS && cells.CLASS !== '<none>' ? { ingressClassName: cells.CLASS } : {}),
          ...(cells.HOSTS
            ? { rules: cells.HOSTS.split(',').map((host) => (host === '*' || host.startsWith('+') ? {} : { host })) }
            : {}),
        },
        ...(cells.ADDRESS === undefined
          ? {}
          : { status: { loadBalancer: { ingress: cells.ADDRESS ? [{ ip: cells.ADDRESS }] : [] } } }),
      };
    case 'PersistentVolumeClaim':
      return {
        spec: {
          ...(cells.STORAGECLASS ? { storageClassName: cells.STORAGECLASS } : {}),
          ...(cells.VOLUME ? { volumeName: cells.VOLUME } : {}),
        },
        status: { phase: cells.STATUS },
      };
    case 'HorizontalPodAutoscaler':
      return {
        spec: { maxReplicas: Number(cells.MAXPODS), ...scaleTarget(cells.REFERENCE) },
        status: { currentReplicas: Number(cells.REPLICAS) },
        ...(cells.TARGETS ? { metricsText: cells.TARGETS } : {}),
      };
    case 'PodDisruptionBudget':
      return { status: { disruptionsAllowed: Number(cells['ALLOWED DISRUPTIONS']) } };
    case 'NetworkPolicy':
      return {
        spec: { podSelector: cells['POD-SELECTOR'] === '<none>' ? {} : { matchLabels: labels(cells['POD-SELECTOR']) } },
      };
    case 'PeerAuthentication':
      return cells.MODE ? { spec: { mtls: { mode: cells.MODE } } } : {};
    case 'Namespace':
      return { status: { phase: cells.STATUS } };
    case 'ResourceQuota':
      return { status: quotaStatus(`${cells.REQUEST ?? ''}, ${cells.LIMIT ?? ''}`) };
    case 'CronJob':
      return { spec: { schedule: cells.SCHEDULE, suspend: cells.SUSPEND === 'True' } };
    case 'Application':
      return { status: { sync: { status: cells['SYNC STATUS'] }, health: { status: cells['HEALTH STATUS'] } } };
    case 'Job': {
      const [done, total] = (cells.COMPLETIONS ?? '').split('/').map(Number);
      return {
        spec: { completions: total },
        status: {
          succeeded: done,
          ...(cells.STATUS === 'Failed' ? { failed: 1, conditions: [{ type: 'Failed', status: 'True' }] } : {}),
        },
      };
    }
    default: {
      // Which fields the columns show was said with the command: a header may be called anything.
      const columns = ownColumns(hints?.output);
      const told = fromOwnColumns(columns, cells);
      const rest = Object.fromEntries(Object.entries(cells).filter(([header]) => !columns.has(header)));
      const shown = custom(rest);
      return {
        ...told,
        ...shown,
        ...(told.spec === undefined ? {} : { spec: { ...asObject(shown.spec), ...asObject(told.spec) } }),
        ...(told.status === undefined ? {} : { status: { ...asObject(shown.status), ...asObject(told.status) } }),
      };
    }
  }
}

/** What columns that are called as usual show of a resource of any operator. */
function custom(cells: Row['cells']): Json {
  const conditions = conditionsIn(cells);
  if (conditions.length === 0) return phase(cells);
  return {
    spec: {
      ...(cells.SUSPENDED === 'True' ? { suspend: true } : {}),
      ...(cells.STORE ? { secretStoreRef: { name: cells.STORE } } : {}),
      ...(cells.ISSUER ? { issuerRef: { name: cells.ISSUER } } : {}),
    },
    status: { conditions },
  };
}

/** The phase of a resource, and what a column beside it says of it. */
function phase({ STATUS, PHASE, STATE, HEALTH, REASON, MESSAGE }: Row['cells']): Json {
  const told = STATUS || PHASE || STATE;
  const health = HEALTH ? { health: HEALTH } : {};
  if (!told) return HEALTH ? { status: health } : {};
  return {
    status: { phase: told, ...health, ...(REASON ? { reason: REASON } : {}), ...(MESSAGE ? { message: MESSAGE } : {}) },
  };
}

/** `pods: 4/10, requests.cpu: 300m/1`: used of hard, by resource. */
function quotaStatus(cell: string): Json {
  const told = [...cell.matchAll(/(?:^|, )\s*([\w./-]+): ([\w.]+)\/([\w.]+)(?=,|\s*$)/g)];
  return {
    hard: Object.fromEntries(told.map(([, key, , hard]) => [key, hard])),
    used: Object.fromEntries(told.map(([, key, used]) => [key, used])),
  };
}

/** Columns in which resources print a condition of the same name, and how it is. */
const CONDITION =
  /^(?:READY|SYNCED|AVAILABLE|HEALTHY|ACCEPTED|PROGRAMMED|RECONCILED|VALID|ESTABLISHED|INSTALLED|SUCCEEDED|DENIED|DEGRADED|STALLED)$/;

/** The conditions that a row shows; a message of theirs stands under STATUS or MESSAGE. */
function conditionsIn(cells: Row['cells']): Json[] {
  return Object.entries(cells).flatMap(([column, cell]) => {
    const [, status, behind] = /^(True|False|Unknown)(?: \((\w+)\))?$/.exec(cell) ?? [];
    if (status === undefined || !CONDITION.test(column)) return [];
    const type = `${column[0]}${column.slice(1).toLowerCase()}`;
    const message = cells.MESSAGE ?? cells.STATUS ?? '';
    const reason = behind ?? (cells.REASON || undefined);
    return [{ type, status, message, ...(reason === undefined ? {} : { reason }) }];
  });
}

/** `Deployment/web` of an autoscaler. */
export function scaleTarget(reference = ''): Json {
  const [kind, name] = reference.split('/');
  return kind === '' || name === undefined ? {} : { scaleTargetRef: { kind, name } };
}

/** The labels that `-L` gave a column each: it is headed by the last part of the key, and empty where the label is not there. */
function columnLabels(cells: Row['cells'], hints: CommandHints | undefined): Record<string, string> {
  const named = (hints?.labelColumns ?? []).map((key) => [key, cells[(key.split('/').at(-1) ?? key).toUpperCase()]]);
  return Object.fromEntries(named.filter(([, value]) => value !== undefined && value !== ''));
}

/** The object that a row shows, by the names of its columns. */
export function rowObject(
  kind: string,
  cells: Row['cells'],
  hints: CommandHints | undefined,
  index: number,
): RowObject[] {
  // `kubectl get storageclass` marks the default one behind its name.
  const bare = (cells.NAME ?? '').trim().replace(/ \(default\)$/, '');
  if (bare === '') return [];
  // `kubectl get all` and lineages print `deployment.apps/api` or `Pod/api-x` as the name.
  const [left, right] = bare.includes('/') ? (bare.split('/', 2) as [string, string]) : ['', bare];
  const actual = left === '' ? kind : (kindAsked(left) ?? left);
  if (actual === '' || actual === 'Event') return [];
  const where = isClusterScoped(actual) ? undefined : cells.NAMESPACE || hints?.namespace;
  const age = ageSeconds(cells.AGE ?? '');
  // `-L istio-injection` gives a label a column of its own; an empty cell says that it is not there.
  const injection = cells['ISTIO-INJECTION'];
  const own = {
    ...(actual === 'EndpointSlice' ? sliceLabels(right) : {}),
    ...labels(cells.LABELS),
    ...columnLabels(cells, hints),
    ...(injection === undefined ? {} : { 'istio-injection': injection }),
  };
  const metadata = { name: right, ...(where === undefined ? {} : { namespace: where }), labels: own };
  const body = bodyOf(actual, cells, hints);
  return [{ object: { kind: actual, metadata, ...body, ...(age === undefined ? {} : { age }) }, index }];
}

/** Any table of `kubectl get`, custom resources' included: capitals in columns, the name first. */
const COLUMNS = /^(?:NAMESPACE\s+)?NAME(?:\s{2,}[A-Z][A-Z0-9()/ -]*)*\s*$/;

/** Kinds whose rows are known by nothing but the age in its place. */
const AGED = /^(?:CronJob|DaemonSet|HorizontalPodAutoscaler|PodDisruptionBudget|StorageClass|ConfigMap|Secret)$/;

/** Whether cells that no header names can be such a row, and no line of something else. */
function isRow(kind: string | undefined, cells: Row['cells']): boolean {
  if (AGED.test(kind ?? '')) return ageSeconds(cells.AGE ?? '') !== undefined;
  if (kind === 'Node') return /^(?:(?:Not)?Ready|Unknown)\b/.test(cells.STATUS ?? '');
  return !/^(?:Pod|Deployment|StatefulSet)$/.test(kind ?? '') || /^\d+\/\d+$/.test(cells.READY ?? '');
}

/** Outputs that have no usual columns. */
const MADE = /^['"]?(?:json|yaml|jsonpath|go-template|template)\b/;

/** Objects in the rows of a `kubectl get` table (or lineage), with or without its header line. */
export function parseRows(lines: readonly string[], hints: CommandHints | undefined): RowObject[] {
  const header = lines[0] ?? '';
  if (isTableHeader(header) || (hints?.kind !== undefined && COLUMNS.test(header))) {
    const rows = parseTable(lines);
    const told = kindOfTable(header) ?? hints?.kind ?? kindOfFluxTable(header, rows) ?? kindOfRunTable(header, rows);
    const kind = told ?? (showsNamespaces(header, rows) ? 'Namespace' : '');
    return rows.flatMap(({ cells, index }) => rowObject(kind, cells, hints, index));
  }
  if (hints?.kind === undefined) {
    if (!isPodRow(header)) return [];
    const pods = parseHeaderless(lines, 'Pod', hasNamespace(header)).filter(({ index }) =>
      isPodRow(lines[index] ?? ''),
    );
    return pods.flatMap(({ cells, index }) => rowObject('Pod', cells, hints, index));
  }
  // Lines that an expression made have columns of their own.
  if (MADE.test(hints.output ?? '')) return [];
  const rows = parseHeaderless(lines, hints.kind, hints.allNamespaces).filter(({ cells }) => isRow(hints.kind, cells));
  return rows.flatMap(({ cells, index }) => rowObject(hints.kind ?? '', cells, hints, index));
}
