import { type Issue, OpslineError } from '../errors.ts';
import { type Board, BoardSettings, type CheckedSettings, type Season, type SeasonSpan } from './definition.ts';
import { exactLimit, fromScaled, toScaled } from './score.ts';
import { finestFor, maxScoreFor, RESOLUTIONS, type Resolution } from './sort-key.ts';
import { EARLIEST, LATEST, PERIODS, spanOf } from './windows.ts';

/**
 * Makes a board of its settings: chooses for each window the finest resolution whose tie-break leaves room for the scores.
 * Without `min` and `max` the range is the widest that ties to the second (for `sum`: to the minute) allow, and a season of a year. Throws `invalid-input` when no
 * resolution leaves room, saying how much there is.
 */
export function planBoard(id: string, input: BoardSettings, createdAt: string): Board {
  const settings = BoardSettings.parse(input);
  requireSense(settings);
  const { min, max, windows: wanted, seasons, ...rest } = settings;
  const periods = PERIODS.filter((period) => wanted.includes(period));
  const { low, high } = rangeOf(settings);
  const { decimals, ties } = rest;
  const reach = Math.max(Math.abs(low), Math.abs(high));
  const board: Board = {
    id,
    ...withoutUndefined(rest),
    min: fromScaled(low, decimals),
    max: fromScaled(high, decimals),
    windows: periods.map((kind) => {
      const resolution = ties === 'none' ? undefined : finestFor(spanOf(kind), reach);
      return resolution === undefined ? { kind } : { kind, resolution };
    }),
    seasons: [],
    version: 1,
    createdAt,
  };
  return seasons.reduce((made, { id: season, ...span }) => ({ ...withSeason(made, season, span), version: 1 }), board);
}

/**
 * The board with one season more, and a version that says so. Throws `season-exists` when it has one of that name with another
 * span, and `invalid-input` when the span is none or leaves no room for the scores.
 */
export function withSeason(board: Board, id: string, span: SeasonSpan): Board {
  const start = Date.parse(span.start);
  const end = Date.parse(span.end);
  if (!(start >= EARLIEST && end <= LATEST)) throw refusedSeason(id, 'must lie in the years 2015 to 2044');
  if (start >= end) throw refusedSeason(id, 'must end after it starts');
  const season: Season = { id, start: new Date(start).toISOString(), end: new Date(end).toISOString() };
  const known = board.seasons.find((other) => other.id === id);
  if (known !== undefined) {
    if (known.start === season.start && known.end === season.end) return board;
    throw new OpslineError(
      'season-exists',
      `The board ${board.id} has a season ${id} from ${known.start} to ${known.end}. Seasons do not change: choose another id.`,
    );
  }
  if (board.ties === 'earliest') {
    const { low, high } = scaledRange(board);
    const reach = Math.max(Math.abs(low), Math.abs(high));
    const resolution = finestFor(end - start, reach);
    if (resolution === undefined) {
      const room = fromScaled(maxScoreFor(end - start, COARSEST), board.decimals);
      throw refusedSeason(
        id,
        `leaves room for scores to ±${room} only beside the times that break ties in it; make it shorter`,
      );
    }
    season.resolution = resolution;
  }
  const seasons = [...board.seasons, season].sort((a, b) => a.start.localeCompare(b.start) || (a.id < b.id ? -1 : 1));
  return { ...board, seasons, version: board.version + 1 };
}

/** The lowest and highest score of a board as scaled integers. */
export function scaledRange(board: Board): { low: number; high: number } {
  return { low: Number(toScaled(board.min, board.decimals)), high: Number(toScaled(board.max, board.decimals)) };
}

const YEAR = 366 * 86_400_000;
const COARSEST = RESOLUTIONS[RESOLUTIONS.length - 1] as Resolution;

/** Settings that exclude each other. */
function requireSense({
  operator,
  decimals,
  ties,
  windows,
  seasons,
  maxEntries,
  metadataBytes,
  maxJump,
}: CheckedSettings): void {
  if (windows.length === 0 && seasons.length === 0)
    throw refused('/windows', 'must name one, or there must be a season');
  if (operator === 'count' && decimals > 0) throw refused('/decimals', 'must be 0: a count is an integer');
  if (maxEntries !== undefined && operator !== 'best') {
    throw refused(
      '/maxEntries',
      'needs the operator best: where entries can fall, one that was dropped could belong to the best again',
    );
  }
  if (maxJump !== undefined) {
    const jump = toScaled(maxJump, decimals);
    if (typeof jump === 'string') throw refused('/maxJump', jump);
    if (operator === 'count') throw refused('/maxJump', 'says nothing about a count: every event adds one');
  }
  if (metadataBytes > 0 && ties === 'none' && (operator === 'sum' || operator === 'count')) {
    throw refused(
      '/metadataBytes',
      'needs "ties": "earliest" here: without times nobody knows which event was the last',
    );
  }
}

/** The range of scores, scaled. */
function rangeOf({ operator, decimals, ties, windows, seasons, min, max }: CheckedSettings): {
  low: number;
  high: number;
} {
  const spans = [
    ...PERIODS.filter((period) => windows.includes(period)).map(spanOf),
    ...seasons.map(({ start, end }) => Math.max(1, Date.parse(end) - Date.parse(start))),
  ];
  const room = (resolution: Resolution): number =>
    Math.min(exactLimit(decimals), ...(ties === 'none' ? [] : spans.map((span) => maxScoreFor(span, resolution))));
  const declared = (name: 'min' | 'max', score: number | undefined): number | undefined => {
    if (score === undefined) return undefined;
    const scaled = toScaled(score, decimals);
    if (typeof scaled === 'string') throw refused(`/${name}`, scaled);
    if (Math.abs(scaled) <= room(COARSEST)) return scaled;
    throw refused(
      `/${name}`,
      `is beyond ±${fromScaled(room(COARSEST), decimals)}, all that is left beside the times that break ties` +
        `${windows.includes('all') ? ' in an all-time window' : ''}. With "ties": "none" scores reach ` +
        `±${fromScaled(exactLimit(decimals), decimals)}${decimals > 0 ? '; fewer decimals leave more room, too' : ''}`,
    );
  };
  const givenLow = declared('min', min);
  // Totals grow, so a sum gets all the room there is; but a season of a year, should one be added, must find some.
  const widest = Math.min(
    room(operator === 'sum' ? COARSEST : 's'),
    ties === 'none' ? Number.POSITIVE_INFINITY : maxScoreFor(YEAR, COARSEST),
  );
  const high = declared('max', max) ?? Math.max(widest, Math.abs(givenLow ?? 0));
  const low = givenLow ?? (operator === 'count' ? 0 : -Math.abs(high));
  if (low > high) throw refused('/max', 'must not be below min');
  return { low, high };
}

function refused(path: string, message: string): OpslineError {
  const issue: Issue = { path, message };
  return new OpslineError('invalid-input', `The board cannot be made: ${path.slice(1)} ${message}.`, {
    issues: [issue],
  });
}

function refusedSeason(id: string, message: string): OpslineError {
  return new OpslineError('invalid-input', `The season ${id} cannot be added: it ${message}.`, {
    issues: [{ path: '/seasons', message: `${id} ${message}` }],
  });
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
