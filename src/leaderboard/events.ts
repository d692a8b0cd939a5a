import { z } from 'zod';
import { type Issue, OpslineError } from '../errors.ts';
import type { Board } from './definition.ts';
import { keptMetadata } from './kept-metadata.ts';
import { NOT_JSON } from './ndjson.ts';
import { plainEvent, type TimedEvent } from './plain-event.ts';
import { scaledRange } from './plan.ts';
import { exactLimit, fromScaled, toScaled } from './score.ts';
import { EARLIEST, LATEST, Time } from './windows.ts';

/** A batch may have this many events. */
export const MAX_EVENTS = 10_000;
/** An answer names this many bad events; more help nobody. */
export const MAX_NAMED = 20;
/** How far a producer's clock may be ahead of ours, milliseconds. */
export const MAX_SKEW_MS = 5 * 60_000;
const MAX_ID_BYTES = 128;

const Id = z
  .string()
  .min(1)
  .regex(/^\P{Cc}*$/u, 'must hold no control characters')
  .refine((id) => id.isWellFormed(), 'must be well-formed Unicode')
  .refine((id) => id.length * 3 <= MAX_ID_BYTES || Buffer.byteLength(id) <= MAX_ID_BYTES, {
    message: `must be at most ${MAX_ID_BYTES} bytes of UTF-8`,
  });

export const PlayerId = Id;

/** What players' metadata may hold. It comes out of JSON, so nothing of it needs to be looked at. */
export const JsonValue = z.unknown();

/** One score event as producers send it. */
export const ScoreEvent = z.strictObject({
  player: PlayerId.describe('1 to 128 bytes of UTF-8 without control characters'),
  score: z.number().optional().describe('What was scored (for sum: what is added); absent on a board that counts'),
  time: Time.describe('When it happened, RFC 3339: decides the windows it belongs to'),
  id: Id.optional().describe('What tells the event from all others, on a board that counts events once by their id'),
  source: Id.optional().describe('Who sends it, such as a game server; statistics look for bursts from one source'),
  sequence: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe('Its number in the source, on a board that counts events once by their sequence'),
  metadata: z.record(z.string(), JsonValue).optional().describe('Kept with the entry that this event makes; small'),
});
export type ScoreEvent = z.infer<typeof ScoreEvent>;

/**
 * Checked events as columns: players, scaled scores, and times in Unix milliseconds; and, where the board or the events have
 * them, what recognises an event when it comes again, its source, and its metadata as JSON (empty: none).
 */
export interface Events {
  players: string[];
  scores: number[];
  times: number[];
  ids?: string[] | undefined;
  sequences?: number[] | undefined;
  sources?: string[] | undefined;
  metadata?: string[] | undefined;
}

/** Where an event stands in what was sent, for messages: `/3` in a JSON array, `line 4` in NDJSON. */
export type Place = (index: number) => string;
export const inArray: Place = (index) => `/${index}`;

export interface Sifted {
  /** The good events. */
  readonly events: Events;
  /** Where the bad ones stood in the batch, from 0. */
  readonly bad: readonly number[];
  /** What is wrong with the first of them. */
  readonly named: readonly { readonly place: string; readonly wrong: Wrong }[];
}

/**
 * Checks a whole batch before anything of it is stored. `now` is Unix milliseconds. Throws `invalid-input` naming each bad
 * event (the first twenty) and why, and `payload-too-large` above {@link MAX_EVENTS}.
 */
export function checkEvents(board: Board, batch: readonly unknown[], now: number, place: Place = inArray): Events {
  const { events, bad, named } = siftEvents(board, batch, now, place);
  if (bad.length > 0)
    throw refusal(`${bad.length} of ${batch.length} events cannot be taken, and so none was stored`, named);
  return events;
}

/** Checks each event of a batch. Throws as {@link checkEvents} does for a batch of none or too many. */
export function siftEvents(board: Board, batch: readonly unknown[], now: number, place: Place): Sifted {
  if (batch.length === 0) throw new OpslineError('invalid-input', 'The batch has no events.');
  if (batch.length > MAX_EVENTS) {
    throw new OpslineError(
      'payload-too-large',
      `The batch has ${batch.length} events; at most ${MAX_EVENTS} are taken at once. Split it.`,
    );
  }
  const events = emptyEvents(board);
  const take = taking(board, now, events);
  const bad: number[] = [];
  const named: { place: string; wrong: Wrong }[] = [];
  for (const [index, raw] of batch.entries()) {
    const wrong = take(raw);
    if (wrong === undefined) continue;
    bad.push(index);
    if (named.length < MAX_NAMED) named.push({ place: place(index), wrong });
  }
  if (events.sources?.every((source) => source === '')) delete events.sources;
  if (events.metadata?.every((text) => text === '')) delete events.metadata;
  return { events, bad, named };
}

/** `invalid-input` for events that cannot be taken. */
export function refusal(what: string, named: Sifted['named']): OpslineError {
  const issues: Issue[] = named
    .flatMap(({ place, wrong }) => wrong.map(([field, message]) => ({ path: at(place, field), message })))
    .slice(0, MAX_NAMED);
  const [first] = issues;
  return new OpslineError('invalid-input', `${what}. The first: ${first?.path}: ${first?.message}.`, { issues });
}

function at(place: string, field: string): string {
  if (field === '') return place;
  return place.startsWith('/') ? `${place}/${field}` : `${place}, ${field}`;
}

/** The columns of a part or batch at these places. */
export function selectEvents(events: Events, places: readonly number[]): Events {
  return mapColumns(events, <T>(column: readonly T[]) => places.map((place) => column[place] as T));
}

/** The columns of a batch from one place to before another. */
export function sliceEvents(events: Events, from: number, to: number): Events {
  return mapColumns(events, <T>(column: readonly T[]) => column.slice(from, to));
}

function mapColumns(events: Events, map: <T>(column: readonly T[]) => T[]): Events {
  const { players, scores, times, ids, sequences, sources, metadata } = events;
  return {
    players: map(players),
    scores: map(scores),
    times: map(times),
    ...(ids === undefined ? {} : { ids: map(ids) }),
    ...(sequences === undefined ? {} : { sequences: map(sequences) }),
    ...(sources === undefined ? {} : { sources: map(sources) }),
    ...(metadata === undefined ? {} : { metadata: map(metadata) }),
  };
}

function emptyEvents({ dedupe, metadataBytes }: Board): Events {
  return {
    players: [],
    scores: [],
    times: [],
    sources: [],
    ...(dedupe?.by === 'id' ? { ids: [] } : {}),
    ...(dedupe?.by === 'sequence' ? { sequences: [] } : {}),
    ...(metadataBytes > 0 ? { metadata: [] } : {}),
  };
}

/** What is wrong with an event: fields, and what about them. */
export type Wrong = [field: string, message: string][];

/** What takes one event after the other into columns, and says what is wrong with one that it cannot take. `now` is Unix milliseconds. */
function taking(board: Board, now: number, into: Events): (raw: unknown) => Wrong | undefined {
  const { low, high } = scaledRange(board);
  const limit = exactLimit(board.decimals);
  // A change of a total may be negative, and larger than either end of the range.
  const [least, most] = board.operator === 'sum' ? [-limit, limit] : [low, high];
  const range = `must be from ${fromScaled(least, board.decimals)} to ${fromScaled(most, board.decimals)}`;
  return (raw) => {
    if (raw === NOT_JSON) return [['', 'is not valid JSON']];
    const event = plainEvent(raw) ?? anyEvent(raw);
    if (Array.isArray(event)) return event;
    const { player, score, time, id, source, sequence, metadata } = event;
    const wrong: Wrong = [];
    if (!(time >= EARLIEST && time < LATEST)) wrong.push(['time', 'must be in the years 2015 to 2044']);
    else if (time > now + MAX_SKEW_MS) wrong.push(['time', 'is more than five minutes in the future']);
    const scaled = board.operator === 'count' ? counted(score) : scaledScore(score, board.decimals);
    if (typeof scaled === 'string') wrong.push(['score', scaled]);
    else if (board.operator !== 'count' && (scaled < least || scaled > most)) wrong.push(['score', range]);
    if (board.dedupe !== undefined) wrong.push(...missing(board, event));
    const kept = keptMetadata(metadata, board.metadataBytes);
    if ('wrong' in kept) wrong.push(['metadata', kept.wrong]);
    if ('wrong' in kept || wrong.length > 0 || typeof scaled === 'string') return wrong;
    into.players.push(player);
    into.scores.push(scaled);
    into.times.push(time);
    into.ids?.push(id as string);
    into.sequences?.push(sequence as number);
    into.sources?.push(source ?? '');
    into.metadata?.push(kept.text);
    return undefined;
  };
}

/** An event however it is written, or what is wrong with it. */
function anyEvent(raw: unknown): TimedEvent | Wrong {
  const parsed = ScoreEvent.safeParse(raw);
  if (!parsed.success) return parsed.error.issues.map((issue) => [issue.path.map(String).join('.'), issue.message]);
  // The schema passes it over, and nothing is left out silently.
  const { metadata } = raw as { metadata?: object };
  if (metadata !== undefined && Object.hasOwn(metadata, '__proto__'))
    return [['metadata', 'must not have a field named __proto__']];
  return { ...parsed.data, time: Date.parse(parsed.data.time) };
}

/** What a board that counts events once needs to recognise one, and it does not have. */
function missing({ dedupe }: Board, { id, source, sequence }: Pick<ScoreEvent, 'id' | 'source' | 'sequence'>): Wrong {
  if (dedupe?.by === 'id' && id === undefined) return [['id', 'is missing: the board counts events once by their id']];
  if (dedupe?.by !== 'sequence') return [];
  const wanted = { source, sequence };
  return Object.entries(wanted)
    .filter(([, value]) => value === undefined)
    .map(([field]) => [field, 'is missing: the board counts events once by source and sequence']);
}

function counted(score: number | undefined): number | string {
  return score === undefined ? 1 : 'must be left out: the board counts events';
}

function scaledScore(score: number | undefined, decimals: number): number | string {
  return score === undefined ? 'is missing' : toScaled(score, decimals);
}
