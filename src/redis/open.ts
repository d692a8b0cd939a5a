import { resolve } from 'node:path';
import { openPrivateRedis } from './private.ts';

export interface OpenRedis {
  readonly url: string;
  /** Whether it is a private one that no other opsline process used when it was opened. */
  readonly alone: boolean;
  /** Stops a private one that no other opsline process uses any more. */
  close(): Promise<void>;
}

/**
 * The Redis to use: the one at `url` where given, else the private one of `folder`, which all opsline processes of that
 * folder share; `onRestart` hears when that had ended and was started again. Throws `program-missing` and `redis-unavailable`.
 */
export async function openRedis(
  url: string | undefined,
  folder: string,
  onRestart?: (message: string) => void,
): Promise<OpenRedis> {
  if (url !== undefined) return { url, alone: false, close: async () => {} };
  return openPrivateRedis(resolve(folder), onRestart);
}
