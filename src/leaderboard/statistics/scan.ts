import type { RedisClient } from '../../redis/client.ts';
import { runScript } from '../../redis/script.ts';
import { type Entry, entriesOf } from '../entry.ts';
import { boardKeys } from '../keys.ts';
import { scripts } from '../scripts.ts';
import type { View } from '../series.ts';
import { decodeKey } from '../sort-key.ts';

/** One script must not hold Redis for long: this many entries are read at a time. */
const PAGE = 5000;
/** How often a scan starts again when events arrive meanwhile. */
const ATTEMPTS = 3;

/** All scores of a window and its first entries. */
export interface Scan {
  readonly revision: number;
  readonly consistent: boolean;
  readonly events: number;
  /** Scaled, best first. */
  readonly scores: Float64Array;
  readonly top: Entry[];
}

/**
 * Reads a whole window in pages; starts again, a few times, when events arrive meanwhile. A million scores take eight megabytes.
 */
export async function scanScores(
  redis: RedisClient,
  prefix: string,
  view: View,
  options: { readonly top: number; readonly signal?: AbortSignal },
): Promise<Scan> {
  let scan = await scanOnce(redis, prefix, view, options);
  for (let attempt = 1; attempt < ATTEMPTS && !scan.consistent; attempt += 1) {
    scan = await scanOnce(redis, prefix, view, options);
  }
  return scan;
}

async function scanOnce(
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
