import { Packr } from 'msgpackr';
import { OpslineError } from '../errors.ts';
import type { RedisClient } from '../redis/client.ts';
import { runScript } from '../redis/script.ts';
import type { Board } from './definition.ts';
import { type Events, selectEvents } from './events.ts';
import { packIntegerTexts } from './integer-texts.ts';
import { type BoardKeys, boardKeys, short } from './keys.ts';
import { scaledRange } from './plan.ts';
import { type Memory, memoryOf, NO_MEMORY, withoutRepeats } from './recognise.ts';
import { type Change, type Reduced, reduce, type WindowChange } from './reduce.ts';
import { scripts } from './scripts.ts';
import { encodeKey, stepsOf } from './sort-key.ts';
import { type Watch, watchOf } from './watch.ts';

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
export async function applyPart(redis: RedisClient, prefix: string, board: Board, part: Part): Promise<Applied> {
  const keys = boardKeys(prefix, board.id);
  let events = withoutRepeats(board, part.events);
  for (;;) {
    const memory = memoryOf(board, keys, events, part.acceptedAt);
    const changes = reduce(board, events, part.acceptedAt);
    const watch = watchOf(board, keys, events, part.acceptedAt, changes.windows);
    const answer = await send(redis, keys, board, part, memory, changes, watch);
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
  redis: RedisClient,
  prefix: string,
  board: Board,
  part: PartId,
  changes: Reduced,
): Promise<Applied> {
  const keys = boardKeys(prefix, board.id);
  return (await send(redis, keys, board, part, NO_MEMORY, changes)) as Applied;
}

/** The answer of the script: done, or the places (from 1) of events that were applied before. */
async function send(
  redis: RedisClient,
  keys: BoardKeys,
  board: Board,
  { batch, part, parts }: PartId,
  memory: Memory,
  { windows, late }: Reduced,
  watch?: Watch,
): Promise<Applied | number[]> {
  const { low, high } = scaledRange(board);
  const range = board.direction === 'higher' ? { low: -high, high: -low } : { low, high };
  const request = {
    ...{ part, parts, keep: GATE_SECONDS, pending: short(batch) },
    ...{ operator: board.operator === 'count' ? 'sum' : board.operator, ...range },
    ...{ most: board.maxEntries ?? 0, dense: board.denseRanks },
    remember: { ...memory, keys: memory.keys.length },
    late: late.map(({ window: { id, kind }, events }) => ({ id, kind, events })),
    windows: describe(board, windows),
    ...(watch === undefined ? {} : { watch: watch.request }),
  };
  const answer = await runScript(
    redis,
    scripts.apply,
    [
      ...[keys.batch(batch), keys.open, keys.closed, keys.late, keys.pending],
      ...memory.keys,
      ...windows.flatMap(({ window: { id } }) => windowKeys(keys, id)),
      ...(watch?.keys ?? []),
    ],
    // Two arguments: thousands of them cost Node and Redis more than the changes themselves.
    [packr.pack(request), packIntegerTexts(isTotal(board) ? [] : windows.map(sortKeys))],
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

const packr = new Packr({ useRecords: false });

/** The windows as the script reads them. Who changes is said once where windows that follow each other have the same players. */
function describe(board: Board, windows: readonly WindowChange[]): object[] {
  const totals = isTotal(board);
  let before: WindowChange['changes'] = new Map();
  return windows.map(({ window, plan, events, changes }) => {
    const same = haveSamePlayers(changes, before);
    before = changes;
    const ofEach = <T>(what: (change: Change) => T): T[] => Array.from(changes.values(), what);
    return {
      ...{ id: window.id, kind: window.kind, ends: window.kind === 'all' ? '+inf' : window.end },
      ...{ events, unit: plan.unit },
      ...(same ? {} : { players: [...changes.keys()] }),
      ...(totals && { totals: ofEach(({ score }) => plan.sign * score) }),
      ...(totals && { steps: ofEach(({ time }) => stepsOf(plan, window.start, time)) }),
      ...(board.operator === 'latest' && { times: ofEach(({ time }) => time) }),
      ...(board.metadataBytes > 0 && { metadata: ofEach(({ metadata }) => metadata) }),
    };
  });
}

/** The sort keys that each window gets. */
function sortKeys({ window, plan, changes }: WindowChange): number[] {
  const keys: number[] = [];
  for (const { score, time } of changes.values()) keys.push(encodeKey(plan, score, stepsOf(plan, window.start, time)));
  return keys;
}

function isTotal({ operator }: Board): boolean {
  return operator === 'sum' || operator === 'count';
}

function haveSamePlayers(changes: WindowChange['changes'], before: WindowChange['changes']): boolean {
  if (changes === before) return true;
  if (changes.size !== before.size) return false;
  const others = before.keys();
  for (const player of changes.keys()) if (player !== others.next().value) return false;
  return true;
}
