import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type Issue, OpslineError } from '../../errors.ts';

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
 * SHA-256 of what each file holds, with its format, sorted: the same for the same files in any order, wherever they lie. Throws `invalid-input` when two of them
 * hold the same, which would count everything twice.
 */
export async function digestFiles(
  files: readonly SourceFile[],
  onBytes: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<string[]> {
  const seen = new Map<string, string>();
  for (const { name, path, format } of files) {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      signal?.throwIfAborted();
      hash.update(chunk as Buffer);
      onBytes((chunk as Buffer).length);
    }
    const digest = `${format}:${hash.digest('hex')}`;
    const same = seen.get(digest);
    if (same !== undefined) {
      throw new OpslineError(
        'invalid-input',
        `${same} and ${name} hold the same, which would count every event twice. Name one of them.`,
      );
    }
    seen.set(digest, name);
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

/** The bytes of a file, decompressed. */
export function readPlain({ path, gzip }: SourceFile): Readable {
  const stream = createReadStream(path, { highWaterMark: 1 << 20 });
  if (!gzip) return stream;
  const gunzip = createGunzip();
  stream.on('error', (error) => gunzip.destroy(error));
  gunzip.on('close', () => stream.destroy());
  return stream.pipe(gunzip);
}
