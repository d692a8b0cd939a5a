import { z } from 'zod';
import type { RedisClient } from '../redis/client.ts';
import { runScript } from '../redis/script.ts';
import { Entry, entriesOf } from './entry.ts';
import { boardKeys } from './keys.ts';
import { deviationOf, meanOf, momentsOf } from './moments.ts';
import { Percentile } from './reads/percentiles.ts';
import { fromScaled } from './score.ts';
import { scripts } from './scripts.ts';
import type { View } from './series.ts';
import { decodeKey } from './sort-key.ts';

/** The percentiles that statistics hold. */
export const PERCENTILES = [10, 25, 50, 75, 90, 95, 99] as const;

/** Statistics over the entries of one window, all read at one revision of it. */
export const Statistics = z.object({
  revision: z.number().int().describe('How many parts of batches had been applied to the window'),
  consistent: z
    .boolean()
    .describe('False when events kept arriving during the scan: entries that moved then may count twice or not at all'),
  events: z.number().int().describe('Events applied to the window, which are not its entries'),
  count: z.number().int().describe('Entries: players with at least one event'),
  scores: z
    .object({
      mean: z.number(),
      standardDeviation: z.number().describe('Of the whole population'),
      lowest: z.number(),
      highest: z.number(),
      percentiles: z.array(Percentile),
    })
    .optional()
    .describe('Absent without entries. Mean and deviation have two decimals more than scores'),
  ties: z
    .object({
      scores: z.number().int().describe('Scores that more than one entry has'),
      entries: z.number().int().describe('Entries that share their score with another'),
      largest: z.object({ score: z.number(), entries: z.number().int() }).optional(),
    })
    .describe('Entries of equal score, before times break ties'),
  top: z.array(Entry),
});
export type Statistics = z.infer<typeof Statistics>;

/** One script must not hold Redis for long: this many entries are read at a time. */
const PAGE = 5000;
/** How often a scan starts again when events arrive meanwhile. */
const ATTEMPTS = 3;

/** Reads a whole window in pages and computes its statistics with exact integers; keeps the `top` first entries. */
export async function computeStatistics(
  redis: RedisClient,
  prefix: string,
  view: View,
  options: { readonly top: number; readonly signal?: AbortSignal },
): Promise<Statistics> {
  let scan = await scanWindow(redis, prefix, view, options);
  for (let attempt = 1; attempt < ATTEMPTS && !scan.consistent; attempt += 1) {
    scan = await scanWindow(redis, prefix, view, options);
  }
  const { revision, consistent, events, scores, top } = scan;
  return {
    revision,
    consistent,
    events,
    count: scores.length,
    ...scoresOf(view, scores),
    ties: tiesOf(view, scores),
    top,
  };
}

interface Scan {
  readonly revision: number;
  readonly consistent: boolean;
  readonly events: number;
  /** Scaled, best first. */
  readonly scores: Float64Array;
  readonly top: Entry[];
}

async function scanWindow(
  redis: RedisClient,
  prefix: string,
  view: View,
  { top: wanted, signal }: { readonly top: number; readonly signal?: AbortSignal },
): Promise<Scan> {
  const keys = boardKeys(prefix, view.board.id);
  const from = [keys.entries(view.window.id), keys.state(view.window.id)];
  let scores = new Float64Array(0);
  let length = 0;
  let begun: { revision: number; events: number } | undefined;
  let consistent = true;
  let top: Entry[] = [];
  for (;;) {
    signal?.throwIfAborted();
    const reply = await runScript(redis, scripts.page, from, [length, PAGE]);
    const [revision, events, count, flat] = reply as [string | null, string | null, number, string[]];
    if (begun === undefined) {
      begun = { revision: Number(revision ?? 0), events: Number(events ?? 0) };
      scores = new Float64Array(count);
      // All of it stands in the first page unless a report of thousands is wanted.
      top = entriesOf(view, flat.slice(0, 2 * wanted), { first: 0, better: 0, different: 0 });
    } else if (Number(revision ?? 0) !== begun.revision) {
      consistent = false;
    }
    if (length + flat.length / 2 > scores.length) scores = grown(scores, length + flat.length / 2);
    for (let i = 1; i < flat.length; i += 2) scores[length++] = decodeKey(view.plan, Number(flat[i])).score;
    if (flat.length < 2 * PAGE) break;
  }
  const read = scores.subarray(0, length);
  // A moving window may yield pages out of order; what is computed from them needs the order.
  if (!consistent) read.sort((a, b) => (a - b) * view.plan.sign);
  return { ...begun, consistent, scores: read, top };
}

function grown(scores: Float64Array<ArrayBuffer>, atLeast: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.max(atLeast, scores.length * 2));
  larger.set(scores);
  return larger;
}

function scoresOf({ board, plan }: View, scores: Float64Array): Pick<Statistics, 'scores'> {
  const count = scores.length;
  if (count === 0) return {};
  const { decimals } = board;
  const moments = momentsOf(scores);
  // The lowest comes last where higher is better.
  const ascending = (place: number): number => scores[plan.sign === -1 ? count - place : place - 1] as number;
  const scoreAt = (place: number): number => fromScaled(ascending(place), decimals);
  return {
    scores: {
      mean: meanOf(moments, decimals, decimals + 2),
      standardDeviation: deviationOf(moments, decimals, decimals + 2),
      lowest: scoreAt(1),
      highest: scoreAt(count),
      percentiles: PERCENTILES.map((percentile) => ({
        percentile,
        score: scoreAt(Math.max(1, Math.ceil((count * percentile) / 100))),
      })),
    },
  };
}

function tiesOf({ board }: View, scores: Float64Array): Statistics['ties'] {
  let groups = 0;
  let entries = 0;
  let largest: { score: number; entries: number } | undefined;
  for (let start = 0; start < scores.length; ) {
    let end = start + 1;
    while (end < scores.length && scores[end] === scores[start]) end += 1;
    const size = end - start;
    if (size > 1) {
      groups += 1;
      entries += size;
      if (size > (largest?.entries ?? 1)) {
        largest = { score: fromScaled(scores[start] as number, board.decimals), entries: size };
      }
    }
    start = end;
  }
  return { scores: groups, entries, ...(largest === undefined ? {} : { largest }) };
}
