import type { Board } from '../../src/leaderboard/definition.ts';
import type { Entry } from '../../src/leaderboard/reads.ts';
import { decimalText, toScaled } from '../../src/leaderboard/score.ts';
import { viewOf } from '../../src/leaderboard/series.ts';
import type { Statistics } from '../../src/leaderboard/statistics.ts';
import type { Facts } from './schema.ts';

/** What a run read: a board, and the statistics of one of its windows. */
export interface Reading {
  readonly board: Board;
  readonly window: string;
  readonly asOf: string;
  readonly statistics: Statistics;
}

/** Lays the document out from what was read. Pure. */
export function computeFacts({ board, window, asOf, statistics }: Reading): Facts {
  const { id, title, unit, operator, direction, decimals, ties } = board;
  const { start, end, kind } = viewOf(board, window).window;
  const [first, second] = statistics.top;
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
    revision: statistics.revision,
    consistent: statistics.consistent,
    events: statistics.events,
    entries: {
      count: statistics.count,
      ...(statistics.scores === undefined ? {} : { scores: statistics.scores }),
      ties: statistics.ties,
    },
    leaders: statistics.top.map(named),
    ...(first === undefined || second === undefined ? {} : { lead: distance(first.score, second.score, decimals) }),
  };
}

/** Sentences need a word for whoever was deleted; players are told apart by it no more. */
function named(entry: Entry): Entry {
  return entry.deleted ? { ...entry, player: 'a deleted player' } : entry;
}

/** |a − b| without the rounding of binary fractions: 0.3 − 0.1 is 0.2. */
function distance(a: number, b: number, decimals: number): number {
  const apart = BigInt(Number(toScaled(a, decimals))) - BigInt(Number(toScaled(b, decimals)));
  return Number(decimalText(apart < 0n ? -apart : apart, decimals));
}
