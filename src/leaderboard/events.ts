import { z } from 'zod';
import { type Issue, OpslineError } from '../errors.ts';
import { type Board, scaledRange } from './definition.ts';
import { exactLimit, fromScaled, toScaled } from './score.ts';
import { EARLIEST, LATEST } from './windows.ts';

/** A batch may have this many events. */
export const MAX_EVENTS = 10_000;
/** How far a producer's clock may be ahead of ours, milliseconds. */
export const MAX_SKEW_MS = 5 * 60_000;
/** An answer names this many bad events; more help nobody. */
const MAX_ISSUES = 20;
const MAX_PLAYER_BYTES = 128;

export const PlayerId = z
  .string()
  .min(1)
  .regex(/^\P{Cc}*$/u, 'must hold no control characters')
  .refine((id) => id.isWellFormed(), 'must be well-formed Unicode')
  .refine((id) => id.length * 3 <= MAX_PLAYER_BYTES || Buffer.byteLength(id) <= MAX_PLAYER_BYTES, {
    message: `must be at most ${MAX_PLAYER_BYTES} bytes of UTF-8`,
  });

/** One score event as producers send it. */
export const ScoreEvent = z.strictObject({
  player: PlayerId.describe('1 to 128 bytes of UTF-8 without control characters'),
  score: z.number().optional().describe('What was scored (for sum: what is added); absent on a board that counts'),
  time: z.iso.datetime({ offset: true }).describe('When it happened, RFC 3339: decides the windows it belongs to'),
});
export type ScoreEvent = z.infer<typeof ScoreEvent>;

/** Checked events as columns: players, scaled scores, and times in Unix milliseconds. */
export const Events = z.object({
  players: z.array(z.string()),
  scores: z.array(z.number()),
  times: z.array(z.number()),
});
export type Events = z.infer<typeof Events>;

/** Where an event stands in what was sent, for messages: `/3` in a JSON array, `line 4` in NDJSON. */
export type Place = (index: number) => string;
export const inArray: Place = (index) => `/${index}`;

/**
 * Checks a whole batch before anything of it is stored. `now` is Unix milliseconds. Throws `invalid-input` naming each bad
 * event (the first twenty) and why, and `payload-too-large` above {@link MAX_EVENTS}.
 */
export function checkEvents(board: Board, batch: readonly unknown[], now: number, place: Place = inArray): Events {
  if (batch.length === 0) throw new OpslineError('invalid-input', 'The batch has no events.');
  if (batch.length > MAX_EVENTS) {
    throw new OpslineError(
      'payload-too-large',
      `The batch has ${batch.length} events; at most ${MAX_EVENTS} are taken at once. Split it.`,
    );
  }
  const check = eventCheck(board, now);
  const events: Events = { players: [], scores: [], times: [] };
  const issues: Issue[] = [];
  let bad = 0;
  for (const [index, raw] of batch.entries()) {
    const event = check(raw);
    if (Array.isArray(event)) {
      bad += 1;
      for (const [field, message] of event) {
        if (issues.length < MAX_ISSUES) issues.push({ path: at(place(index), field), message });
      }
      continue;
    }
    events.players.push(event.player);
    events.scores.push(event.score);
    events.times.push(event.time);
  }
  const [first] = issues;
  if (first === undefined) return events;
  throw new OpslineError(
    'invalid-input',
    `${bad} of ${batch.length} events cannot be taken, and so none was stored. The first: ${first.path}: ${first.message}.`,
    { issues },
  );
}

type Checked = { player: string; score: number; time: number };
type Wrong = [field: string, message: string][];

function eventCheck(board: Board, now: number): (raw: unknown) => Checked | Wrong {
  const { low, high } = scaledRange(board);
  const limit = exactLimit(board.decimals);
  // A change of a total may be negative, and larger than either end of the range.
  const [least, most] = board.operator === 'sum' ? [-limit, limit] : [low, high];
  const range = `must be from ${fromScaled(least, board.decimals)} to ${fromScaled(most, board.decimals)}`;
  return (raw) => {
    const parsed = ScoreEvent.safeParse(raw);
    if (!parsed.success) return parsed.error.issues.map((issue) => [issue.path.map(String).join('.'), issue.message]);
    const { player, score, time } = parsed.data;
    const wrong: Wrong = [];
    const instant = Date.parse(time);
    if (!(instant >= EARLIEST && instant < LATEST)) wrong.push(['time', 'must be in the years 2015 to 2044']);
    else if (instant > now + MAX_SKEW_MS) wrong.push(['time', 'is more than five minutes in the future']);
    const scaled = board.operator === 'count' ? counted(score) : scaledScore(score, board.decimals);
    if (typeof scaled === 'string') wrong.push(['score', scaled]);
    else if (board.operator !== 'count' && (scaled < least || scaled > most)) wrong.push(['score', range]);
    return wrong.length > 0 || typeof scaled === 'string' ? wrong : { player, score: scaled, time: instant };
  };
}

function counted(score: number | undefined): number | string {
  return score === undefined ? 1 : 'must be left out: the board counts events';
}

function scaledScore(score: number | undefined, decimals: number): number | string {
  return score === undefined ? 'is missing' : toScaled(score, decimals);
}

function at(place: string, field: string): string {
  if (field === '') return place;
  return place.startsWith('/') ? `${place}/${field}` : `${place}, ${field}`;
}
