import { type Issue, OpslineError } from '../../errors.ts';
import type { RedisClient } from '../../redis/client.ts';
import { readBoard } from '../boards.ts';
import type { Board } from '../definition.ts';
import { countEvents, nameBadRows, readEvents } from './check.ts';
import { openDuck } from './duckdb.ts';
import { digestFiles, findFiles } from './files.ts';
import { foldEvents, targetsOf } from './fold.ts';
import { Gate, type Plan } from './gate.ts';
import { checkTotals, loadChanges, partsOf } from './load.ts';
import { openSources } from './rows.ts';
import { unreadable } from './unreadable.ts';

/** What an import is doing, and how far it is; `of` is 0 while nobody knows. */
export interface ImportProgress {
  readonly step: 'digest' | 'read' | 'fold' | 'load';
  readonly done: number;
  readonly of: number;
}

export interface ImportOptions {
  readonly redis: RedisClient;
  readonly prefix: string;
  readonly board: string;
  /** Paths that end in .parquet, .csv, .ndjson or .jsonl, the last three perhaps in .gz, too. */
  readonly files: readonly string[];
  /** What becomes of the import when some rows are no events: refuse it, or leave them out. */
  readonly onInvalid: 'refuse' | 'skip';
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Unix milliseconds; for tests. */
  readonly now?: number;
}

export interface ImportResult {
  readonly board: string;
  /** The key that the batch of the import has: `GET /v1/boards/{board}/batches/{key}` knows it. */
  readonly batch: string;
  readonly rows: number;
  readonly events: number;
  /** Rows left out because they are no events; the first of them are in `issues`. */
  readonly invalid: number;
  readonly issues: readonly Issue[];
  /** Events left out because one with the same identity is in the files, too. */
  readonly repeated: number;
  /** Windows that have such entries. */
  readonly windows: number;
  /** Entries that the events make or change, over all windows. */
  readonly changes: number;
  /** How often an event was not counted because its window is closed. */
  readonly late: number;
  /** Whether an earlier run had applied everything, some of it, or nothing. */
  readonly before: 'all' | 'some' | 'none';
  readonly seconds: { readonly read: number; readonly load: number; readonly total: number };
}

/**
 * Brings the events of files into a board, as if they had been sent live, one batch under a key that is made of what the files hold: the same import again
 * changes nothing, and one that was interrupted goes on. DuckDB reads and reduces them to one change for each window and player; the
 * script of every batch applies those. Throws `invalid-input` (bad rows, unless they are skipped; totals beyond the range), `program-missing`,
 * `board-not-found`, `idempotency-conflict`.
 */
export async function importFiles(options: ImportOptions): Promise<ImportResult> {
  const { redis, prefix, onInvalid, signal, onProgress = () => {} } = options;
  const started = performance.now();
  const files = await findFiles(options.files);
  const current = await readBoard(redis, prefix, options.board);
  const duck = await openDuck(
    files.map(({ path }) => path),
    signal,
  );
  try {
    const gate = await openGate(options, current, files);
    const begun = await gate.begun();
    const plan: Plan = begun?.plan ?? {
      now: options.now ?? Date.now(),
      seasons: current.seasons.map(({ id }) => id),
    };
    // A season that was added since is not part of the import: its parts would be others.
    const board = { ...current, seasons: current.seasons.filter(({ id }) => plan.seasons.includes(id)) };
    const sources = await openSources(duck, board, files);
    const reading = setInterval(() => onProgress({ step: 'read', done: Math.max(0, duck.percent()), of: 100 }), 500);
    onProgress({ step: 'read', done: 0, of: 100 });
    await readEvents(duck, board, sources, plan.now).finally(() => clearInterval(reading));
    const { rows, bad, span } = await countEvents(duck);
    const issues = bad === 0 ? [] : await nameBadRows(duck, board, sources, plan.now);
    if (bad > 0 && onInvalid === 'refuse') throw refused(rows, bad, issues);
    if (span === undefined) throw new OpslineError('invalid-input', 'The files hold no event.', { issues });
    const targets = targetsOf(board, span.first, span.last);
    const { changes, windows, repeated } = await foldEvents(duck, board, targets, (done, of) =>
      onProgress({ step: 'fold', done, of }),
    );
    const parts = partsOf(changes);
    if (begun === undefined) await checkTotals(duck, redis, prefix, board, targets);
    const read = performance.now();
    const applied = begun?.applied ?? new Set<number>();
    await gate.begin(plan, rows - bad - repeated, parts);
    const refresh = setInterval(() => void gate.refresh().catch(() => {}), 60_000);
    let done = 0;
    try {
      await loadChanges(duck, board, targets, {
        ...{ redis, prefix, batch: gate.batch, parts, applied, signal },
        onPart(more) {
          done += more;
          onProgress({ step: 'load', done, of: changes });
        },
      });
    } catch (error) {
      // Nothing more will happen by itself: windows need not wait for it.
      if (error instanceof OpslineError && error.code === 'invalid-input') await gate.abort();
      throw error;
    } finally {
      clearInterval(refresh);
    }
    const late = await gate.finish();
    const ended = performance.now();
    const seconds = { read: (read - started) / 1000, load: (ended - read) / 1000, total: (ended - started) / 1000 };
    const before = applied.size === 0 ? 'none' : applied.size === parts ? 'all' : 'some';
    const counts = { rows, events: rows - bad - repeated, invalid: bad, issues, repeated };
    return { board: board.id, batch: gate.batch, ...counts, windows, changes, late, before, seconds };
  } catch (error) {
    throw unreadable(error, files);
  } finally {
    await duck.close();
  }
}

/** Gives an import up: windows no longer wait for it. What it applied stays, and the same import can still go on. Returns whether it was under way. */
export async function abortImport(options: ImportOptions): Promise<boolean> {
  const { redis, prefix } = options;
  const board = await readBoard(redis, prefix, options.board);
  const gate = await openGate(options, board, await findFiles(options.files));
  return gate.abort();
}

async function openGate(
  { redis, prefix, signal, onProgress = () => {} }: ImportOptions,
  board: Board,
  files: Awaited<ReturnType<typeof findFiles>>,
): Promise<Gate> {
  const of = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  const digests = await digestFiles(
    files,
    (bytes) => {
      done += bytes;
      onProgress({ step: 'digest', done, of });
    },
    signal,
  );
  return new Gate(redis, prefix, board, digests);
}

function refused(rows: number, bad: number, issues: readonly Issue[]): OpslineError {
  return new OpslineError(
    'invalid-input',
    `${bad} of ${rows} rows are no events of the board, and so nothing was imported. Mend them, or leave them out with --on-invalid skip. The first:`,
    { issues },
  );
}
