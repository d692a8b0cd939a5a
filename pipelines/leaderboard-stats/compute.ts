import type { Board } from '../../src/leaderboard/definition.ts';
import type { Entry } from '../../src/leaderboard/reads.ts';
import { decimalText, toScaled } from '../../src/leaderboard/score.ts';
import { viewOf } from '../../src/leaderboard/series.ts';
import type { Outlier } from '../../src/leaderboard/statistics/outliers.ts';
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
  const { id, title, unit, operator, direction, decimals, ties, timeZone } = board;
  const { start, end, kind } = viewOf(board, window).window;
  const { histogram, movers, outliers } = statistics;
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
      timeZone,
    },
    window: {
      id: window,
      ...(kind === 'all' ? {} : { from: new Date(start).toISOString(), to: new Date(end).toISOString() }),
    },
    asOf,
    revision: statistics.revision,
    consistent: statistics.consistent,
    events: statistics.events,
    late: statistics.late,
    entries: {
      count: statistics.count,
      ...(statistics.scores === undefined ? {} : { scores: statistics.scores }),
      ...(histogram === undefined ? {} : { histogram }),
      ties: statistics.ties,
    },
    leaders: statistics.top.map(named),
    ...(first === undefined || second === undefined ? {} : { lead: distance(first.score, second.score, decimals) }),
    ...(movers === undefined ? {} : { movers }),
    ...(outliers === undefined ? {} : { outliers: { ...outliers, listed: outliers.listed.map(withName) } }),
  };
}

const DELETED = 'a deleted player';

/** Sentences need a word for whoever was deleted; players are told apart by it no more. */
function named(entry: Entry): Entry {
  return entry.deleted ? { ...entry, player: DELETED } : entry;
}

function withName(outlier: Outlier): Outlier {
  return outlier.kind === 'score' && outlier.player === '' ? { ...outlier, player: DELETED } : outlier;
}

/** |a − b| without the rounding of binary fractions: 0.3 − 0.1 is 0.2. */
function distance(a: number, b: number, decimals: number): number {
  const apart = BigInt(Number(toScaled(a, decimals))) - BigInt(Number(toScaled(b, decimals)));
  return Number(decimalText(apart < 0n ? -apart : apart, decimals));
}
