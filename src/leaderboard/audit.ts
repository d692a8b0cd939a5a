import { z } from 'zod';
import type { RedisClient } from '../redis/client.ts';
import type { Board } from './definition.ts';
import { JsonValue } from './events.ts';
import { boardKeys, short } from './keys.ts';
import { fromScaled } from './score.ts';

const Metadata = z.record(z.string(), JsonValue);

/** What a person changed by hand. */
export const AuditEntry = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  who: z.string().describe('Name of the token, or `local` on a service that needs none'),
  action: z.enum(['correct', 'remove', 'forget']),
  window: z.string().optional().describe('Absent where all windows were meant'),
  player: z.string().optional().describe('Absent once the player is deleted'),
  digest: z.string().describe('Of the player: SHA-256, the first 16 bytes in base64url'),
  from: z.number().optional().describe('The score before'),
  to: z.number().optional().describe('The score since'),
  timeFrom: z.iso.datetime().optional().describe('When the entry counted as reached before, where times break ties'),
  timeTo: z.iso.datetime().optional().describe('When it counts as reached since'),
  metadataFrom: Metadata.optional().describe('What the entry carried before, where the change changed that'),
  metadataTo: Metadata.optional().describe('What it carries since, where the change changed that; absent: nothing'),
  reason: z.string(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

export const AuditPage = z.object({
  entries: z.array(AuditEntry).describe('Newest first'),
  cursor: z.string().optional().describe('Where the next page begins; absent on the last one'),
});
export type AuditPage = z.infer<typeof AuditPage>;

/** What a page begins behind. */
export const AuditCursor = z.string().regex(/^\d{1,20}-\d{1,20}$/, 'must be the cursor of a page before');

/** A page of the last ten thousand changes that people made by hand, newest first. */
export async function readAudit(
  redis: RedisClient,
  prefix: string,
  board: Board,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string },
): Promise<AuditPage> {
  const keys = boardKeys(prefix, board.id);
  const from = cursor === undefined ? '+' : `(${cursor}`;
  const found = await redis.xrevrange(keys.audit, from, '-', 'COUNT', limit + 1);
  const shown = found.slice(0, limit).map(([id, flat]) => ({ id, fields: pairs(flat) }));
  // What tells of a player lies beside the stream, and leaves it with the player.
  const asked = shown.flatMap(({ id, fields: { player } }) => [
    `name:${player}`,
    `before:${player}:${id}`,
    `after:${player}:${id}`,
  ]);
  const told = asked.length === 0 ? [] : await redis.hmget(keys.auditNames, ...asked);
  const scoreOf = (name: 'from' | 'to', text: string | undefined): { from?: number; to?: number } =>
    text ? { [name]: fromScaled(BigInt(text), board.decimals) } : {};
  return {
    entries: shown.map(({ id, fields: { who, action, window, player: digest, reason, ...change } }, index) => {
      const [player, before, after] = told.slice(3 * index, 3 * index + 3);
      return AuditEntry.parse({
        id,
        at: new Date(Number(id.split('-')[0])).toISOString(),
        who,
        action,
        ...(window ? { window } : {}),
        ...(player ? { player } : {}),
        digest,
        ...scoreOf('from', change.from),
        ...scoreOf('to', change.to),
        ...timeOf('timeFrom', change.timeFrom),
        ...timeOf('timeTo', change.timeTo),
        ...(before ? { metadataFrom: JSON.parse(before) } : {}),
        ...(after ? { metadataTo: JSON.parse(after) } : {}),
        reason,
      });
    }),
    ...(found.length > limit ? { cursor: shown.at(-1)?.id as string } : {}),
  };
}

/** Unix milliseconds of the stream; entries of before they were kept have none. */
function timeOf(name: 'timeFrom' | 'timeTo', text: string | undefined): { timeFrom?: string; timeTo?: string } {
  return text ? { [name]: new Date(Number(text)).toISOString() } : {};
}

const CHUNK = 1000;

/** Deletes what the audit tells of a player beside the digest in its stream: what entries carried. May be repeated. */
export async function forgetInAudit(redis: RedisClient, prefix: string, board: string, player: string): Promise<void> {
  const { auditNames } = boardKeys(prefix, board);
  let cursor = '0';
  do {
    const [next, flat] = await redis.hscan(auditNames, cursor, 'MATCH', `*:${short(player)}:*`, 'COUNT', CHUNK);
    const fields = flat.filter((_, i) => i % 2 === 0);
    if (fields.length > 0) await redis.hdel(auditNames, ...fields);
    cursor = next;
  } while (cursor !== '0');
}

function pairs(flat: readonly string[]): Record<string, string> {
  return Object.fromEntries(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] as string]] : [])));
}
