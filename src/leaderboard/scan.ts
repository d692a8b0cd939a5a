import { createHash } from 'node:crypto';
import { canonicalJson } from '../digest.ts';
import type { RedisClient } from '../redis/client.ts';
import { runScript } from '../redis/script.ts';
import { isDeleted } from './deleted.ts';
import { boardKeys } from './keys.ts';
import { decimalText } from './score.ts';
import { scripts } from './scripts.ts';
import type { View } from './series.ts';
import { decodeKey } from './sort-key.ts';

/** One script must not hold Redis for long: this many entries are read at a time … */
const PAGE = 1000;
/** … and this many when each may bring a kilobyte of metadata. */
const PAGE_WITH_METADATA = 250;

/** An entry as a scan finds it. */
export interface Scanned {
  /** Undefined once the player is deleted. */
  readonly player: string | undefined;
  /** Scaled. */
  readonly score: number;
  /** Steps of the tie-break since the start of the window (see `sort-key.ts`). */
  readonly steps: number;
  /** As JSON. */
  readonly metadata: string | undefined;
}

/** Entries of a window in order, and what the window was when they were read. */
export interface ScanPage {
  readonly revision: number;
  /** Number of the snapshot, once the window is closed. */
  readonly closed: number | undefined;
  readonly entries: readonly Scanned[];
}

/**
 * Reads a whole window in pages, at least one. Pages of one revision fit together; with another one, entries may come twice or be
 * missing. Entries of a closed window change only when a player is deleted, and never their places.
 */
export async function* scanWindow(
  redis: RedisClient,
  prefix: string,
  view: View,
  signal?: AbortSignal,
): AsyncGenerator<ScanPage, void> {
  const { board, window } = view;
  const keys = boardKeys(prefix, board.id);
  const from = [keys.entries(window.id), keys.state(window.id), keys.metadata(window.id)];
  const size = board.metadataBytes > 0 ? PAGE_WITH_METADATA : PAGE;
  for (let skip = 0; ; skip += size) {
    signal?.throwIfAborted();
    const reply = await runScript(redis, scripts.scan, from, [skip, size, Number(board.metadataBytes > 0)]);
    const [revision, closed, , flat, metadata] = reply as [
      string | null,
      string | null,
      number,
      string[],
      (string | null)[],
    ];
    yield {
      revision: Number(revision ?? 0),
      closed: closed === null ? undefined : Number(closed),
      entries: scanned(view, flat, metadata),
    };
    if (flat.length < 2 * size) return;
  }
}

function scanned({ plan }: View, flat: readonly string[], metadata: readonly (string | null)[]): Scanned[] {
  const entries: Scanned[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const member = flat[i] as string;
    const { score, steps } = decodeKey(plan, Number(flat[i + 1]));
    const player = isDeleted(member) ? undefined : member;
    entries.push({ player, score, steps, metadata: metadata[i / 2] ?? undefined });
  }
  return entries;
}

/**
 * SHA-256 of a window's entries. The text that is hashed has one line for each entry, best first: the JSON array
 * `[player, score, steps, metadata]` in canonical form (RFC 8785) and a line feed, in UTF-8. `player` is null once deleted, `score`
 * the decimal text with all the board's decimals, `steps` the tie-break, `metadata` null where there is none.
 */
export function checksum(decimals: number): { add(entries: readonly Scanned[]): void; hex(): string } {
  const hash = createHash('sha256');
  return {
    add(entries) {
      hash.update(entries.map((entry) => lineOf(entry, decimals)).join(''));
    },
    hex: () => hash.digest('hex'),
  };
}

function lineOf({ player, score, steps, metadata }: Scanned, decimals: number): string {
  // Texts and integers are canonical as JSON.stringify writes them; objects need their keys in order.
  const plain = JSON.stringify([player ?? null, decimalText(BigInt(score), decimals), steps]).slice(0, -1);
  return `${plain},${metadata === undefined ? 'null' : canonicalJson(JSON.parse(metadata))}]\n`;
}
