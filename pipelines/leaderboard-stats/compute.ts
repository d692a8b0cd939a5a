import type { Board } from '../../src/leaderboard/definition.ts';
import { decimalText, toScaled } from '../../src/leaderboard/score.ts';
import type { Snapshot } from '../../src/leaderboard/snapshot.ts';
import { parseWindow } from '../../src/leaderboard/windows.ts';
import type { Facts } from './schema.ts';

/** What a run read: a board, and a snapshot of one of its windows. */
export interface Reading {
  readonly board: Board;
  readonly window: string;
  readonly asOf: string;
  readonly snapshot: Snapshot;
}

/** Lays the document out from what was read. Pure. */
export function computeFacts({ board, window, asOf, snapshot }: Reading): Facts {
  const { id, title, unit, operator, direction, decimals, ties } = board;
  const { start, end, kind } = parseWindow(window);
  const [first, second] = snapshot.top;
  return {
    board: {
      id,
      ...(title === undefined ? {} : { title }),
      ...(unit === undefined ? {} : { unit }),
      operator,
      direction,
      decimals,
      ties,
    },
    window: {
      id: window,
      ...(kind === 'all' ? {} : { from: new Date(start).toISOString(), to: new Date(end).toISOString() }),
    },
    asOf,
    revision: snapshot.revision,
    consistent: snapshot.consistent,
    events: snapshot.events,
    entries: {
      count: snapshot.count,
      ...(snapshot.scores === undefined ? {} : { scores: snapshot.scores }),
      ties: snapshot.ties,
    },
    leaders: snapshot.top,
    ...(first === undefined || second === undefined ? {} : { lead: distance(first.score, second.score, decimals) }),
  };
}

/** |a − b| without the rounding of binary fractions: 0.3 − 0.1 is 0.2. */
function distance(a: number, b: number, decimals: number): number {
  const apart = BigInt(Number(toScaled(a, decimals))) - BigInt(Number(toScaled(b, decimals)));
  return Number(decimalText(apart < 0n ? -apart : apart, decimals));
}
