/**
 * Boards, slowly and plainly: keeps every event it was given and sorts them all for each answer. What the store says is
 * compared with this. It shares no code with the store beside the definition of a board.
 */
import type { Board } from '../../src/leaderboard/definition.ts';

export interface OracleEvent {
  readonly player: string;
  /** In the board's own units; for a counting board it is not looked at. */
  readonly score: number;
  readonly time: number;
}

export interface OracleEntry {
  readonly rank: number;
  readonly competitionRank: number;
  readonly player: string;
  readonly score: number;
}

const STEP = { ms: 1, s: 1000, min: 60_000 };

export function windowsOf(board: Board, events: readonly OracleEvent[]): string[] {
  const ids = events.flatMap(({ time }) =>
    board.windows.map(({ kind }) => (kind === 'all' ? 'all' : `day:${new Date(time).toISOString().slice(0, 10)}`)),
  );
  return [...new Set(ids)].sort();
}

export function standings(board: Board, window: string, events: readonly OracleEvent[]): OracleEntry[] {
  const kind = window === 'all' ? 'all' : 'day';
  const resolution = board.windows.find((candidate) => candidate.kind === kind)?.resolution;
  const inWindow = events.filter(({ time }) => windowsOf(board, [{ player: '', score: 0, time }]).includes(window));
  const rows = [...Map.groupBy(inWindow, ({ player }) => player)].map(([player, own]) => ({
    player,
    ...reduceOwn(board, own),
  }));
  rows.sort(
    (a, b) =>
      (board.direction === 'higher' ? b.score - a.score : a.score - b.score) ||
      step(a.time, resolution) - step(b.time, resolution) ||
      Buffer.compare(Buffer.from(a.player), Buffer.from(b.player)),
  );
  return rows.map(({ player, score }, index) => ({
    rank: index + 1,
    competitionRank: 1 + rows.findIndex((row) => row.score === score),
    player,
    score,
  }));
}

function reduceOwn(board: Board, own: readonly OracleEvent[]): { score: number; time: number } {
  const last = Math.max(...own.map(({ time }) => time));
  const isBetter = (a: number, b: number): boolean => (board.direction === 'higher' ? a > b : a < b);
  const bestOf = (events: readonly OracleEvent[]): number =>
    events.map(({ score }) => score).reduce((best, score) => (isBetter(score, best) ? score : best));
  switch (board.operator) {
    case 'best': {
      const score = bestOf(own);
      return { score, time: Math.min(...own.filter((event) => event.score === score).map(({ time }) => time)) };
    }
    case 'latest':
      return { score: bestOf(own.filter(({ time }) => time === last)), time: last };
    case 'sum': {
      const factor = 10 ** board.decimals;
      const scaled = own.reduce((sum, { score }) => sum + BigInt(Math.round(score * factor)), 0n);
      return { score: Number(scaled) / factor, time: last };
    }
    case 'count':
      return { score: own.length, time: last };
  }
}

function step(time: number, resolution: keyof typeof STEP | undefined): number {
  return resolution === undefined ? 0 : Math.floor(time / STEP[resolution]);
}

/** The score at a percentile by its definition: the lowest score that at least p % of the entries do not exceed. */
export function percentileOf(scores: readonly number[], percentile: number): number | undefined {
  const sorted = [...scores].sort((a, b) => a - b);
  return sorted.find(
    (score) => sorted.filter((other) => other <= score).length * 100 >= percentile * sorted.length - 1e-9,
  );
}
