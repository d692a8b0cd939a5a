import { OpslineError } from '../errors.ts';
import type { Noted } from './journal.ts';
import type { Run, RunEvent } from './run.ts';
import type { Ending } from './store.ts';

/** The run's journal in the order of its code's calls. */
export function inOrder(entries: Iterable<Noted>): Noted[] {
  return [...entries].sort((a, b) => a.order - b.order || (a.entry.startedAt < b.entry.startedAt ? -1 : 1));
}

/** What a watcher is told of a finished step: never its value. */
export function stepEvent({ entry }: Noted): { type: RunEvent['type']; data: Record<string, unknown> } {
  const { step, kind, durationMs, reason, call } = entry;
  return {
    type: 'step',
    data: {
      step,
      kind,
      durationMs,
      ...(reason === undefined ? {} : { reason }),
      ...(call === undefined ? {} : { model: call.model }),
    },
  };
}

/** Why a run starts over, or undefined when the code is the same as at its last delivery. */
export function restartReason(
  before: { version: number; revision: string } | undefined,
  now: { version: number; revision: string },
): string | undefined {
  if (before === undefined) return undefined;
  if (before.version !== now.version) return `pipeline version ${before.version} became ${now.version}`;
  if (before.revision !== now.revision) return `code revision ${before.revision} became ${now.revision}`;
  return undefined;
}

export const runNotFound = (id: string): OpslineError => new OpslineError('run-not-found', `There is no run ${id}.`);

export const staleDelivery = (id: string, epoch: number): OpslineError =>
  new OpslineError('stale-delivery', `Delivery ${epoch} of run ${id} is over: a newer one took it, or it has ended.`);

export const runFinished = (run: Pick<Run, 'id' | 'status'>): OpslineError =>
  new OpslineError('run-finished', `Run ${run.id} has already ${run.status}.`);

export const runNotRetryable = (run: Pick<Run, 'id' | 'status'>): OpslineError =>
  new OpslineError('run-not-retryable', `Run ${run.id} is ${run.status}; only a failed run can be retried.`);

export const idempotencyConflict = (key: string): OpslineError =>
  new OpslineError('idempotency-conflict', `Idempotency key "${key}" was used with another body. Choose a new key.`);

/** How a run ends that was cancelled before any worker took it. */
export const cancelledEnding = (): Ending => ({
  status: 'cancelled',
  mode: 'rules',
  modeReason: 'cancelled',
  error: { code: 'run-cancelled', message: 'The run was cancelled.' },
});
