import type { Json } from '../../json.ts';
import { readCommand } from '../command.ts';
import { kindOf } from '../kinds.ts';
import type { ObjectRef } from '../model.ts';

/** What `kubectl rollout status` asked about: `deployment/web`, `deploy web`. */
const ASKED =
  /\brollout status (?:(?:-n|--namespace|--timeout|--context) \S+ |-\S+ )*([a-z.]+)[/ ]([a-z0-9][a-z0-9.-]*)/;
/** What it says when its own `--timeout` is over. */
const TIMED_OUT = /^error: timed out waiting for the condition(?: on \S+)?$/;
/** What it says when the Deployment itself says that it is late. */
const LATE = /^error: deployment "[^"]+" exceeded its progress deadline$/;

/** The workload for whose rollout a command waits. */
export function awaitedBy(command: string): ObjectRef | undefined {
  const [, word = '', name = ''] = ASKED.exec(command) ?? [];
  const kind = kindOf(word);
  if (!/^(?:kubectl|oc|k) /.test(command) || kind === undefined) return undefined;
  const { namespace } = readCommand(command);
  return { kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

const lastOf = (lines: readonly string[]): string => lines.findLast((line) => line.trim() !== '')?.trim() ?? '';

/** A Deployment that is late, with the condition by which kubectl knows it. Undefined for any other text. */
export function lateRollout(lines: readonly string[], command = ''): Json | undefined {
  const ref = awaitedBy(command);
  const message = lastOf(lines);
  if (ref === undefined || !LATE.test(message)) return undefined;
  const { kind, ...metadata } = ref;
  const condition = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message };
  return { kind, metadata, status: { conditions: [condition] } };
}

/** Whether such a command gave up by its own clock. That the workload is not up is all that this says. */
export const wasInVain = (lines: readonly string[]): boolean => TIMED_OUT.test(lastOf(lines));
