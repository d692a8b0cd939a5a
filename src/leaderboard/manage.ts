import { z } from 'zod';
import { OpslineError } from '../errors.ts';
import type { RedisClient } from '../redis/client.ts';
import { runScript } from '../redis/script.ts';
import type { Board } from './definition.ts';
import { requireKept } from './dropped.ts';
import { JsonValue, MAX_SKEW_MS } from './events.ts';
import { keptMetadata } from './kept-metadata.ts';
import { boardKeys, short } from './keys.ts';
import { scaledRange } from './plan.ts';
import { fromScaled, toScaled } from './score.ts';
import { scripts } from './scripts.ts';
import { lateFrom, type View } from './series.ts';
import { stepsOf } from './sort-key.ts';
import { Time } from './windows.ts';

export const Reason = z
  .string()
  .trim()
  .min(1)
  .max(500)
  .regex(/^\P{Cc}*$/u, 'must hold no control characters')
  .describe('Why, for whoever reads the audit');

/** What an entry is to be. */
export const Correction = z.strictObject({
  score: z.number().describe('The score (for sum and count: the total) that the entry is to have'),
  time: Time.optional().describe(
    'When it counts as reached: within the window, and at most five minutes ahead. Default: as before; for a new entry, now or the last moment',
  ),
  metadata: z
    .record(z.string(), JsonValue)
    .nullable()
    .optional()
    .describe('What the entry is to carry; null: nothing. Default: what it carries'),
  reason: Reason,
});
export type Correction = z.infer<typeof Correction>;

/** Who changes something, and why. */
export interface Because {
  /** Name of the token, or `local`. */
  readonly who: string;
  readonly reason: string;
}

/**
 * Sets a player's entry in an open window, one script with its audit entry; one that has had no event yet is opened, as an event of now
 * would. Throws `invalid-input` when the board cannot have such an entry, `window-closed` when the window takes nothing any more,
 * `window-dropped`, and `window-not-found` when it has not begun.
 */
export async function correctEntry(
  redis: RedisClient,
  prefix: string,
  view: View,
  player: string,
  { score, time, metadata, reason }: Correction,
  who: string,
): Promise<void> {
  const { board, window, plan } = view;
  const scaled = scaledScore(board, score);
  const given = time === undefined ? undefined : Date.parse(time);
  if (given !== undefined && !(given >= window.start && given < window.end)) {
    throw refused('/time', `must lie in ${window.id}`);
  }
  const now = Date.now();
  if (given !== undefined && given > now + MAX_SKEW_MS)
    throw refused('/time', 'is more than five minutes in the future');
  const begun = window.start <= now + MAX_SKEW_MS;
  const opened = begun && now < lateFrom(board, window);
  const at = given ?? Math.min(Math.max(now, window.start), window.end - 1);
  const keys = boardKeys(prefix, board.id);
  const answer = await runScript(
    redis,
    scripts.correct,
    [
      ...[keys.open, keys.entries(window.id), keys.state(window.id), keys.times(window.id), keys.metadata(window.id)],
      ...[keys.scores(window.id), keys.audit, keys.auditNames],
    ],
    [
      ...[window.id, player, short(player), who, reason],
      ...[plan.unit, plan.sign, Number(board.denseRanks), board.maxEntries ?? 0],
      ...[plan.sign * scaled, stepsOf(plan, window.start, at), Number(given !== undefined)],
      ...[board.operator === 'latest' ? at : '', metadataText(board, metadata), Number(metadata !== undefined)],
      ...[window.start, plan.resolutionMs ?? 0, opened ? (window.kind === 'all' ? '+inf' : window.end) : ''],
    ],
  );
  if (answer === 'closed' || answer === 'absent') {
    await requireKept(redis, prefix, view);
    if (answer === 'closed' || begun) throw closed(board, window.id);
    throw new OpslineError('window-not-found', `${window.id} of the board ${board.id} has not begun.`);
  }
  if (answer === 'full') {
    throw refused('/score', `is worse than those of the ${board.maxEntries} entries that the window keeps`);
  }
}

/** Takes a player's entry out of an open window, as {@link correctEntry}. Throws `player-not-found`, `window-closed` and `window-dropped`. */
export async function removeEntry(
  redis: RedisClient,
  prefix: string,
  view: View,
  player: string,
  { who, reason }: Because,
): Promise<void> {
  const { board, window, plan } = view;
  const { id } = window;
  const keys = boardKeys(prefix, board.id);
  const answer = await runScript(
    redis,
    scripts.remove,
    [
      ...[keys.entries(id), keys.state(id), keys.times(id), keys.metadata(id), keys.scores(id)],
      ...[keys.audit, keys.auditNames],
    ],
    [
      ...[id, player, short(player), who, reason, plan.unit, plan.sign, Number(board.denseRanks)],
      ...[window.start, plan.resolutionMs ?? 0],
    ],
  );
  if (answer === 'closed' || answer === 'absent') await requireKept(redis, prefix, view);
  if (answer === 'closed') throw closed(board, id);
  if (answer === 'absent') {
    throw new OpslineError(
      'player-not-found',
      `${JSON.stringify(player)} has no entry in ${id} of the board ${board.id}.`,
    );
  }
}

function scaledScore(board: Board, score: number): number {
  const { low, high } = scaledRange(board);
  const scaled = toScaled(score, board.decimals);
  if (typeof scaled === 'string') throw refused('/score', scaled);
  if (scaled >= low && scaled <= high) return scaled;
  const [least, most] = [low, high].map((end) => fromScaled(end, board.decimals));
  throw refused('/score', `must be from ${least} to ${most}`);
}

function metadataText({ metadataBytes }: Board, metadata: Correction['metadata']): string {
  if (metadata === undefined || metadata === null) return '';
  const kept = keptMetadata(metadata, metadataBytes);
  if ('wrong' in kept) throw refused('/metadata', kept.wrong);
  return kept.text;
}

function closed(board: Board, window: string): OpslineError {
  return new OpslineError(
    'window-closed',
    `${window} of the board ${board.id} is closed: its entries do not change any more.`,
  );
}

function refused(path: string, message: string): OpslineError {
  return new OpslineError('invalid-input', `The entry cannot be set: ${path.slice(1)} ${message}.`, {
    issues: [{ path, message }],
  });
}
