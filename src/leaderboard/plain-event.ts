import type { ScoreEvent } from './events.ts';
import { plainTime } from './plain-time.ts';

/** An event whose time was read, Unix milliseconds. */
export type TimedEvent = Omit<ScoreEvent, 'time'> & { readonly time: number };

/** Texts of one byte a character, and shorter ones without surrogates: those need no look at their bytes. */
const PLAIN_ID = /^(?:[ -~]{1,128}|[ -~\u00a0-\ud7ff]{1,42})$/;
const FIELDS: ReadonlySet<string> = new Set(['player', 'score', 'time', 'id', 'source', 'sequence', 'metadata']);

/**
 * An event that came out of JSON and is written as nearly all are, as the schema `ScoreEvent` reads it, for a tenth of the cost;
 * undefined for any other, good or bad: about that only the schema can tell.
 */
export function plainEvent(raw: unknown): TimedEvent | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  for (const field in raw) if (!FIELDS.has(field)) return undefined;
  const { player, score, time, id, source, sequence, metadata } = raw as Partial<Record<keyof ScoreEvent, unknown>>;
  if (!isId(player) || typeof time !== 'string') return undefined;
  if (score !== undefined && !Number.isFinite(score)) return undefined;
  if (id !== undefined && !isId(id)) return undefined;
  if (source !== undefined && !isId(source)) return undefined;
  if (sequence !== undefined && !(Number.isSafeInteger(sequence) && (sequence as number) >= 0)) return undefined;
  if (metadata !== undefined && !isPlainObject(metadata)) return undefined;
  const instant = plainTime(time);
  if (instant === undefined) return undefined;
  return { player, score, time: instant, id, source, sequence, metadata } as TimedEvent;
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && PLAIN_ID.test(value);
}

/** An object without fields that JavaScript gives a meaning to. */
function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !Object.hasOwn(value, '__proto__') && !Object.hasOwn(value, 'constructor');
}
