import { OpslineError } from '../errors.ts';
import type { Board } from './definition.ts';
import type { Events } from './events.ts';
import { lateFrom, type Series, seriesOf } from './series.ts';
import { type KeyPlan, stepsOf } from './sort-key.ts';
import type { Window } from './windows.ts';

/** What one part changes for one player in one window. */
export interface Change {
  readonly player: string;
  /** For `sum` and `count` the change of the total, else the score; scaled. */
  score: number;
  /** Of the event that made the score: for `best` the earliest with it, else the last one. Unix milliseconds. */
  time: number;
  /** Of the same event, as JSON; empty: none. */
  metadata: string;
}

/** What one part changes in one window. */
export interface WindowChange {
  readonly window: Window;
  readonly plan: KeyPlan;
  /** How many events of the part lie in the window. */
  readonly events: number;
  readonly changes: ReadonlyMap<string, Change>;
}

/** Events that came after the grace of the window they belong to. */
export interface Late {
  readonly window: Window;
  readonly events: number;
}

export interface Reduced {
  readonly windows: readonly WindowChange[];
  readonly late: readonly Late[];
}

/**
 * Reduces a part's events to one change for each window and player, so that Redis does one update for each. The result is
 * the same whatever the order of the events. What was accepted (Unix milliseconds) after the grace of a window is late for it.
 * Throws `invalid-input` when a player's changes add up beyond exact integers.
 */
export function reduce(board: Board, events: Events, acceptedAt: number): Reduced {
  // All of a part's events may have been applied before.
  if (events.players.length === 0) return { windows: [], late: [] };
  const windows: WindowChange[] = [];
  const late: Late[] = [];
  const { first, last } = boundsOf(events.times);
  const everything = [...events.players.keys()];
  // What all events together change is the same in every window that holds all of them, if it is not to say whose metadata stays.
  let together: Changes | undefined;
  for (const { plan, at } of seriesOf(board)) {
    const one = at(first);
    const groups =
      one !== undefined && last < one.end ? [{ window: one, places: everything }] : group(events.times, at);
    for (const { window, places } of groups) {
      if (acceptedAt >= lateFrom(board, window)) {
        late.push({ window, events: places.length });
        continue;
      }
      const target = { window, plan };
      let changes = places === everything ? together : undefined;
      changes ??= fold(board, events, places, target);
      if (places === everything && events.metadata === undefined) together = changes;
      windows.push({ ...target, events: places.length, changes });
    }
  }
  return { windows, late };
}

type Changes = Map<string, Change>;
type Target = Pick<WindowChange, 'window' | 'plan'>;

function boundsOf(times: readonly number[]): { first: number; last: number } {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const time of times) {
    if (time < first) first = time;
    if (time > last) last = time;
  }
  return { first, last };
}

/** The places of the events that lie in each window of a series. */
function group(times: readonly number[], at: Series['at']): { window: Window; places: number[] }[] {
  const groups = new Map<number, { window: Window; places: number[] }>();
  let current: { window: Window; places: number[] } | undefined;
  for (const [place, time] of times.entries()) {
    // Most events lie in the window of the one before, which saves looking for it.
    if (current === undefined || time < current.window.start || time >= current.window.end) {
      const window = at(time);
      if (window === undefined) continue;
      current = groups.get(window.start) ?? { window, places: [] };
      groups.set(window.start, current);
    }
    current.places.push(place);
  }
  return [...groups.values()];
}

function fold(board: Board, events: Events, places: readonly number[], target: Target): Changes {
  const changes: Changes = new Map();
  const into = folds[board.operator];
  const { players, scores, times, metadata } = events;
  for (const place of places) {
    const player = players[place] as string;
    const score = scores[place] as number;
    const time = times[place] as number;
    const text = metadata?.[place] ?? '';
    const change = changes.get(player);
    if (change === undefined) changes.set(player, { player, score, time, metadata: text });
    else into(change, { score, time, metadata: text }, target);
  }
  return changes;
}

type Fold = (into: Change, event: Omit<Change, 'player'>, target: Target) => void;

/**
 * Whether a score comes before another in the order of a window. Of equal scores the earlier one does; but where the window
 * cannot tell their times apart, and they have metadata, that whose metadata sorts first.
 */
function precedes({ plan, window }: Target, event: Omit<Change, 'player'>, than: Change): boolean {
  if (event.score !== than.score) return plan.sign * event.score < plan.sign * than.score;
  if (event.metadata === than.metadata) return event.time < than.time;
  const steps = stepsOf(plan, window.start, event.time) - stepsOf(plan, window.start, than.time);
  return steps < 0 || (steps === 0 && sortsBefore(event.metadata, than.metadata));
}

/** By the bytes of their UTF-8, as Redis's scripts compare texts. */
function sortsBefore(a: string, b: string): boolean {
  return a !== b && Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}

const add: Fold = (into, { score, time, metadata }, { plan, window }) => {
  into.score += score;
  if (metadata !== into.metadata) {
    const steps = stepsOf(plan, window.start, time) - stepsOf(plan, window.start, into.time);
    if (steps > 0 || (steps === 0 && sortsBefore(metadata, into.metadata))) into.metadata = metadata;
  }
  into.time = Math.max(into.time, time);
  if (!Number.isSafeInteger(into.score)) {
    throw new OpslineError(
      'invalid-input',
      `The scores of ${JSON.stringify(into.player)} add up beyond the exact range.`,
    );
  }
};

function replace(into: Change, { score, time, metadata }: Omit<Change, 'player'>): void {
  into.score = score;
  into.time = time;
  into.metadata = metadata;
}

const folds: Record<Board['operator'], Fold> = {
  best(into, event, target) {
    if (precedes(target, event, into)) replace(into, event);
  },
  latest(into, event, target) {
    if (event.time > into.time || (event.time === into.time && precedes(target, event, into))) replace(into, event);
  },
  sum: add,
  count: add,
};
