import type { Board, BoardSettings } from '../../../src/leaderboard/definition.ts';
import { windowsAt } from '../../leaderboard/oracle.ts';

/** Long enough that no event is late. */
const graceSeconds = 30 * 86_400;

/** Each operator once, each on the clock of another time zone. */
export const BOARDS: Readonly<Record<string, BoardSettings>> = {
  points: { operator: 'sum', decimals: 2, timeZone: 'Europe/Berlin', windows: ['all', 'day', 'week'], graceSeconds },
  sprint: { operator: 'best', direction: 'lower', timeZone: 'America/New_York', windows: ['all', 'day'], graceSeconds },
  form: { operator: 'latest', timeZone: 'Asia/Kolkata', windows: ['all', 'day'], graceSeconds },
  laps: { operator: 'count', timeZone: 'Australia/Lord_Howe', windows: ['all', 'month'], graceSeconds },
};

const PLAYERS = 3000;
const DAYS = 6;

/** Scores are integers: hundredths where the board has two decimals. Times are Unix milliseconds. */
export interface Scored {
  readonly player: string;
  readonly score: number;
  readonly time: number;
}

export interface ScoreBatch {
  readonly index: number;
  readonly board: string;
  readonly key: string;
  readonly events: readonly Scored[];
}

/** Batches of 500 to 2000 events, board by board in turn, of the last six days; the same for the same seed and `now`. */
export function* scoreBatches(events: number, now: number, seed: number): Generator<ScoreBatch> {
  const random = mulberry32(seed);
  const names = Object.keys(BOARDS);
  for (let left = events, index = 0; left > 0; index += 1) {
    const size = Math.min(left, 500 + Math.floor(random() * 1501));
    // Events of one batch were scored within an hour.
    const newest = now - Math.floor(random() * (DAYS * 86_400_000 - 3_600_000));
    yield {
      index,
      board: names[index % names.length] as string,
      key: `batch-${index}`,
      events: Array.from({ length: size }, () => ({
        // Few players send most events: the one of rank r about as often as 1/r.
        player: `player-${Math.floor(PLAYERS ** random())}`,
        score: Math.floor(random() * 2000) - 500,
        time: newest - Math.floor(random() * 3_600_000),
      })),
    };
    left -= size;
  }
}

/** The batch as producers send it. */
export function wire({ board, events }: ScoreBatch): string {
  const { operator, decimals = 0 } = BOARDS[board] as BoardSettings;
  return JSON.stringify(
    events.map(({ player, score, time }) => ({
      player,
      ...(operator === 'count' ? {} : { score: score / 10 ** decimals }),
      time: new Date(time).toISOString(),
    })),
  );
}

interface Own {
  score: bigint;
  time: number;
}

/** What the windows of a board must hold, kept event by event as each batch is made. */
export class Expected {
  readonly #board: Board;
  readonly #windows = new Map<string, { events: number; own: Map<string, Own> }>();
  readonly #named = new Map<number, string[]>();

  constructor(board: Board) {
    this.#board = board;
  }

  add({ events }: ScoreBatch): void {
    for (const event of events) {
      for (const id of this.#windowsAt(event.time)) {
        const window = this.#windows.get(id) ?? { events: 0, own: new Map<string, Own>() };
        this.#windows.set(id, window);
        window.events += 1;
        const score = this.#board.operator === 'count' ? 1n : BigInt(event.score);
        const own = window.own.get(event.player);
        if (own === undefined) window.own.set(event.player, { score, time: event.time });
        else this.#take(own, score, event.time);
      }
    }
  }

  get windows(): string[] {
    return [...this.#windows.keys()].sort();
  }

  eventsIn(window: string): number {
    return this.#windows.get(window)?.events ?? 0;
  }

  /** Players with their scaled scores, from the first rank on. */
  standings(window: string): [player: string, score: bigint][] {
    const { direction, windows } = this.#board;
    const sign = direction === 'higher' ? -1 : 1;
    const step = STEPS[windows.find(({ kind }) => kind === window.split(':')[0])?.resolution ?? 'ms'];
    return [...(this.#windows.get(window)?.own ?? [])]
      .sort(
        ([a, left], [b, right]) =>
          sign * Number(left.score - right.score) ||
          Math.floor(left.time / step) - Math.floor(right.time / step) ||
          (a < b ? -1 : 1),
      )
      .map(([player, { score }]) => [player, score]);
  }

  #take(own: Own, score: bigint, time: number): void {
    const { operator, direction } = this.#board;
    const better = direction === 'higher' ? score > own.score : score < own.score;
    if (operator === 'best') {
      if (better) Object.assign(own, { score, time });
      else if (score === own.score) own.time = Math.min(own.time, time);
    } else if (operator === 'latest') {
      if (time > own.time || (time === own.time && better)) Object.assign(own, { score, time });
    } else {
      own.score += score;
      own.time = Math.max(own.time, time);
    }
  }

  /** Clocks change at full quarters of an hour. */
  #windowsAt(time: number): string[] {
    const quarter = Math.floor(time / 900_000);
    const known = this.#named.get(quarter) ?? windowsAt(this.#board, time);
    this.#named.set(quarter, known);
    return known;
  }
}

const STEPS = { ms: 1, s: 1000, min: 60_000 };

/** The generator of Tommy Ettinger with 32 bits of state: numbers in [0, 1). */
export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
