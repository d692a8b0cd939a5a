import { OpslineError } from '../errors.ts';
import type { Board } from './definition.ts';
import type { Events } from './events.ts';
import { lateFrom, seriesOf } from './series.ts';
import { encodeKey, type KeyPlan, stepsOf } from './sort-key.ts';
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
  events: number;
  readonly changes: Map<string, Change>;
}

/** Events that came after the grace of the window they belong to. */
export interface Late {
  readonly window: Window;
  events: number;
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
  const windows: WindowChange[] = [];
  const late: Late[] = [];
  const fold = folds[board.operator];
  const { players, scores, times, metadata } = events;
  const begin = (window: Window, plan: KeyPlan): WindowChange | Late => {
    if (acceptedAt >= lateFrom(board, window)) {
      const begun = { window, events: 0 };
      late.push(begun);
      return begun;
    }
    const begun = { window, plan, events: 0, changes: new Map() };
    windows.push(begun);
    return begun;
  };
  for (const { plan, at } of seriesOf(board)) {
    const byStart = new Map<number, WindowChange | Late>();
    let target: WindowChange | Late | undefined;
    for (let index = 0; index < players.length; index += 1) {
      const time = times[index] as number;
      // Most events lie in the window of the one before, which saves looking for it.
      if (target === undefined || time < target.window.start || time >= target.window.end) {
        const window = at(time);
        if (window === undefined) continue;
        target = byStart.get(window.start) ?? begin(window, plan);
        byStart.set(window.start, target);
      }
      target.events += 1;
      if (!('changes' in target)) continue;
      const player = players[index] as string;
      const score = scores[index] as number;
      const change = target.changes.get(player);
      const text = metadata?.[index] ?? '';
      if (change === undefined) target.changes.set(player, { player, score, time, metadata: text });
      else fold(change, { score, time, metadata: text }, target);
    }
  }
  return { windows, late };
}

type Fold = (into: Change, event: Omit<Change, 'player'>, target: WindowChange) => void;

/** Whether a score comes before another in the order of a window; of equal ones that whose metadata sorts first. */
function better({ plan, window }: WindowChange, event: Omit<Change, 'player'>, than: Change): boolean {
  const key = encodeKey(plan, event.score, stepsOf(plan, window.start, event.time));
  const other = encodeKey(plan, than.score, stepsOf(plan, window.start, than.time));
  return key < other || (key === other && sortsBefore(event.metadata, than.metadata));
}

/** By the bytes of their UTF-8, as Redis's scripts compare texts. */
function sortsBefore(a: string, b: string): boolean {
  return a !== b && Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}

const add: Fold = (into, { score, time, metadata }, { plan, window }) => {
  into.score += score;
  const [steps, before] = [time, into.time].map((each) => stepsOf(plan, window.start, each)) as [number, number];
  if (steps > before || (steps === before && sortsBefore(metadata, into.metadata))) into.metadata = metadata;
  into.time = Math.max(into.time, time);
  if (!Number.isSafeInteger(into.score)) {
    throw new OpslineError(
      'invalid-input',
      `The scores of ${JSON.stringify(into.player)} add up beyond the exact range.`,
    );
  }
};

const folds: Record<Board['operator'], Fold> = {
  best(into, event, target) {
    if (better(target, event, into)) Object.assign(into, event);
  },
  latest(into, event, target) {
    if (event.time > into.time || (event.time === into.time && better(target, event, into))) Object.assign(into, event);
  },
  sum: add,
  count: add,
};
