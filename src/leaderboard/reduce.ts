import { OpslineError } from '../errors.ts';
import { type Board, keyPlan } from './definition.ts';
import type { Events } from './events.ts';
import { encodeKey, type KeyPlan, stepsOf } from './sort-key.ts';
import { type Window, windowAt } from './windows.ts';

/** What one part changes for one player in one window. */
export interface Change {
  readonly player: string;
  /** For `sum` and `count` the change of the total, else the score; scaled. */
  score: number;
  /** Of the event that made the score: for `best` the earliest with it, else the last one. Unix milliseconds. */
  time: number;
}

/** What one part changes in one window. */
export interface WindowChange {
  readonly window: Window;
  readonly plan: KeyPlan;
  /** How many events of the part lie in the window. */
  events: number;
  readonly changes: Map<string, Change>;
}

/**
 * Reduces a part's events to one change for each window and player, so that Redis does one update for each. The result is
 * the same whatever the order of the events. Throws `invalid-input` when a player's changes add up beyond exact integers.
 */
export function reduce(board: Board, events: Events): WindowChange[] {
  const byWindow = new Map<string, WindowChange>();
  const fold = folds[board.operator];
  for (const { kind } of board.windows) {
    const plan = keyPlan(board, kind);
    let target: WindowChange | undefined;
    for (const [index, player] of events.players.entries()) {
      const score = events.scores[index] as number;
      const time = events.times[index] as number;
      // Most events lie in the window of the one before, which saves making up its id.
      if (target === undefined || time < target.window.start || time >= target.window.end) {
        const window = windowAt(kind, time);
        target = byWindow.get(window.id) ?? { window, plan, events: 0, changes: new Map() };
        byWindow.set(window.id, target);
      }
      target.events += 1;
      const change = target.changes.get(player);
      if (change === undefined) target.changes.set(player, { player, score, time });
      else fold(change, score, time, target);
    }
  }
  return [...byWindow.values()];
}

type Fold = (into: Change, score: number, time: number, target: WindowChange) => void;

/** Whether a score with its time comes before another in the order of a window. */
function better({ plan, window }: WindowChange, score: number, time: number, than: Change): boolean {
  const key = encodeKey(plan, score, stepsOf(plan, window.start, time));
  return key < encodeKey(plan, than.score, stepsOf(plan, window.start, than.time));
}

const add: Fold = (into, score, time) => {
  into.score += score;
  into.time = Math.max(into.time, time);
  if (!Number.isSafeInteger(into.score)) {
    throw new OpslineError(
      'invalid-input',
      `The scores of ${JSON.stringify(into.player)} add up beyond the exact range.`,
    );
  }
};

const folds: Record<Board['operator'], Fold> = {
  best(into, score, time, target) {
    if (better(target, score, time, into)) Object.assign(into, { score, time });
  },
  latest(into, score, time, target) {
    if (time > into.time || (time === into.time && better(target, score, time, into))) {
      Object.assign(into, { score, time });
    }
  },
  sum: add,
  count: add,
};
