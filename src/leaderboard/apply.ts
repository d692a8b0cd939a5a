import { OpslineError } from '../errors.ts';
import type { RedisClient } from '../redis/client.ts';
import { runScript } from '../redis/script.ts';
import { type Board, scaledRange } from './definition.ts';
import type { Events } from './events.ts';
import { boardKeys } from './keys.ts';
import { reduce, type WindowChange } from './reduce.ts';
import { scripts } from './scripts.ts';
import { encodeKey, stepsOf } from './sort-key.ts';

/** One script must not hold Redis for long: 500 events take a few milliseconds at most. */
export const MAX_PART_EVENTS = 500;

/** A batch key is remembered this long after its last part was applied … */
export const GATE_SECONDS = 72 * 3600;
/** … and this long while parts are missing: longer than a failed job is kept for somebody to retry it. */
export const OPEN_GATE_SECONDS = 8 * 24 * 3600;

/** One part of an accepted batch. */
export interface Part {
  readonly batch: string;
  /** From 0. */
  readonly part: number;
  readonly parts: number;
  readonly events: Events;
}

export type Applied = 'applied' | 'duplicate';

/**
 * Applies a part with one script whose first act is the duplicate gate: once, however often it is delivered, and wholly or not
 * at all. Throws `invalid-input` when a total would leave the board's range (nothing is written then), and
 * `batch-expired` when the batch was accepted so long ago that nobody can tell whether the part was applied.
 */
export async function applyPart(redis: RedisClient, prefix: string, board: Board, part: Part): Promise<Applied> {
  const windows = reduce(board, part.events);
  const keys = boardKeys(prefix, board.id);
  const gate = [keys.batch(part.batch), keys.windows];
  const head = [part.part, part.parts, GATE_SECONDS];
  const answer = await calls[board.operator](board, windows, (script, windowKeys, args) =>
    runScript(
      redis,
      script,
      [...gate, ...windows.flatMap(({ window: { id } }) => windowKeys(keys, id))],
      [...head, ...args],
    ),
  );
  if (answer === 'applied' || answer === 'duplicate') return answer;
  if (answer === 'expired') {
    throw new OpslineError(
      'batch-expired',
      `Part ${part.part + 1} of batch ${part.batch} was accepted too long ago to be applied safely. Send the batch again under a new key if its scores are missing.`,
    );
  }
  const [, player, window] = answer as string[];
  throw new OpslineError(
    'invalid-input',
    `The total of ${JSON.stringify(player)} in ${window} would leave the range ${board.min} to ${board.max} of the board ${board.id}; ` +
      `part ${part.part + 1} of the batch was not applied.`,
  );
}

type Keys = ReturnType<typeof boardKeys>;
type Send = (
  script: (typeof scripts)[keyof typeof scripts],
  windowKeys: (keys: Keys, window: string) => string[],
  args: (string | number)[],
) => Promise<unknown>;
type Call = (board: Board, windows: readonly WindowChange[], send: Send) => Promise<unknown>;

const entriesAndState = (keys: Keys, window: string): string[] => [keys.entries(window), keys.state(window)];

const add: Call = (board, windows, send) => {
  const { low, high } = scaledRange(board);
  const range = board.direction === 'higher' ? [-high, -low] : [low, high];
  const args = windows.flatMap(({ window, plan, events, changes }) => [
    window.id,
    events,
    plan.unit,
    changes.size,
    ...[...changes.values()].flatMap(({ player, score, time }) => [
      plan.sign * score,
      stepsOf(plan, window.start, time),
      player,
    ]),
  ]);
  return send(scripts.applySum, entriesAndState, [...range, ...args]);
};

const calls: Record<Board['operator'], Call> = {
  best(_, windows, send) {
    const args = windows.flatMap(({ window, plan, events, changes }) => [
      window.id,
      events,
      changes.size,
      ...[...changes.values()].flatMap(({ player, score, time }) => [
        encodeKey(plan, score, stepsOf(plan, window.start, time)),
        player,
      ]),
    ]);
    return send(scripts.applyBest, entriesAndState, args);
  },
  latest(_, windows, send) {
    const args = windows.flatMap(({ window, plan, events, changes }) => [
      window.id,
      events,
      changes.size,
      ...[...changes.values()].flatMap(({ player, score, time }) => [
        encodeKey(plan, score, stepsOf(plan, window.start, time)),
        time,
        player,
      ]),
    ]);
    return send(scripts.applyLatest, (keys, window) => [...entriesAndState(keys, window), keys.times(window)], args);
  },
  sum: add,
  count: add,
};
