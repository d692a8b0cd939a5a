import { z } from 'zod';
import type { RedisClient } from '../redis/client.ts';
import type { Board } from './definition.ts';
import { boardKeys } from './keys.ts';
import { fromScaled } from './score.ts';

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
  const names =
    shown.length === 0 ? [] : await redis.hmget(keys.auditNames, ...shown.map(({ fields }) => `name:${fields.player}`));
  const scoreOf = (name: 'from' | 'to', text: string | undefined): { from?: number; to?: number } =>
    text ? { [name]: fromScaled(BigInt(text), board.decimals) } : {};
  return {
    entries: shown.map(({ id, fields: { who, action, window, player: digest, from, to, reason } }, index) => {
      const player = names[index] ?? null;
      return AuditEntry.parse({
        id,
        at: new Date(Number(id.split('-')[0])).toISOString(),
        who,
        action,
        ...(window ? { window } : {}),
        ...(player === null ? {} : { player }),
        digest,
        ...scoreOf('from', from),
        ...scoreOf('to', to),
        reason,
      });
    }),
    ...(found.length > limit ? { cursor: shown.at(-1)?.id as string } : {}),
  };
}

function pairs(flat: readonly string[]): Record<string, string> {
  return Object.fromEntries(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] as string]] : [])));
}
