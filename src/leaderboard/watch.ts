import type { Board } from './definition.ts';
import type { Events } from './events.ts';
import type { BoardKeys } from './keys.ts';
import type { WindowChange } from './reduce.ts';
import { toScaled } from './score.ts';

/** Events are counted by source in slots of this length, milliseconds … */
export const SLOT_MS = 10 * 60_000;
/** … of UTC days, each of which is kept for so many days after its last event; older events are not counted. */
export const WATCHED_DAYS = 8;
export const DAY_MS = 86_400_000;
/** How many pairs of source and slot are counted in a day: 138 sources that send all day long. */
const MAX_COUNTS = 20_000;
/** How many jumps of a board are kept, about. */
export const KEPT_JUMPS = 1000;

/** What a script notes beside applying a part, for those who look for outliers. */
export interface Watch {
  /** The stream of jumps, and the counts of each day that the part has events of. */
  readonly keys: readonly string[];
  readonly request: {
    /** Scaled; 0: jumps are not looked for. */
    readonly jump: number;
    readonly jumps: number;
    /** For each window, the events of each player in order of time: score (signed as in the sort key), time, …; or 0. */
    readonly paths: readonly (readonly (readonly number[] | 0)[])[];
    readonly days: readonly { readonly fields: readonly string[]; readonly counts: readonly number[] }[];
    readonly fields: number;
    readonly seconds: number;
  };
}

/** What to watch; undefined where neither the board nor the events ask for it. */
export function watchOf(
  board: Board,
  keys: BoardKeys,
  events: Events,
  acceptedAt: number,
  windows: readonly WindowChange[],
): Watch | undefined {
  const days = sourcesByDay(events, acceptedAt);
  const jump = board.maxJump === undefined ? 0 : Number(toScaled(board.maxJump, board.decimals));
  if (jump === 0 && days.size === 0) return undefined;
  return {
    keys: [keys.jumps, ...[...days.keys()].map((day) => keys.sources(day))],
    request: {
      ...{ jump, jumps: KEPT_JUMPS, fields: MAX_COUNTS, seconds: (WATCHED_DAYS * DAY_MS) / 1000 },
      paths: jump === 0 ? [] : windows.map((window) => pathsIn(board, events, window, jump)),
      days: [...days.values()].map((counts) => ({ fields: [...counts.keys()], counts: [...counts.values()] })),
    },
  };
}

/** For each UTC day, by the number of days since 1970, how many events each source has in each slot. */
function sourcesByDay({ sources, times }: Events, acceptedAt: number): Map<number, Map<string, number>> {
  const days = new Map<number, Map<string, number>>();
  for (const [index, source] of sources?.entries() ?? []) {
    const time = times[index] as number;
    if (source === '' || time <= acceptedAt - WATCHED_DAYS * DAY_MS) continue;
    const day = Math.floor(time / DAY_MS);
    const counts = days.get(day) ?? new Map<string, number>();
    days.set(day, counts);
    const field = `${Math.floor((time % DAY_MS) / SLOT_MS)}:${source}`;
    counts.set(field, (counts.get(field) ?? 0) + 1);
  }
  return days;
}

/** The events of a window by its players. Of a sum only those of players with an addition beyond the limit are wanted. */
function pathsIn(
  { operator }: Board,
  { players, scores, times }: Events,
  { window, plan, changes }: WindowChange,
  jump: number,
): (number[] | 0)[] {
  const own = new Map<string, [score: number, time: number][]>();
  for (const [index, player] of players.entries()) {
    const time = times[index] as number;
    if (time < window.start || time >= window.end) continue;
    const event: [number, number] = [plan.sign * (scores[index] as number), time];
    const known = own.get(player);
    if (known === undefined) own.set(player, [event]);
    else known.push(event);
  }
  return [...changes.keys()].map((player) => {
    const path = own.get(player) ?? [];
    if (operator === 'sum' && path.every(([score]) => Math.abs(score) <= jump)) return 0;
    // Of one time the better comes last, as it is the one that stays.
    return path.sort(([a, at], [b, bt]) => at - bt || b - a).flat();
  });
}
