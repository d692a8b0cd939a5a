import type { Redis } from 'ioredis';
import { OpslineError } from '../errors.ts';
import { runScript } from '../redis/script.ts';
import type { Board } from './definition.ts';
import { type Events, selectEvents } from './events.ts';
import { type BoardKeys, boardKeys, short } from './keys.ts';
import { scaledRange } from './plan.ts';
import { type Memory, memoryOf, withoutRepeats } from './recognise.ts';
import { type Change, type Reduced, reduce, type WindowChange } from './reduce.ts';
import { scripts } from './scripts.ts';
import { encodeKey, stepsOf } from './sort-key.ts';

/** One script must not hold Redis for long: 500 events take a few milliseconds at most. */
export const MAX_PART_EVENTS = 500;

/** A batch key is remembered this long after its last part was applied … */
export const GATE_SECONDS = 72 * 3600;
/** … and this long while parts are missing: longer than a failed job is kept for somebody to retry it. */
export const OPEN_GATE_SECONDS = 8 * 24 * 3600;

/** Which part of which accepted batch. */
export interface PartId {
  readonly batch: string;
  /** From 0. */
  readonly part: number;
  readonly parts: number;
}

/** One part of an accepted batch. */
export interface Part extends PartId {
  /** When the batch was accepted, Unix milliseconds. */
  readonly acceptedAt: number;
  readonly events: Events;
}

export type Applied = 'applied' | 'duplicate';

/**
 * Applies a part with one script whose first act is the duplicate gate: once, however often it is delivered, and wholly or not
 * at all. Events that the board recognises as applied before are left out. Throws `invalid-input` when a total would leave the
 * board's range (nothing is written then), and `batch-expired` when the batch was accepted so long ago that nobody can tell
 * whether the part was applied.
 */
export async function applyPart(redis: Redis, prefix: string, board: Board, part: Part): Promise<Applied> {
  const keys = boardKeys(prefix, board.id);
  let events = withoutRepeats(board, part.events);
  for (;;) {
    const memory = memoryOf(board, keys, events, part.acceptedAt);
    const answer = await send(redis, keys, board, part, memory, reduce(board, events, part.acceptedAt));
    if (typeof answer === 'string') return answer;
    const seen = new Set(answer.map((place) => place - 1));
    events = selectEvents(
      events,
      [...events.players.keys()].filter((index) => !seen.has(index)),
    );
  }
}

/** Applies changes that were made otherwise than from a part's events; else as {@link applyPart}. */
export async function applyChanges(
  redis: Redis,
  prefix: string,
  board: Board,
  part: PartId,
  changes: Reduced,
): Promise<Applied> {
  const keys = boardKeys(prefix, board.id);
  const none: Memory = { by: 'no', keys: [], items: [], size: 0, seconds: 0 };
  return (await send(redis, keys, board, part, none, changes)) as Applied;
}

/** The answer of the script: done, or the places (from 1) of events that were applied before. */
async function send(
  redis: Redis,
  keys: BoardKeys,
  board: Board,
  { batch, part, parts }: PartId,
  memory: Memory,
  { windows, late }: Reduced,
): Promise<Applied | number[]> {
  const { low, high } = scaledRange(board);
  const [least, most] = board.direction === 'higher' ? [-high, -low] : [low, high];
  const answer = await runScript(
    redis,
    scripts.apply,
    [
      ...[keys.batch(batch), keys.open, keys.closed, keys.late, keys.pending],
      ...memory.keys,
      ...windows.flatMap(({ window: { id } }) => windowKeys(keys, id)),
    ],
    [
      ...[part, parts, GATE_SECONDS, short(batch)],
      ...[board.operator === 'count' ? 'sum' : board.operator, least, most],
      ...[board.maxEntries ?? 0, Number(board.metadataBytes > 0), Number(board.denseRanks)],
      ...[memory.by, memory.size, memory.seconds],
      ...[late.length, ...late.flatMap(({ window: { id, kind }, events }) => [id, kind, events])],
      ...memory.items,
      ...windows.flatMap((change) => windowArguments(board, change)),
    ],
  );
  if (answer === 'applied' || answer === 'duplicate') return answer;
  if (answer === 'expired') {
    throw new OpslineError(
      'batch-expired',
      `Part ${part + 1} of batch ${batch} was accepted too long ago to be applied safely. Send the batch again under a new key if its scores are missing.`,
    );
  }
  const [kind, ...rest] = answer as [string, ...unknown[]];
  if (kind === 'seen') return rest as number[];
  throw new OpslineError(
    'invalid-input',
    `The total of ${JSON.stringify(rest[0])} in ${rest[1]} would leave the range ${board.min} to ${board.max} of the board ${board.id}; ` +
      `part ${part + 1} of the batch was not applied.`,
  );
}

/** The keys that a script takes for each window, in its order. */
export function windowKeys(keys: BoardKeys, window: string): string[] {
  return [keys.entries(window), keys.state(window), keys.times(window), keys.metadata(window), keys.scores(window)];
}

function windowArguments(board: Board, change: WindowChange): (string | number)[] {
  const { window, plan, events, changes } = change;
  const end = window.kind === 'all' ? '+inf' : window.end;
  const list: (string | number)[] = [window.id, window.kind, end, events, plan.unit, changes.size];
  const describe = describers[board.operator];
  for (const each of changes.values()) {
    describe(list, change, each);
    if (board.metadataBytes > 0) list.push(each.metadata);
    list.push(each.player);
  }
  return list;
}

type Describe = (list: (string | number)[], target: WindowChange, change: Change) => void;

const add: Describe = (list, { plan, window }, { score, time }) => {
  list.push(plan.sign * score, stepsOf(plan, window.start, time));
};

const describers: Record<Board['operator'], Describe> = {
  best(list, { plan, window }, { score, time }) {
    list.push(encodeKey(plan, score, stepsOf(plan, window.start, time)));
  },
  latest(list, { plan, window }, { score, time }) {
    list.push(encodeKey(plan, score, stepsOf(plan, window.start, time)), time);
  },
  sum: add,
  count: add,
};
