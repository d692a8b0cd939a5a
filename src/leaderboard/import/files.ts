import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type Issue, OpslineError } from '../../errors.ts';
import { unreadable } from './unreadable.ts';

export type Format = 'parquet' | 'csv' | 'ndjson';

/** A file of events. */
export interface SourceFile {
  /** As the person named it. */
  readonly name: string;
  /** Absolute, without symbolic links. */
  readonly path: string;
  readonly format: Format;
  readonly gzip: boolean;
  readonly bytes: number;
}

const NAMES = /\.(parquet|csv|ndjson|jsonl)(\.gz)?$/i;

/** Finds the files and what they are by their names. Throws `invalid-input` naming each that cannot be taken. */
export async function findFiles(names: readonly string[]): Promise<SourceFile[]> {
  const issues: Issue[] = [];
  const files: SourceFile[] = [];
  for (const name of names) {
    const [, ending = '', gz] = NAMES.exec(name) ?? [];
    const format = ending.toLowerCase() === 'jsonl' ? 'ndjson' : (ending.toLowerCase() as Format | '');
    if (format === '' || (format === 'parquet' && gz !== undefined)) {
      issues.push({
        path: name,
        message: 'must end in .parquet, .csv, .csv.gz, .ndjson, .ndjson.gz, .jsonl or .jsonl.gz',
      });
      continue;
    }
    try {
      const path = await realpath(name);
      const found = await stat(path);
      if (found.isFile()) files.push({ name, path, format, gzip: gz !== undefined, bytes: found.size });
      else issues.push({ path: name, message: 'is not a file' });
    } catch (error) {
      issues.push({ path: name, message: `cannot be read: ${(error as Error).message}` });
    }
  }
  if (issues.length === 0) return files;
  const [first] = issues;
  throw new OpslineError('invalid-input', `${first?.path} ${first?.message}.`, { issues });
}

/**
 * SHA-256 of what each file holds, decompressed, with its format, sorted: the same for the same files in any order, wherever they lie. Reading them
 * to their end also shows what DuckDB passes over: a gzip file that is cut off. Throws `invalid-input` for such a file, and when two of them hold the same,
 * which would count everything twice.
 */
export async function digestFiles(
  files: readonly SourceFile[],
  onBytes: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<string[]> {
  const seen = new Map<string, string>();
  for (const file of files) {
    const hash = createHash('sha256');
    try {
      for await (const chunk of readPlain(file, onBytes)) {
        signal?.throwIfAborted();
        hash.update(chunk as Buffer);
        if (!file.gzip) onBytes((chunk as Buffer).length);
      }
    } catch (error) {
      throw unreadable(error, [file]);
    }
    const digest = `${file.format}:${hash.digest('hex')}`;
    const same = seen.get(digest);
    if (same !== undefined) {
      throw new OpslineError(
        'invalid-input',
        `${same} and ${file.name} hold the same, which would count every event twice. Name one of them.`,
      );
    }
    seen.set(digest, file.name);
  }
  return [...seen.keys()].sort();
}

/**
 * Links the file into a folder under a name that we choose, so that what its own name holds (quotes, `*`, a colon) means nothing
 * to whoever opens it.
 */
export async function linkInto(folder: string, file: SourceFile, place: number): Promise<string> {
  const link = join(folder, `${place}.${file.format}`);
  await symlink(file.path, link);
  return link;
}

/** The bytes of a file, decompressed. `onPacked` is told how many compressed ones were read. */
export function readPlain({ path, gzip }: SourceFile, onPacked: (bytes: number) => void = () => {}): Readable {
  const stream = createReadStream(path, { highWaterMark: 1 << 20 });
  if (!gzip) return stream;
  stream.on('data', (chunk) => onPacked(chunk.length));
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  stream.on('error', (error) => gunzip.destroy(error));
  gunzip.on('close', () => stream.destroy());
  return stream.pipe(gunzip);
}
