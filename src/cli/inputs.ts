import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { OpslineError } from '../errors.ts';
import type { Excerpted } from '../evidence/model.ts';

/** A text file as it is sent to a pipeline; `-` read from standard input is called `stdin`. */
export interface TextFile {
  readonly name: string;
  readonly text: string;
  /** Present where the bytes are no UTF-8: the text has replacement characters, and must not be written back. */
  readonly inexact?: true;
  /** Present where the text is what was kept of a big one. */
  readonly excerpt?: Excerpted;
}

/** As much as a run takes. */
const TOTAL_BYTES = 8 * 1024 * 1024;
const MAX_FILES = 2000;
const SKIPPED_FOLDERS: ReadonlySet<string> = new Set(['.git', 'node_modules', '.terraform']);

/** Makes text of the bytes of a file, which may unpack to `left` more; no text of one that is binary. */
type Decode = (
  bytes: Buffer,
  left: number,
  name: string,
) => Promise<{ text?: string; unpacked: number; inexact?: true }>;

/** Reads files above so many bytes as streams of which excerpts stay; undefined for binary ones. */
interface Streaming {
  readonly above: number;
  readonly read: (path: string) => Promise<TextFile | undefined>;
}

const utf8: Decode = async (bytes) =>
  bytes.subarray(0, 8000).includes(0)
    ? { unpacked: 0 }
    : { text: bytes.toString('utf8'), unpacked: 0, ...(isUtf8(bytes) ? {} : { inexact: true }) };

/**
 * Reads text files: each path is a file, a folder (read whole, in name order, without links, hidden files and files that are
 * not text), or `-` for standard input; a link that is named itself is followed. `accept` decides by name which files of a
 * folder count, and `wanted` says what they are. Throws `evidence-unreadable` for what cannot be read and
 * `payload-too-large` above 8 MiB.
 */
export async function readTextFiles(
  paths: readonly string[],
  accept: (name: string) => boolean = () => true,
  {
    decode = utf8,
    wanted = 'text to read',
    streaming,
    unread,
  }: {
    readonly decode?: Decode;
    readonly wanted?: string;
    readonly streaming?: Streaming;
    /** Is told of files that are no text, which are left out then also where they are named. */
    readonly unread?: (name: string) => void;
  } = {},
): Promise<TextFile[]> {
  const files: TextFile[] = [];
  let bytes = 0;
  const count = (size: number): void => {
    bytes += size;
    if (bytes <= TOTAL_BYTES && files.length < MAX_FILES) return;
    throw new OpslineError(
      'payload-too-large',
      `That is more than 8 MiB or ${MAX_FILES} files. Name fewer, or cut logs.`,
    );
  };
  const leaveOut = (path: string, named: boolean): void => {
    if (unread !== undefined) unread(path);
    else if (named) throw new OpslineError('evidence-unreadable', `${path} is not a text file.`);
  };
  const visit = async (path: string, named: boolean): Promise<void> => {
    const info = await (named ? stat : lstat)(path).catch((cause) => {
      throw new OpslineError('evidence-unreadable', `${path} cannot be read: ${reason(cause)}.`, { cause });
    });
    if (info.isDirectory()) {
      const names = (await readdir(path)).filter((name) => !name.startsWith('.') && !SKIPPED_FOLDERS.has(name)).sort();
      for (const name of names) await visit(join(path, name), false);
      return;
    }
    if (!named && (!info.isFile() || !accept(path))) return;
    // A pipe (`<(helm template …)`) ends; a device may not.
    if (!info.isFile() && !info.isFIFO())
      throw new OpslineError('evidence-unreadable', `${path} is neither a file nor a folder.`);
    if (streaming !== undefined && info.isFile() && info.size > streaming.above) {
      const file = await streaming.read(path);
      if (file === undefined) {
        leaveOut(path, named);
        return;
      }
      count(Buffer.byteLength(file.text));
      files.push(file);
      return;
    }
    count(info.size);
    const content = await readFile(path).catch((cause) => {
      throw new OpslineError('evidence-unreadable', `${path} cannot be read: ${reason(cause)}.`, { cause });
    });
    if (info.isFIFO()) count(content.length);
    const { text: decoded, unpacked, ...rest } = await decode(content, TOTAL_BYTES - bytes, path);
    count(unpacked);
    if (decoded !== undefined) {
      files.push({ name: path, text: decoded, ...rest });
    } else leaveOut(path, named);
  };
  for (const path of paths) {
    if (path !== '-') {
      await visit(path, true);
      continue;
    }
    const content = await text(process.stdin);
    count(Buffer.byteLength(content));
    files.push({ name: 'stdin', text: content });
  }
  if (files.length === 0 && unread === undefined) {
    throw new OpslineError('evidence-unreadable', `There is no ${wanted} in ${paths.join(', ')}.`);
  }
  return files;
}

/**
 * What `readTextFiles` reads, also as UTF-16 or gzipped (`textOf`), and the members of `.tar`, `.tar.gz` and `.tgz` archives, also
 * on standard input; named apart. Of files above 1 MiB the logs are cut to excerpts while they are read (`excerptStream`).
 * `unread` is told of files that are no text, which are left out. Throws `archive-refused` for an archive that breaks a limit or would lead out of itself.
 */
export async function readEvidenceFiles(
  paths: readonly string[],
  unread: (name: string) => void = () => {},
): Promise<TextFile[]> {
  const [{ readEvidence }, { textOf }, { STREAMED_BYTES, excerptStream }] = await Promise.all([
    import('../evidence/archive.ts'),
    import('../evidence/text.ts'),
    import('../evidence/logs/stream.ts'),
  ]);
  const streaming: Streaming = {
    above: STREAMED_BYTES,
    read: (path) => excerptStream(createReadStream(path, { highWaterMark: 1024 * 1024 }), path),
  };
  const files: TextFile[] = [];
  for (const path of paths) {
    const packed = path === '-' || /\.(tar|tar\.gz|tgz)$/.test(path);
    files.push(
      ...(packed
        ? await readEvidence([path], { unread })
        : await readTextFiles([path], () => true, { decode: textOf, streaming, unread })),
    );
  }
  const where = paths.map((path) => (path === '-' ? 'standard input' : path)).join(', ');
  if (files.length === 0)
    throw new OpslineError(
      'evidence-unreadable',
      `There is no text to read in ${where}. Give what kubectl, argocd or a program printed, as text, gzip or tar.`,
    );
  if (files.every(({ text: content }) => content.trim() === '')) {
    throw new OpslineError('evidence-unreadable', `There is nothing but empty text in ${where}.`);
  }
  return namedApart(files);
}

/** The same files, named without the folders that all of them lie in: what a person needs to tell them apart. */
export function namedApart(files: readonly TextFile[]): TextFile[] {
  const folders = files.map(({ name }) => name.split('/').slice(0, -1));
  const [first = []] = folders;
  let shared = 0;
  while (shared < first.length && folders.every((parts) => parts[shared] === first[shared])) shared++;
  return files.map(({ name, text, excerpt }) => ({
    name: name.split('/').slice(shared).join('/'),
    text,
    ...(excerpt === undefined ? {} : { excerpt }),
  }));
}

function reason(cause: NodeJS.ErrnoException): string {
  return cause.code === 'ENOENT' ? 'there is no such file or folder' : (cause.code ?? cause.message);
}
