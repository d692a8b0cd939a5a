import { z } from 'zod';
import type { RedisClient } from '../../redis/client.ts';
import { runScript, type Script } from '../../redis/script.ts';
import { requireKept } from '../dropped.ts';
import { type BoardKeys, boardKeys } from '../keys.ts';
import type { View } from '../series.ts';

/**
 * Something to know of a window: one script that answers it, and so one round trip. The first key of every script is the state of
 * the window, the first argument the version that the caller knows, and the first thing it answers the version it read
 * (`version-of.lua`).
 */
export interface Read<T> {
  readonly script: Script;
  /** The window that it is compared with: the version is then those of both, joined by `~`. */
  compared?(view: View): View;
  /** The keys behind the state. */
  keys(view: View, keys: BoardKeys): readonly string[];
  /** The arguments behind the known version. */
  args(view: View): readonly (string | number)[];
  /** What the script said behind the version. */
  answer(view: View, reply: readonly unknown[], state: WindowState): T;
}

/** What every page says of the window it was read from. */
export const WindowState = z.object({
  board: z.string(),
  window: z.string().describe('Id of the window, also where it was asked for by its kind'),
  revision: z.number().int().describe('Rises with every change of the window'),
  closed: z.number().int().optional().describe('Number of the snapshot, once the window is closed and changes no more'),
});
export type WindowState = z.infer<typeof WindowState>;

export interface Answer<T> {
  /** Names what was read: the same read of the same window gives the same answer while it has this version. */
  readonly version: string;
  /** Whether every window it was read from is closed: it then only changes when a player is deleted. */
  readonly closed: boolean;
  /** Undefined when the window still has the version that the caller knows. */
  readonly value: T | undefined;
}

/** Reads a window in one round trip; with `known` nothing is read while it has that version. Throws `window-dropped`. */
export async function runRead<T>(
  redis: RedisClient,
  prefix: string,
  view: View,
  read: Read<T>,
  known = '',
): Promise<Answer<T>> {
  const keys = boardKeys(prefix, view.board.id);
  const reply = await runScript(
    redis,
    read.script,
    [keys.state(view.window.id), ...read.keys(view, keys)],
    [known, ...read.args(view)],
  );
  const [version, ...rest] = reply as [string, ...unknown[]];
  // A window of no revision has nothing, or nothing any more.
  const [own = '', other] = version.split('~');
  if (isEmpty(own)) await requireKept(redis, prefix, view);
  if (other !== undefined && isEmpty(other) && read.compared !== undefined)
    await requireKept(redis, prefix, read.compared(view));
  const closed = version.split('~').every((each) => each.includes('.'));
  if (version === known) return { version, closed, value: undefined };
  return { version, closed, value: read.answer(view, rest, stateOf(view, version)) };
}

function isEmpty(version: string): boolean {
  return version === '0' || version.startsWith('0.');
}

function stateOf({ board, window }: View, version: string): WindowState {
  const [revision, closed] = (version.split('~')[0] ?? '').split('.');
  return {
    board: board.id,
    window: window.id,
    revision: Number(revision),
    ...(closed === undefined ? {} : { closed: Number(closed) }),
  };
}
