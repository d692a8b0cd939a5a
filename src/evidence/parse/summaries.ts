import { isObject, type Json, number, objects, strings, text } from '../../json.ts';
import type { CommandHints } from '../command.ts';
import { type RowObject, rowObject } from './rows.ts';

/** Kinds whose states a tool's short form tells in words of its own. */
export const SUMMARIZED = /^(?:Pod|Deployment|StatefulSet)$/;

/** The first member of these names that is a text, a number or a boolean. */
function member(from: Json, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const found = text(from[name]);
    if (found !== undefined && found !== '') return found;
  }
  return undefined;
}

/** Why a container waits or ended: beside its state, or in it. */
function reasonOf(container: Json): string | undefined {
  const { state } = container;
  const inner = isObject(state) ? [state, ...Object.values(state).filter(isObject)] : [];
  return [container, ...inner].flatMap((one) => member(one, 'reason') ?? [])[0];
}

function readiness(pod: Json, containers: readonly Json[]): string {
  const said = member(pod, 'ready');
  if (said !== undefined && /^\d+\/\d+$/.test(said)) return said;
  const total = Math.max(1, containers.length);
  if (said === 'true') return `${total}/${total}`;
  if (said === 'false') return `0/${total}`;
  const ready = containers.filter((one) => one.ready === true).length;
  return containers.some((one) => typeof one.ready === 'boolean') ? `${ready}/${total}` : '';
}

function podCells(pod: Json): Record<string, string> | undefined {
  const containers = objects(pod.containers ?? pod.container_statuses ?? pod.containerStatuses);
  const phase = member(pod, 'status', 'phase', 'state');
  const restarts = member(pod, 'restarts', 'restartCount', 'restart_count');
  if (phase === undefined || (restarts === undefined && pod.ready === undefined && containers.length === 0))
    return undefined;
  const held = /^(?:Running|Pending|Waiting)$/i.test(phase);
  const reason = held ? (member(pod, 'reason') ?? containers.flatMap((one) => reasonOf(one) ?? [])[0]) : undefined;
  const ready = readiness(pod, containers);
  // That it runs does not say whether it is ready.
  if (ready === '' && reason === undefined && /^running$/i.test(phase)) return undefined;
  return { READY: ready, STATUS: reason ?? phase, RESTARTS: restarts ?? '0' };
}

function workloadCells(workload: Json): Record<string, string> | undefined {
  const desired = number(workload.desired ?? workload.replicas ?? workload.desiredReplicas);
  const ready = number(workload.ready ?? workload.readyReplicas ?? workload.ready_replicas);
  return desired === undefined || ready === undefined ? undefined : { READY: `${ready}/${desired}` };
}

/**
 * Pods and workloads as tools of one's own shorten them (`{"name": "web-0", "phase": "Running", "ready": "0/1", "restarts": 3}`), alone or in
 * a list that is called after them, as a row of `kubectl get` would show them. Of which kind they are, the command says. Empty for anything else.
 */
export function summarized(value: Json, hints: CommandHints | undefined): Json[] {
  if (value.kind !== undefined || value.metadata !== undefined || value.apiVersion !== undefined) return [];
  const listed = objects(value.pods);
  if (listed.length > 0) return listed.flatMap((one) => summary(one, { ...noHints, ...hints, kind: 'Pod' }));
  return hints?.kind === undefined ? [] : summary(value, hints);
}

const noHints = { tool: 'kubectl', verb: 'get', previous: false, allNamespaces: false };

function summary(value: Json, hints: CommandHints): Json[] {
  const name = member(value, 'name', 'pod', 'pod_name');
  if (name === undefined || !/^[a-z0-9][a-z0-9.-]*$/.test(name)) return [];
  const isWorkload = /^(?:Deployment|StatefulSet)$/.test(hints.kind ?? '');
  const cells = hints.kind === 'Pod' ? podCells(value) : isWorkload ? workloadCells(value) : undefined;
  if (cells === undefined) return [];
  const row = {
    ...cells,
    NAME: name,
    NAMESPACE: member(value, 'namespace') ?? '',
    NODE: member(value, 'node', 'nodeName', 'node_name') ?? '',
    AGE: member(value, 'age') ?? '',
    LABELS: Object.entries(strings(value.labels))
      .map(([key, said]) => `${key}=${said}`)
      .join(','),
  };
  return rowObject(hints.kind ?? '', row, hints, 0).map(({ object }: RowObject) => object);
}
