import type { RedisClient } from '../../redis/client.ts';
import { boardKeys } from '../keys.ts';
import type { View } from '../series.ts';
import { DAY_MS, SLOT_MS, WATCHED_DAYS } from '../watch.ts';
import type { Window } from '../windows.ts';
import { type Burst, type Found, LISTED, shownZ } from './outliers.ts';
import { centerOf, describeCenter, modifiedZ, SMALLEST_SAMPLE, THRESHOLD } from './robust.ts';

/** Fewer events in ten minutes are no burst, however few others send. */
const FEWEST = 20;

/** How many events a source sent in a slot. */
export interface SourceCount {
  readonly source: string;
  /** Unix milliseconds. */
  readonly slot: number;
  readonly events: number;
}

/** Sources that sent far more than usual in some slot of a window, as far as the counts that `apply.lua` writes are kept. */
export async function readBursts(
  redis: RedisClient,
  prefix: string,
  { board, window }: View,
  now: number,
): Promise<Found<Burst> & { uncounted: number }> {
  const keys = boardKeys(prefix, board.id);
  const days = daysOf(window, now);
  const hashes: Record<string, string>[] = await Promise.all(days.map((day) => redis.hgetall(keys.sources(day))));
  const counts: SourceCount[] = [];
  let uncounted = 0;
  for (const [index, hash] of hashes.entries()) {
    for (const [field, events] of Object.entries(hash)) {
      const [slotOfDay, source] = split(field);
      const slot = (days[index] as number) * DAY_MS + slotOfDay * SLOT_MS;
      if (source === undefined) uncounted += Number(events);
      else if (slot < window.end && slot + SLOT_MS > window.start)
        counts.push({ source, slot, events: Number(events) });
    }
  }
  return { ...burstsOf(counts), uncounted };
}

/** The busiest slot of each source, where it is an outlier among all counts; the busiest sources first. Pure. */
export function burstsOf(counts: readonly SourceCount[]): Found<Burst> {
  const sorted = Float64Array.from(counts, ({ events }) => events).sort();
  const center = sorted.length < SMALLEST_SAMPLE ? undefined : centerOf(sorted);
  if (center === undefined) return { found: 0, listed: [] };
  const busiest = new Map<string, SourceCount>();
  for (const count of counts) {
    const known = busiest.get(count.source);
    if (known === undefined || isBusier(count, known)) busiest.set(count.source, count);
  }
  const found = [...busiest.values()]
    .filter(({ events }) => events >= FEWEST && modifiedZ(center, events) > THRESHOLD)
    .sort((a, b) => (isBusier(a, b) ? -1 : 1));
  const { median, deviation } = describeCenter(center, 0);
  const { measure } = center;
  const listed = found.slice(0, LISTED).map(({ source, slot, events }): Burst => {
    const [from, to] = [slot, slot + SLOT_MS].map((time) => new Date(time).toISOString()) as [string, string];
    const z = shownZ(modifiedZ(center, events));
    return {
      kind: 'burst',
      source,
      value: events,
      from,
      to,
      why:
        `${JSON.stringify(source)} sent ${events} events between ${from} and ${to}; the median of the ${counts.length} counts of sources ` +
        `in ten minutes is ${median}, their ${measure} absolute deviation from it ${deviation}: the modified z-score is ${z}, ` +
        `and above ${THRESHOLD} is unusual.`,
      evidence: { median, deviation, measure, z, counts: counts.length },
    };
  });
  return { found: found.length, listed };
}

function isBusier(a: SourceCount, b: SourceCount): boolean {
  return (
    a.events > b.events || (a.events === b.events && (a.slot < b.slot || (a.slot === b.slot && a.source < b.source)))
  );
}

/** The last UTC days of a window that may still be kept. */
function daysOf({ start, end }: Window, now: number): number[] {
  const last = Math.floor((Math.min(end, now + SLOT_MS) - 1) / DAY_MS);
  const first = Math.max(Math.floor(start / DAY_MS), last - WATCHED_DAYS);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

/** `14:name` is slot 14 of the source `name`; the empty field counts what found no room. */
function split(field: string): [slot: number, source: string | undefined] {
  const colon = field.indexOf(':');
  return colon < 0 ? [0, undefined] : [Number(field.slice(0, colon)), field.slice(colon + 1)];
}
