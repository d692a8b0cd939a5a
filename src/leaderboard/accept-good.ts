import { OpslineError } from '../errors.ts';
import { type AcceptContext, acceptBatch, type Batch, type Skipped } from './accept.ts';
import type { Board } from './definition.ts';
import { type Events, inArray, type Place, refusal, siftEvents } from './events.ts';
import { boardKeys } from './keys.ts';

/**
 * Accepts the good events of a batch and says which it skipped. Throws what `acceptBatch` does, and `invalid-input` when no event
 * is good.
 *
 * Whether an event lies too far in the future depends on when it is looked at. A batch that comes again under its key is judged as
 * it was at first, so that the same body stays the same batch.
 */
export async function acceptGood(
  context: AcceptContext,
  board: Board,
  batch: readonly unknown[],
  { now, key, place }: { readonly now: number; readonly key?: string; readonly place?: Place },
): Promise<Batch> {
  const accept = async (at: number): Promise<Batch> => {
    const { events, skipped, places } = goodEvents(board, batch, at, place);
    const accepted = await acceptBatch(context, board, events, {
      now: at,
      skipped: places,
      ...(key === undefined ? {} : { key }),
    });
    return { ...accepted, skipped };
  };
  try {
    return await accept(now);
  } catch (error) {
    if (!(error instanceof OpslineError) || key === undefined) throw error;
    if (error.code !== 'idempotency-conflict' && error.code !== 'invalid-input') throw error;
    const before = await context.redis.hget(boardKeys(context.prefix, board.id).batch(key), 'accepted');
    if (before === null || Number(before) === now) throw error;
    return accept(Number(before));
  }
}

/**
 * The good events of a batch, what was skipped, and where it stood. Throws `invalid-input` when there are none, and
 * `payload-too-large` above {@link MAX_EVENTS} good and bad ones.
 */
function goodEvents(
  board: Board,
  batch: readonly unknown[],
  now: number,
  place: Place = inArray,
): { events: Events; skipped: Skipped; places: readonly number[] } {
  const { events, bad, named } = siftEvents(board, batch, now, place);
  if (events.players.length === 0) throw refusal(`None of ${batch.length} events can be taken`, named);
  return {
    events,
    places: bad,
    skipped: {
      count: bad.length,
      events: named.map(({ place: at, wrong }) => ({
        place: at,
        reason: wrong.map(([field, message]) => (field === '' ? message : `${field} ${message}`)).join('; '),
      })),
    },
  };
}
