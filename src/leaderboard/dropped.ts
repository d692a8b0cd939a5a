import { OpslineError } from '../errors.ts';
import type { RedisClient } from '../redis/client.ts';
import { boardKeys } from './keys.ts';
import type { View } from './series.ts';

/**
 * Throws `window-dropped` for a window that the board no longer keeps. What is remembered of dropped windows is, for each kind, the latest
 * end among them: whatever ended until then and is not there was dropped, or never had an event, which nobody can tell any more.
 */
export async function requireKept(
  redis: RedisClient,
  prefix: string,
  { board, window }: View,
  now: number = Date.now(),
): Promise<void> {
  // What has not ended was never closed. Nearly every window that is empty is one of those.
  if (window.end > now) return;
  const keys = boardKeys(prefix, board.id);
  const [state, until] = await Promise.all([
    redis.hmget(keys.state(window.id), 'revision', 'dropped'),
    redis.hget(keys.dropped, window.kind),
  ]);
  const [revision, dropped] = state;
  if (typeof revision === 'string') return;
  if (typeof dropped !== 'string' && (until === null || window.end > Number(until))) return;
  const kept =
    'days' in board.keep
      ? `closed windows for ${board.keep.days} days`
      : `the last ${board.keep.windows} closed windows of each kind`;
  throw new OpslineError(
    'window-dropped',
    `${window.id} of the board ${board.id} is not kept any more: the board keeps ${kept}. What it held is gone.`,
  );
}
