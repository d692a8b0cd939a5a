import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import tar from 'tar-stream';
import { OpslineError } from '../errors.ts';
import { excerptStream, STREAMED_BYTES } from './logs/stream.ts';
import type { EvidenceFile } from './model.ts';
import { decodeText, gunzipWithin, isGzip, textOf } from './text.ts';

/** What an archive, a directory or a file may hold at most. All of it is hostile input. */
export interface ArchiveLimits {
  readonly files: number;
  /** Characters of all texts together. */
  readonly bytes: number;
  readonly depth: number;
}

const LIMITS: ArchiveLimits = { files: 2000, bytes: 8 * 1024 * 1024, depth: 16 };

function refuse(what: string): never {
  throw new OpslineError('archive-refused', what);
}

class Budget {
  readonly #limits: ArchiveLimits;
  #files = 0;
  #bytes = 0;

  constructor(limits: ArchiveLimits) {
    this.#limits = limits;
  }

  file(name: string): void {
    if (++this.#files > this.#limits.files)
      refuse(`more than ${this.#limits.files} files (at ${name}); give fewer, or one archive a time`);
  }

  take(bytes: number, name: string): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#limits.bytes)
      refuse(`the texts hold more than ${this.#limits.bytes} bytes (at ${name}); cut logs with --tail or --since`);
  }

  /** Bytes that may still be taken. */
  get left(): number {
    return this.#limits.bytes - this.#bytes;
  }

  depth(name: string): void {
    if (name.split('/').length > this.#limits.depth)
      refuse(`${name} lies more than ${this.#limits.depth} folders deep`);
  }
}

/** Refuses names that leave the archive: absolute, with `..`, with a drive letter or a NUL. */
function checkedName(name: string): string {
  if (name.includes('\0') || name.startsWith('/') || /^[A-Za-z]:/.test(name) || name.includes('\\'))
    refuse(`the member ${JSON.stringify(name)} has no relative path`);
  if (name.split('/').includes('..')) refuse(`the member ${JSON.stringify(name)} leaves the archive`);
  return name.replace(/^\.\//, '');
}

/** Is told of files that are left out because they are no text. */
type Unread = (name: string) => void;

/** One text, or none of a binary file; what it unpacks to counts as well. */
async function fileOf(bytes: Buffer, name: string, budget: Budget, unread?: Unread): Promise<EvidenceFile[]> {
  const { text, unpacked } = await textOf(bytes, budget.left, name);
  budget.take(unpacked, name);
  if (text === undefined) unread?.(name);
  return text === undefined ? [] : [{ name, text }];
}

/**
 * Reads the texts of a tar or tar.gz stream. Links, devices, names that leave the archive, too many files or bytes, and
 * folders too deep refuse the whole archive (`archive-refused`); binary files are left out, gzipped texts are unpacked.
 */
export async function readTar(
  stream: Readable,
  options: { gzip: boolean; limits?: ArchiveLimits; unread?: Unread } = { gzip: false },
): Promise<EvidenceFile[]> {
  const budget = new Budget(options.limits ?? LIMITS);
  const files: EvidenceFile[] = [];
  const extract = tar.extract();
  const read = (async () => {
    for await (const entry of extract) {
      const { name: raw, type } = entry.header;
      if (type === 'directory') {
        entry.resume();
        continue;
      }
      if (type !== 'file' && type !== 'contiguous-file')
        refuse(`the member ${JSON.stringify(raw)} is a ${String(type)}; only files are read`);
      const name = checkedName(raw);
      budget.depth(name);
      budget.file(name);
      const chunks: Buffer[] = [];
      for await (const chunk of entry) {
        budget.take((chunk as Buffer).length, name);
        chunks.push(chunk as Buffer);
      }
      files.push(...(await fileOf(Buffer.concat(chunks), name, budget, options.unread)));
    }
  })();
  const through: Transform[] = options.gzip ? [createGunzip()] : [];
  const results = await Promise.allSettled([pipeline([stream, ...through, extract]), read]);
  const failed = results.map((result) => (result.status === 'rejected' ? (result.reason as unknown) : undefined));
  const refused = failed.find((reason) => reason instanceof OpslineError);
  if (refused !== undefined) throw refused;
  const broken = failed.find((reason) => reason !== undefined);
  if (broken !== undefined)
    throw new OpslineError(
      'evidence-unreadable',
      `the archive is damaged: ${broken instanceof Error ? broken.message : String(broken)}`,
    );
  return files;
}

async function readFolder(root: string, folder: string, budget: Budget, unread?: Unread): Promise<EvidenceFile[]> {
  const files: EvidenceFile[] = [];
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    const name = relative(root, path);
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) {
      budget.depth(`${name}/x`);
      files.push(...(await readFolder(root, path, budget, unread)));
    } else if (entry.isFile()) files.push(...(await readOne(path, name, budget, unread)));
    // Links and devices are not followed: they could lead anywhere.
  }
  return files;
}

async function readOne(path: string, name: string, budget: Budget, unread?: Unread): Promise<EvidenceFile[]> {
  budget.file(name);
  const { size } = await lstat(path);
  budget.take(size, name);
  return fileOf(await readFile(path), name, budget, unread);
}

function isTar(bytes: Buffer): boolean {
  return bytes.subarray(257, 262).toString('latin1') === 'ustar';
}

function isPacked(bytes: Buffer): boolean {
  return isGzip(bytes) || isTar(bytes);
}

/** A big text that is no archive is not held: its logs are cut to excerpts while they pass. */
async function readStdin(stdin: Readable, limits: ArchiveLimits, unread?: Unread): Promise<EvidenceFile[]> {
  const budget = new Budget(limits);
  const chunks: Buffer[] = [];
  const source = stdin[Symbol.asyncIterator]() as AsyncIterator<string | Buffer>;
  let size = 0;
  const more = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.concat(chunks);
    for (let next = await source.next(); next.done !== true; next = await source.next()) yield Buffer.from(next.value);
  };
  for (let next = await source.next(); next.done !== true; next = await source.next()) {
    const bytes = Buffer.from(next.value);
    chunks.push(bytes);
    const before = size;
    size += bytes.length;
    if (size > STREAMED_BYTES && before <= STREAMED_BYTES && !isPacked(Buffer.concat(chunks))) {
      const file = await excerptStream(more(), 'stdin');
      if (file === undefined)
        throw new OpslineError('evidence-unreadable', 'stdin is neither text nor an archive of texts');
      return [file];
    }
    budget.take(bytes.length, 'stdin');
  }
  const bytes = Buffer.concat(chunks);
  const content = isGzip(bytes) ? await gunzipWithin(bytes, limits.bytes, 'stdin') : bytes;
  if (isTar(content)) return readTar(Readable.from([content]), { gzip: false, limits, ...(unread && { unread }) });
  const text = decodeText(content);
  if (text === undefined)
    throw new OpslineError('evidence-unreadable', 'stdin is neither text nor an archive of texts');
  return [{ name: 'stdin', text }];
}

/**
 * Reads files, directories, `.tar`, `.tar.gz`/`.tgz` archives and `-` (stdin) into texts. A text may be UTF-8, UTF-16 with a byte
 * order mark, or either of them gzipped; all limits count what it unpacks to.
 *
 * @throws OpslineError `evidence-unreadable` when a path cannot be read, `archive-refused` when something exceeds the limits.
 */
export async function readEvidence(
  paths: readonly string[],
  options: { stdin?: Readable; limits?: ArchiveLimits; unread?: Unread } = {},
): Promise<EvidenceFile[]> {
  const limits = options.limits ?? LIMITS;
  const { unread } = options;
  const told = { limits, ...(unread && { unread }) };
  const budget = new Budget(limits);
  const files: EvidenceFile[] = [];
  for (const path of paths) {
    if (path === '-') {
      files.push(...(await readStdin(options.stdin ?? process.stdin, limits, options.unread)));
      continue;
    }
    const kind = await lstat(path).catch((error: unknown) => {
      throw new OpslineError(
        'evidence-unreadable',
        `${path}: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    });
    if (kind.isDirectory()) files.push(...(await readFolder(path, path, budget, unread)));
    else if (/\.(tgz|tar\.gz)$/.test(path))
      files.push(...(await readTar(createReadStream(path), { gzip: true, ...told })));
    else if (path.endsWith('.tar')) files.push(...(await readTar(createReadStream(path), { gzip: false, ...told })));
    else if (kind.isSymbolicLink() || kind.isFile())
      files.push(...(await readOne(path, basename(path), budget, unread)));
    else refuse(`${path} is neither a file nor a directory`);
  }
  if (files.length === 0)
    throw new OpslineError('evidence-unreadable', `there is no text to read in ${paths.join(', ')}`);
  return files;
}
