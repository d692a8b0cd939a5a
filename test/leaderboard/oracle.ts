/**
 * Boards, slowly and plainly: keeps every event it was given and sorts them all for each answer. What the store says is
 * compared with this. It shares no code with the store beside the definition of a board; clocks are read with Intl.
 */
import type { Board } from '../../src/leaderboard/definition.ts';

export interface OracleEvent {
  readonly player: string;
  /** In the board's own units; for a counting board it is not looked at. */
  readonly score: number;
  readonly time: number;
  /** When its batch was accepted; by default in time for every window. */
  readonly acceptedAt?: number;
  /** The same for the same event, on a board that counts events once. */
  readonly id?: string;
  readonly metadata?: Record<string, unknown>;
}

export interface OracleEntry {
  readonly rank: number;
  readonly competitionRank: number;
  readonly denseRank: number;
  readonly player: string;
  readonly score: number;
  readonly metadata?: Record<string, unknown>;
}

const STEP = { ms: 1, s: 1000, min: 60_000 };
const QUARTER = 15 * 60_000;

/** The windows an event of this time belongs to. */
export function windowsAt(board: Board, time: number): string[] {
  return [
    ...board.windows.map(({ kind }) => windowId(board.timeZone, kind, time)),
    ...board.seasons
      .filter(({ start, end }) => time >= Date.parse(start) && time < Date.parse(end))
      .map(({ id }) => `season:${id}`),
  ];
}

/** The windows that events were counted in. */
export function windowsOf(board: Board, events: readonly OracleEvent[]): string[] {
  return [...new Set(counted(board, events).map(({ window }) => window))].sort();
}

/** How many events came too late for a window, over all windows. */
export function lateOf(board: Board, events: readonly OracleEvent[]): number {
  const all = once(board, events);
  return all.flatMap(({ time }) => windowsAt(board, time)).length - counted(board, events).length;
}

export function standings(board: Board, window: string, events: readonly OracleEvent[]): OracleEntry[] {
  const inWindow = counted(board, events)
    .filter((each) => each.window === window)
    .map(({ event }) => event);
  const resolution = resolutionOf(board, window);
  const rows = [...Map.groupBy(inWindow, ({ player }) => player)].map(([player, own]) => ({
    player,
    ...reduceOwn(board, own, resolution),
  }));
  rows.sort(
    (a, b) =>
      (board.direction === 'higher' ? b.score - a.score : a.score - b.score) ||
      step(a.time, resolution) - step(b.time, resolution) ||
      Buffer.compare(Buffer.from(a.player), Buffer.from(b.player)),
  );
  const kept = rows.slice(0, board.maxEntries ?? rows.length);
  return kept.map(({ player, score, metadata }, index) => ({
    rank: index + 1,
    competitionRank: 1 + kept.findIndex((row) => row.score === score),
    denseRank: new Set(kept.slice(0, index + 1).map((row) => row.score)).size,
    player,
    score,
    ...(metadata === undefined ? {} : { metadata }),
  }));
}

function counted(board: Board, events: readonly OracleEvent[]): { event: OracleEvent; window: string }[] {
  return once(board, events).flatMap(({ metadata, ...event }) =>
    windowsAt(board, event.time)
      .filter((window) => (event.acceptedAt ?? 0) < lateFrom(board, window, event.time))
      .map((window) => ({
        event: board.metadataBytes === 0 || metadata === undefined ? event : { ...event, metadata },
        window,
      })),
  );
}

/** The first of the events that are the same one. */
function once(board: Board, events: readonly OracleEvent[]): OracleEvent[] {
  if (board.dedupe === undefined) return [...events];
  return [...Map.groupBy(events, ({ id }) => id).values()].map(([first]) => first as OracleEvent);
}

function lateFrom(board: Board, window: string, time: number): number {
  if (window === 'all') return Number.POSITIVE_INFINITY;
  const season = board.seasons.find(({ id }) => window === `season:${id}`);
  return (
    (season === undefined ? endOf(board.timeZone, window, time) : Date.parse(season.end)) + board.graceSeconds * 1000
  );
}

const ends = new Map<string, number>();

/** Walks on by quarters of an hour until the clock shows another window. */
function endOf(zone: string, window: string, time: number): number {
  const key = `${zone} ${window}`;
  let end = ends.get(key);
  if (end === undefined) {
    const kind = window.split(':')[0] as Board['windows'][number]['kind'];
    end = Math.floor(time / QUARTER) * QUARTER;
    while (windowId(zone, kind, end) === window) end += QUARTER;
    ends.set(key, end);
  }
  return end;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const digits = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', hourCycle: 'h23' } as const;
  return new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset', ...digits });
}

function windowId(zone: string, kind: Board['windows'][number]['kind'], time: number): string {
  if (kind === 'all') return 'all';
  const format = formats.get(zone) ?? clockOf(zone);
  formats.set(zone, format);
  const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, value]));
  const date = `${parts.year}-${parts.month}-${parts.day}`;
  if (kind === 'day') return `day:${date}`;
  if (kind === 'month') return `month:${date.slice(0, 7)}`;
  if (kind === 'hour') return `hour:${date}T${parts.hour}${parts.timeZoneName?.replace(/^GMT([+-]00:00)?/, '') || 'Z'}`;
  // The week of a date is that of its Thursday, counted from the first Thursday of the year (ISO 8601).
  const day = new Date(`${date}T00:00:00Z`);
  const thursday = new Date(day.getTime() + (4 - (day.getUTCDay() || 7)) * 86_400_000);
  const year = thursday.getUTCFullYear();
  const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * 86_400_000));
  return `week:${year}-W${String(week).padStart(2, '0')}`;
}

function resolutionOf(board: Board, window: string): keyof typeof STEP | undefined {
  const [kind, name] = window.split(':');
  return kind === 'season'
    ? board.seasons.find(({ id }) => id === name)?.resolution
    : board.windows.find((candidate) => candidate.kind === kind)?.resolution;
}

type Own = { score: number; time: number; metadata?: Record<string, unknown> };

function reduceOwn(board: Board, own: readonly OracleEvent[], resolution: keyof typeof STEP | undefined): Own {
  const last = Math.max(...own.map(({ time }) => time));
  const isBetter = (a: number, b: number): boolean => (board.direction === 'higher' ? a > b : a < b);
  const bestOf = (events: readonly OracleEvent[]): number =>
    events.map(({ score }) => score).reduce((best, score) => (isBetter(score, best) ? score : best));
  switch (board.operator) {
    case 'best': {
      const score = bestOf(own);
      const time = Math.min(...own.filter((event) => event.score === score).map((event) => event.time));
      const makers = own.filter(
        (event) => event.score === score && step(event.time, resolution) === step(time, resolution),
      );
      return { score, time, ...metadataOf(makers) };
    }
    case 'latest': {
      const score = bestOf(own.filter(({ time }) => time === last));
      return { score, time: last, ...metadataOf(own.filter((event) => event.time === last && event.score === score)) };
    }
    case 'sum': {
      const factor = 10 ** board.decimals;
      const scaled = own.reduce((sum, { score }) => sum + BigInt(Math.round(score * factor)), 0n);
      const makers = own.filter(({ time }) => step(time, resolution) === step(last, resolution));
      return { score: Number(scaled) / factor, time: last, ...metadataOf(makers) };
    }
    case 'count': {
      const makers = own.filter(({ time }) => step(time, resolution) === step(last, resolution));
      return { score: own.length, time: last, ...metadataOf(makers) };
    }
  }
}

/** Of events that made an entry together, the metadata whose text sorts first; none comes before any. */
function metadataOf(makers: readonly OracleEvent[]): Pick<Own, 'metadata'> {
  const texts = makers.map(({ metadata }) => (metadata === undefined ? '' : JSON.stringify(metadata)));
  const [first] = texts.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return first === undefined || first === '' ? {} : { metadata: JSON.parse(first) };
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
