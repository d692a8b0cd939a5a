import { OpslineError } from '../../errors.ts';
import { type Batch, isSettled } from '../../leaderboard/accept.ts';
import { MAX_EVENTS, MAX_NAMED } from '../../leaderboard/events.ts';

/** A batch may have so many bytes, as much as the API takes. */
const MAX_BYTES = 8 * 1024 * 1024;

/** Events as they are sent at once. */
export interface EventBatch {
  readonly body: string;
  readonly type: 'application/json' | 'application/x-ndjson';
  /** How many lines (NDJSON) or events (JSON) stand before it in what was given. */
  readonly before: number;
}

/**
 * Cuts events into batches that the API takes, always at the same places; what fits into one stays as it is. `text` is NDJSON or a JSON array.
 * Throws `invalid-input` when it is too long and no JSON.
 */
export function batchesOf(text: string): EventBatch[] {
  return text.trimStart().startsWith('[') ? arrayBatches(text) : lineBatches(text);
}

function lineBatches(text: string): EventBatch[] {
  const batches: EventBatch[] = [];
  const type = 'application/x-ndjson';
  let [begun, bytes, events, line, before] = [0, 0, 0, 0, 0];
  for (let at = 0; at < text.length; line += 1) {
    const end = text.indexOf('\n', at);
    const next = end === -1 ? text.length : end + 1;
    const own = Buffer.byteLength(text.slice(at, next));
    if (events === MAX_EVENTS || (bytes + own > MAX_BYTES && at > begun)) {
      batches.push({ body: text.slice(begun, at), type, before });
      [begun, bytes, events, before] = [at, 0, 0, line];
    }
    bytes += own;
    if (text.slice(at, next).trim() !== '') events += 1;
    at = next;
  }
  // What has no events is refused by the server, unless others have some.
  if (events > 0 || batches.length === 0) batches.push({ body: text.slice(begun), type, before });
  return batches;
}

function arrayBatches(text: string): EventBatch[] {
  const type = 'application/json';
  const whole = [{ body: text, type, before: 0 } as const];
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (cause) {
    if (Buffer.byteLength(text) <= MAX_BYTES) return whole;
    throw new OpslineError('invalid-input', 'The events are neither a JSON array nor NDJSON.', { cause });
  }
  if (!Array.isArray(values) || (values.length <= MAX_EVENTS && Buffer.byteLength(text) <= MAX_BYTES)) return whole;
  const batches: EventBatch[] = [];
  let [events, bytes]: [string[], number] = [[], 2];
  for (const [index, value] of values.entries()) {
    const event = JSON.stringify(value, finite);
    const own = Buffer.byteLength(event) + 1;
    if (events.length === MAX_EVENTS || (bytes + own > MAX_BYTES && events.length > 0)) {
      batches.push({ body: `[${events.join(',')}]`, type, before: index - events.length });
      [events, bytes] = [[], 2];
    }
    events.push(event);
    bytes += own;
  }
  batches.push({ body: `[${events.join(',')}]`, type, before: values.length - events.length });
  return batches;
}

function finite(_: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  throw new OpslineError('invalid-input', 'The events hold a number that is too large to be kept, such as 1e400.');
}

/** The key of a batch: the first one has the key that was given, so that changed events under it are found out. */
export function keyOf(key: string, index: number): string {
  return index === 0 ? key : `${key}/${index + 1}`;
}

/** Where in all that was given something stands that a batch has at `place` (`line 3, score`, `/2/score`, `#/2`). */
export function placeIn({ before }: EventBatch, place: string): string {
  return place.replace(/^(line |#?\/)(\d+)/, (_, kind: string, number: string) => `${kind}${Number(number) + before}`);
}

/** Several batches as one: numbers added up, parts counted on. */
export function together(batches: readonly (readonly [EventBatch, Batch])[]): Batch {
  const total = (what: (batch: Batch) => number): number => batches.reduce((sum, [, batch]) => sum + what(batch), 0);
  const skipped = batches.flatMap(([sent, { skipped }]) =>
    (skipped?.events ?? []).map(({ place, reason }) => ({ place: placeIn(sent, place), reason })),
  );
  let parts = 0;
  const refused = batches.flatMap(([, batch]) => {
    const before = parts;
    parts += batch.parts;
    return batch.refused.map(({ part, reason }) => ({ part: part + before, reason }));
  });
  const first = (batches[0] as (typeof batches)[number])[1];
  return {
    ...{ board: first.board, batch: first.batch },
    ...{ events: total(({ events }) => events), parts, applied: total(({ applied }) => applied) },
    ...{ late: total(({ late }) => late), refused, duplicate: batches.every(([, { duplicate }]) => duplicate) },
    ...(first.skipped === undefined
      ? {}
      : { skipped: { count: total(({ skipped }) => skipped?.count ?? 0), events: skipped.slice(0, MAX_NAMED) } }),
  };
}

/** What becomes of batches that are all sent. */
export function stateOf(batch: Batch): string {
  return isSettled(batch) && batch.refused.length === 0
    ? 'applied'
    : `${batch.applied} of ${batch.parts} parts applied so far`;
}
