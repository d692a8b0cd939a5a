import { z } from 'zod';
import { OpslineError } from '../../errors.ts';
import type { RedisClient } from '../../redis/client.ts';
import type { Entry } from '../entry.ts';
import { Movers as MoversPage, movers } from '../reads/movers.ts';
import { runRead } from '../reads/read.ts';
import { type View, viewBefore } from '../series.ts';

/** The first entries of a window beside the window before it. All ranks are ordinal. */
export const Movers = MoversPage.pick({
  before: true,
  countBefore: true,
  entered: true,
  climbed: true,
  fallen: true,
  stayed: true,
}).extend({ revision: z.number().int().describe('Revision of the window before') });
export type Movers = z.infer<typeof Movers>;

/**
 * Movers among the first entries of a window; undefined where no window before it has entries, or none any more. Players who got another rank
 * since these entries were read are left out.
 */
export async function readMovers(
  redis: RedisClient,
  prefix: string,
  view: View,
  top: readonly Entry[],
): Promise<Movers | undefined> {
  if (top.length === 0 || viewBefore(view) === undefined) return undefined;
  const { version, value } = await runRead(redis, prefix, view, movers(top.length)).catch((error: unknown) => {
    if (error instanceof OpslineError && error.code === 'window-dropped') return { version: '', value: undefined };
    throw error;
  });
  if (value === undefined || value.countBefore === 0) return undefined;
  const { before, countBefore, entered, climbed, fallen, stayed } = value;
  const ranks = new Map(top.map(({ player, rank }) => [player, rank]));
  const stands = ({ player, rank }: Movers['entered'][number]): boolean => ranks.get(player) === rank;
  return {
    before,
    revision: Number.parseInt(version.split('~')[1] ?? '0', 10),
    countBefore,
    entered: entered.filter(stands),
    climbed: climbed.filter(stands),
    fallen: fallen.filter(stands),
    stayed,
  };
}
