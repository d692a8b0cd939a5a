import { createHash } from 'node:crypto';
import type { Board } from './definition.ts';
import { type Events, selectEvents } from './events.ts';
import type { BoardKeys } from './keys.ts';

/** How a script recognises events that were applied before: where it looks, and what for. */
export interface Memory {
  readonly by: 'no' | 'id' | 'sequence';
  readonly keys: readonly string[];
  /** For each event its id, or the number of its bitmap in `keys` (from 1). */
  readonly items: readonly (string | number)[];
  /** For each event its bit in the bitmap. */
  readonly bits: readonly number[];
  readonly seconds: number;
}

/** Recognises nothing. */
export const NO_MEMORY: Memory = { by: 'no', keys: [], items: [], bits: [], seconds: 0 };

/** Sequence numbers that one bitmap holds: 4 KiB when all of them came. */
const BITS = 2 ** 15;

/**
 * What to look for. Ids are kept as 96 bits of SHA-256 in one set for each span of `hours`, by when their batch was accepted; the
 * sets before and behind are asked, too, so that an id is remembered at least that long, even by workers whose clocks differ.
 */
export function memoryOf({ dedupe }: Board, keys: BoardKeys, events: Events, acceptedAt: number): Memory {
  if (dedupe === undefined) return NO_MEMORY;
  const { by, hours } = dedupe;
  const seconds = hours * 3600;
  if (by === 'id') {
    const span = Math.floor(acceptedAt / (1000 * seconds));
    return {
      by,
      keys: [span - 1, span, span + 1].map((each) => keys.ids(each)),
      items: (events.ids ?? []).map(brief),
      bits: [],
      // Asked for until two spans from now; a third for parts that had to wait.
      seconds: 3 * seconds,
    };
  }
  const bitmaps = new Map<string, number>();
  const items: number[] = [];
  const bits: number[] = [];
  for (const [index, sequence] of (events.sequences ?? []).entries()) {
    const key = keys.sequences(events.sources?.[index] ?? '', Math.floor(sequence / BITS));
    const bitmap = bitmaps.get(key) ?? bitmaps.size + 1;
    bitmaps.set(key, bitmap);
    items.push(bitmap);
    bits.push(sequence % BITS);
  }
  return { by, keys: [...bitmaps.keys()], items, bits, seconds };
}

/** The first event of each id or sequence number in a part. */
export function withoutRepeats({ dedupe }: Board, events: Events): Events {
  if (dedupe === undefined) return events;
  const seen = new Set<string>();
  const places: number[] = [];
  for (let index = 0; index < events.players.length; index += 1) {
    const identity =
      dedupe.by === 'id'
        ? (events.ids?.[index] as string)
        : JSON.stringify([events.sources?.[index], events.sequences?.[index]]);
    if (seen.has(identity)) continue;
    seen.add(identity);
    places.push(index);
  }
  return places.length === events.players.length ? events : selectEvents(events, places);
}

/** Two of a thousand million ids fall together once in 10^11 boards. */
function brief(id: string): string {
  return createHash('sha256').update(id).digest().subarray(0, 12).toString('base64');
}
