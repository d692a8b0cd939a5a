import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api';
import { OpslineError } from '../../errors.ts';

/** The version that package.json names. */
const PACKAGE = '@duckdb/node-api@1.5.6-r.1';
const MOST_MEMORY = 1024 ** 3;
const MOST_THREADS = 4;

/** A DuckDB of one's own in memory, that spills into a temporary folder and can open nothing but the files it was given. */
export interface Duck {
  /** A folder that is removed with it. */
  readonly folder: string;
  /** Runs a statement and gives its rows. */
  rows(sql: string): Promise<readonly (readonly unknown[])[]>;
  /** Runs a query and gives its columns piece by piece, without keeping the whole result. */
  stream(sql: string): AsyncGenerator<readonly unknown[][]>;
  /** Appends rows to a table. */
  append(table: string, rows: Iterable<readonly (number | string | null)[]>): Promise<void>;
  /** How much of the statement that runs is done, percent; below 0 when unknown. */
  percent(): number;
  close(): Promise<void>;
}

/**
 * Opens it for these files (absolute paths without symbolic links). When the signal is aborted the statement that runs fails with the signal's reason. Throws `program-missing` when the
 * optional package is not installed.
 */
export async function openDuck(files: readonly string[], signal?: AbortSignal): Promise<Duck> {
  const { DuckDBInstance } = await load();
  const folder = await mkdtemp(join(tmpdir(), 'opsline-import-'));
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${Math.floor(memoryLimit() / 1024)}KiB`,
    threads: String(Math.min(availableParallelism(), MOST_THREADS)),
    temp_directory: join(folder, 'spill'),
  });
  const connection = await instance.connect();
  for (const setting of [
    'autoinstall_known_extensions = false',
    'autoload_known_extensions = false',
    'allow_community_extensions = false',
    `allowed_paths = [${files.map(quoted).join(', ')}]`,
    'enable_external_access = false',
    'lock_configuration = true',
  ]) {
    await connection.run(`SET ${setting}`);
  }
  const interrupt = (): void => connection.interrupt();
  signal?.addEventListener('abort', interrupt);
  const guarded = async <T>(act: () => Promise<T>): Promise<T> => {
    signal?.throwIfAborted();
    try {
      return await act();
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  };
  return {
    folder,
    rows: (sql) => guarded(async () => (await connection.runAndReadAll(sql)).getRows()),
    async *stream(sql) {
      const result = await guarded(() => connection.stream(sql));
      for (;;) {
        const chunk: DuckDBDataChunk | null = await guarded(() => result.fetchChunk());
        if (chunk === null || chunk.rowCount === 0) return;
        yield chunk.getColumns();
      }
    },
    append: (table, rows) => appendRows(connection, table, rows),
    percent: () => Number(connection.progress.percentage),
    async close() {
      signal?.removeEventListener('abort', interrupt);
      connection.closeSync();
      instance.closeSync();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A text as an SQL literal. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

async function load(): Promise<typeof import('@duckdb/node-api')> {
  try {
    return await import('@duckdb/node-api');
  } catch (cause) {
    throw new OpslineError(
      'program-missing',
      `Importing files needs the package @duckdb/node-api, which is not installed or has no build for this system. Install it with: npm install --save-exact ${PACKAGE}`,
      { cause },
    );
  }
}

/** A quarter of what this process may have, a gibibyte at most: beyond it DuckDB writes to its temporary folder. */
function memoryLimit(): number {
  const has = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return Math.min(MOST_MEMORY, has / 4);
}

async function appendRows(
  connection: DuckDBConnection,
  table: string,
  rows: Iterable<readonly (number | string | null)[]>,
): Promise<void> {
  const appender = await connection.createAppender(table);
  for (const row of rows) {
    for (const value of row) {
      if (value === null) appender.appendNull();
      else if (typeof value === 'string') appender.appendVarchar(value);
      else appender.appendBigInt(BigInt(value));
    }
    appender.endRow();
  }
  appender.closeSync();
}
