import type { RedisClient } from '../../redis/client.ts';
import { boardKeys } from '../keys.ts';
import { decimalText, fromScaled, toScaled } from '../score.ts';
import type { View } from '../series.ts';
import { KEPT_JUMPS } from '../watch.ts';
import { type Found, type Jump, LISTED } from './outliers.ts';

interface Noted {
  readonly player: string;
  /** Scaled. */
  readonly from: bigint;
  readonly to: bigint;
  readonly size: bigint;
  readonly time: number;
}

/** Changes by one event that the board calls implausible, the largest first, in one read of the stream that `apply.lua` writes. */
export async function readJumps(
  redis: RedisClient,
  prefix: string,
  { board, window, plan }: View,
): Promise<Found<Jump>> {
  if (board.maxJump === undefined) return { found: 0, listed: [] };
  // The stream is trimmed roughly, by whole nodes of a hundred.
  const noted = await redis.xrevrange(boardKeys(prefix, board.id).jumps, '+', '-', 'COUNT', 2 * KEPT_JUMPS);
  const sign = BigInt(plan.sign);
  const found = noted
    .map(([, flat]) => fieldsOf(flat))
    .filter((fields) => fields.window === window.id)
    .map((fields): Noted => {
      const [from, to] = [sign * BigInt(fields.from as string), sign * BigInt(fields.to as string)];
      return {
        player: fields.player as string,
        from,
        to,
        size: to > from ? to - from : from - to,
        time: Number(fields.time),
      };
    })
    .sort((a, b) => (a.size === b.size ? b.time - a.time : a.size < b.size ? 1 : -1));
  const limit = {
    text: decimalText(BigInt(toScaled(board.maxJump, board.decimals)), board.decimals),
    is: board.maxJump,
  };
  return { found: found.length, listed: found.slice(0, LISTED).map((jump) => describe(jump, board.decimals, limit)) };
}

type Fields = Partial<Record<'player' | 'window' | 'from' | 'to' | 'time', string>>;

function fieldsOf(flat: readonly string[]): Fields {
  const fields: Record<string, string> = {};
  for (let index = 0; index < flat.length; index += 2) fields[flat[index] as string] = flat[index + 1] as string;
  return fields;
}

function describe(
  { player, from, to, size, time: at }: Noted,
  decimals: number,
  limit: { readonly text: string; readonly is: number },
): Jump {
  const time = new Date(at).toISOString();
  const text = (scaled: bigint): string => decimalText(scaled, decimals);
  const value = fromScaled(size, decimals);
  return {
    kind: 'jump',
    player,
    value,
    from: fromScaled(from, decimals),
    to: fromScaled(to, decimals),
    time,
    why:
      `One event of ${time} took ${JSON.stringify(player)} from ${text(from)} to ${text(to)}: a change of ${text(size)}, ` +
      `where the board calls at most ${limit.text} plausible.`,
    evidence: { maxJump: limit.is, times: Math.round((100 * value) / limit.is) / 100 },
  };
}

/**
 * Takes a player's jumps out of the stream, and out of the statistics that are kept, for a player who is to be forgotten. Returns how
 * many there were.
 */
export async function forgetJumps(redis: RedisClient, prefix: string, board: string, player: string): Promise<number> {
  const keys = boardKeys(prefix, board);
  const noted = await redis.xrange(keys.jumps, '-', '+');
  const own = noted.map(([id, flat]) => ({ id, ...fieldsOf(flat) })).filter((jump) => jump.player === player);
  if (own.length === 0) return 0;
  const windows = new Set(own.map(({ window = '' }) => window));
  const gone = await redis.xdel(keys.jumps, ...own.map(({ id }) => id));
  await redis.unlink(...[...windows].map((window) => keys.statistics(window)));
  return gone;
}
