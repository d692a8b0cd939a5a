import { z } from 'zod';
import { OpslineError } from '../../errors.ts';
import type { View } from '../series.ts';

/**
 * A place in the order of a window: the sort key and the player of the last entry of a page. The next page is what comes after it,
 * wherever that entry has gone meanwhile.
 */
export interface Cursor {
  /** A whole number, as Redis writes it. */
  readonly key: string;
  readonly player: string;
}

// A deleted player's place has a name that no player can have (`deleted.ts`).
const Kept = z.tuple([z.string(), z.string().regex(/^-?\d{1,16}$/), z.string().min(1).max(256)]);

/** What callers hand back as it is: base64url of the window's id, the sort key and the player. */
export function writeCursor({ window }: View, { key, player }: Cursor): string {
  return Buffer.from(JSON.stringify([window.id, key, player])).toString('base64url');
}

/** Throws `invalid-request` for a text that is no cursor, or one of another window. */
export function readCursor({ board, window }: View, text: string): Cursor {
  const kept = Kept.safeParse(parsed(text));
  if (!kept.success) {
    throw new OpslineError('invalid-request', 'The cursor is none. Send what `next` of a page before said, unchanged.');
  }
  const [id, key, player] = kept.data;
  if (id !== window.id) {
    throw new OpslineError(
      'invalid-request',
      `The cursor belongs to ${id} of a board, not to ${window.id} of ${board.id}. Name that window, or begin without a cursor.`,
    );
  }
  return { key, player };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
}
