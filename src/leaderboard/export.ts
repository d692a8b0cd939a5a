import type { RedisClient } from '../redis/client.ts';
import { checksum, type Scanned, scanWindow } from './scan.ts';
import { fromScaled } from './score.ts';
import type { View } from './series.ts';

/**
 * A whole window as lines of JSON: first `{ board, window, revision, closed? }`, then each entry, best first, at last
 * `{ entries, revision, consistent, checksum }`. `consistent` says that nothing changed meanwhile, so that every entry stands there
 * once; of a closed window only a deletion changes something. Without the last line the export is not whole.
 */
export async function* exportLines(redis: RedisClient, prefix: string, view: View): AsyncGenerator<string, void> {
  const { board, window } = view;
  const sum = checksum(board.decimals);
  let first: number | undefined;
  let revision = 0;
  let count = 0;
  let consistent = true;
  for await (const page of scanWindow(redis, prefix, view)) {
    if (first === undefined) {
      first = page.revision;
      const closed = page.closed === undefined ? {} : { closed: page.closed };
      yield line({ board: board.id, window: window.id, revision: first, ...closed });
    }
    revision = page.revision;
    consistent &&= revision === first;
    sum.add(page.entries);
    yield page.entries.map((entry, index) => line(entryOf(view, entry, count + index + 1))).join('');
    count += page.entries.length;
  }
  yield line({ entries: count, revision, consistent, checksum: sum.hex() });
}

function entryOf({ board, plan, window }: View, { player, score, steps, metadata }: Scanned, rank: number): object {
  return {
    rank,
    ...(player === undefined ? { player: '', deleted: true } : { player }),
    score: fromScaled(score, board.decimals),
    steps,
    ...(plan.resolutionMs === undefined
      ? {}
      : { time: new Date(window.start + steps * plan.resolutionMs).toISOString() }),
    ...(metadata === undefined ? {} : { metadata: JSON.parse(metadata) as unknown }),
  };
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
