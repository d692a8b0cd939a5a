import { z } from 'zod';
import type { RedisClient } from '../redis/client.ts';
import { runScript } from '../redis/script.ts';
import { forgetInAudit } from './audit.ts';
import type { Board } from './definition.ts';
import { boardKeys, short } from './keys.ts';
import { scripts } from './scripts.ts';
import { viewOf } from './series.ts';
import { recordSnapshot } from './snapshots.ts';
import { forgetJumps } from './statistics/jumps.ts';

/** What a deletion found. */
export const Forgotten = z.object({
  open: z.number().int().describe('Open windows that lost an entry'),
  closed: z.number().int().describe('Closed windows where the player’s place is kept without the player'),
});
export type Forgotten = z.infer<typeof Forgotten>;

/**
 * Deletes a player from all windows of a board, its jumps, and what its audit tells beside the digest. What is to be done is written down first, so
 * that the next pass of `closing.ts` finishes what a crash leaves; and all of it may be repeated.
 */
export async function forgetPlayer(
  redis: RedisClient,
  prefix: string,
  board: Board,
  player: string,
  { who, reason }: { readonly who: string; readonly reason: string },
): Promise<Forgotten> {
  const keys = boardKeys(prefix, board.id);
  await runScript(
    redis,
    scripts.forget,
    [keys.deletions, keys.audit, keys.auditNames],
    [player, short(player), who, reason],
  );
  return await deleteEverywhere(redis, prefix, board, player);
}

/** Finishes deletions that were begun. */
export async function finishDeletions(
  redis: RedisClient,
  prefix: string,
  board: Board,
  signal?: AbortSignal,
): Promise<void> {
  for (const player of await redis.smembers(boardKeys(prefix, board.id).deletions)) {
    await deleteEverywhere(redis, prefix, board, player, signal);
  }
}

async function deleteEverywhere(
  redis: RedisClient,
  prefix: string,
  board: Board,
  player: string,
  signal?: AbortSignal,
): Promise<Forgotten> {
  const keys = boardKeys(prefix, board.id);
  const found = { open: 0, closed: 0 };
  const changed: string[] = [];
  // Before the windows, so that no statistics computed meanwhile name the player.
  await forgetJumps(redis, prefix, board.id, player);
  await forgetInAudit(redis, prefix, board.id, player);
  // Open ones first: a window that is closed meanwhile then stands in the second list.
  for (const list of [keys.open, keys.closed]) {
    for (const window of await redis.zrange(list, '0', '-1')) {
      signal?.throwIfAborted();
      const was = await erasePlayer(redis, prefix, board, window, player);
      if (was === 'absent') continue;
      found[was] += 1;
      if (was === 'closed') changed.push(window);
    }
  }
  for (const window of changed) await recordSnapshot(redis, prefix, board, window, signal);
  await redis.srem(keys.deletions, player);
  return found;
}

/** Deletes a player from one window; in a closed one the place is kept, and its record is to be made again. */
export async function erasePlayer(
  redis: RedisClient,
  prefix: string,
  board: Board,
  window: string,
  player: string,
): Promise<'open' | 'closed' | 'absent'> {
  const keys = boardKeys(prefix, board.id);
  return (await runScript(
    redis,
    scripts.erase,
    [
      ...[keys.entries(window), keys.state(window), keys.times(window), keys.metadata(window), keys.scores(window)],
      ...[keys.statistics(window), keys.unrecorded],
    ],
    [window, player, viewOf(board, window).plan.unit, Number(board.denseRanks)],
  )) as 'open' | 'closed' | 'absent';
}
