import type { Json } from '../../json.ts';
import { type CommandHints, readCommand } from '../command.ts';
import { ageSeconds, parseTable } from './table.ts';
import { child, parseTree, valueAt } from './tree.ts';

/** The marks that the plugin puts before a status. */
const MARK = /^[^\p{L}\p{N}]+\s*/u;

function rolloutOf(name: string, namespace: string | undefined, rest: Json): Json {
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata, ...rest };
}

/** Whether a block is the head of `kubectl argo rollouts get rollout`. */
export function isRolloutHead(lines: readonly string[]): boolean {
  const head = lines.slice(0, 12);
  return (
    head.some((line) => /^Strategy:\s+(?:Canary|BlueGreen)/.test(line)) &&
    head.some((line) => /^Status:\s/.test(line)) &&
    head.some((line) => /^(?:Replicas|Images):/.test(line))
  );
}

/** The head of `kubectl argo rollouts get rollout` in the shape of a Rollout. */
export function parseRolloutHead(lines: readonly string[]): Json | undefined {
  const root = parseTree(lines);
  const name = valueAt(root, 'Name');
  if (name === undefined) return undefined;
  const replicas = child(root, 'Replicas');
  const count = (key: string): number | undefined => {
    const value = valueAt(replicas, key);
    return value === undefined ? undefined : Number(value);
  };
  const namespace = valueAt(root, 'Namespace');
  const step = /^(\d+)\/\d+/.exec(valueAt(child(root, 'Strategy'), 'Step') ?? '')?.[1];
  const message = valueAt(root, 'Message');
  return rolloutOf(name, namespace, {
    spec: { replicas: count('Desired') },
    status: {
      phase: (valueAt(root, 'Status') ?? '').replace(MARK, ''),
      ...(message === undefined ? {} : { message }),
      ...(step === undefined ? {} : { currentStepIndex: Number(step) }),
      replicas: count('Current'),
      updatedReplicas: count('Updated'),
      readyReplicas: count('Ready'),
      availableReplicas: count('Available'),
    },
  });
}

/** Whether a table is what `kubectl argo rollouts list rollouts` prints. */
export function isRolloutList(header: string): boolean {
  return /^(?:NAMESPACE\s+)?NAME\s+STRATEGY\s+STATUS\s+STEP\s+SET-WEIGHT\s/.test(header);
}

/** A Rollout for each row of the list. */
export function parseRolloutList(
  lines: readonly string[],
  hints: CommandHints | undefined,
): { object: Json; index: number }[] {
  return parseTable(lines).flatMap(({ cells, index }) => {
    const name = cells.NAME ?? '';
    if (name === '') return [];
    const [available, desired] = (cells.READY ?? '').split('/').map(Number);
    const updated = Number(cells['UP-TO-DATE']);
    const status = {
      phase: (cells.STATUS ?? '').replace(MARK, ''),
      ...(Number.isInteger(available) ? { readyReplicas: available } : {}),
      ...(Number.isInteger(updated) ? { updatedReplicas: updated } : {}),
    };
    const spec = Number.isInteger(desired) ? { replicas: desired } : {};
    return [{ object: rolloutOf(name, cells.NAMESPACE ?? hints?.namespace, { spec, status }), index }];
  });
}

const PHASE = /^(Healthy|Degraded|Paused|Progressing)(?: - (.+))?$/;

/** The Rollout of which `kubectl argo rollouts status NAME` tells: of the phases that it went through, the last. */
export function parseRolloutStatus(lines: readonly string[], command = ''): Json | undefined {
  const asked = /\bargo rollouts status ([a-z0-9][a-z0-9.-]*)/.exec(command)?.[1];
  if (asked === undefined) return undefined;
  const [, phase, message] = PHASE.exec(lines.findLast((line) => PHASE.test(line.trim()))?.trim() ?? '') ?? [];
  if (phase === undefined) return undefined;
  return rolloutOf(asked, readCommand(command).namespace, {
    status: { phase, ...(message === undefined ? {} : { message }) },
  });
}

/** Whether a table is the tree of `kubectl argo rollouts get rollout`. */
export function isRolloutTree(header: string): boolean {
  return /^NAME\s+KIND\s+STATUS\s+AGE\s+INFO\s*$/.test(header);
}

/** Pods and AnalysisRuns of the tree, each with the Rollout that the tree begins with as its owner. */
export function parseRolloutTree(
  lines: readonly string[],
  hints: CommandHints | undefined,
): { object: Json; index: number }[] {
  const namespace = hints?.namespace === undefined ? {} : { namespace: hints.namespace };
  let rollout: string | undefined;
  return parseTable(lines).flatMap(({ index }) => {
    const words = /^\W*(\S+)\s+(Rollout|ReplicaSet|Pod|AnalysisRun|Experiment|Job)\s+(\w+)\s+(\S+)\s*(.*)$/u.exec(
      (lines[index] ?? '').replace(/[│├└─⟳⧉□Σα#✔✖◌॥⚠ℹ]/gu, ' ').trim(),
    );
    const [, name = '', kind = '', status = '', age = '', info = ''] = words ?? [];
    if (kind === 'Rollout') rollout = name;
    if (words === null || !/^(?:Pod|AnalysisRun)$/.test(kind)) return [];
    const metadata = {
      name,
      ...namespace,
      ...(rollout === undefined ? {} : { ownerReferences: [{ kind: 'Rollout', name: rollout, controller: true }] }),
    };
    const seconds = ageSeconds(age);
    const [ready, total] = (/ready:(\d+)\/(\d+)/.exec(info) ?? ['', '0', '0']).slice(1).map(Number);
    const restarts = Number(/restarts:(\d+)/.exec(info)?.[1] ?? 0);
    const waiting = /^(?:Running|Pending|Succeeded|Failed|Completed|Terminating)$/.test(status)
      ? {}
      : { state: { waiting: { reason: status } } };
    const body =
      kind === 'AnalysisRun'
        ? { status: { phase: status } }
        : {
            status: {
              phase: /^(?:Running|Pending|Succeeded|Failed)$/.test(status) ? status : 'Pending',
              rowStatuses: [{ ready: ready === total, restartCount: restarts, ...waiting }],
            },
            row: { status, ready: ready ?? 0, total: total ?? 0, restarts },
          };
    return [{ object: { kind, metadata, ...body, ...(seconds === undefined ? {} : { age: seconds }) }, index }];
  });
}
