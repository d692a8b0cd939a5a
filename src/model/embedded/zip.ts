import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';

/** One file in a ZIP archive, such as a Python wheel. */
export interface ZipEntry {
  readonly name: string;
  /** Bytes when unpacked. */
  readonly size: number;
  /** Its unpacked bytes; to be read before the archive is closed. */
  read(): Promise<Readable>;
}

export interface ZipArchive {
  readonly entries: readonly ZipEntry[];
  close(): Promise<void>;
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const MAX_ENTRIES = 10_000;
const MAX_DIRECTORY = 16 * 1024 * 1024;

/**
 * Lists a ZIP archive by its central directory (APPNOTE 6.3, without ZIP64, encryption or several disks). Throws an `Error` for
 * anything else. Nothing is written: names are only compared by the caller.
 */
export async function openZip(path: string): Promise<ZipArchive> {
  const file = await open(path, 'r');
  try {
    const entries = await readDirectory(file);
    return { entries, close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readDirectory(file: FileHandle): Promise<ZipEntry[]> {
  const { size } = await file.stat();
  // The end record is 22 bytes and a comment of at most 65,535.
  const tail = await readAt(file, Math.max(0, size - 22 - 65_535), Math.min(size, 22 + 65_535));
  let end = tail.length - 22;
  while (end >= 0 && tail.readUInt32LE(end) !== END_OF_DIRECTORY) end -= 1;
  if (end < 0) throw new Error('not a ZIP archive');
  const count = tail.readUInt16LE(end + 10);
  const length = tail.readUInt32LE(end + 12);
  const offset = tail.readUInt32LE(end + 16);
  if (count > MAX_ENTRIES || length > MAX_DIRECTORY || offset + length > size)
    throw new Error('a damaged or huge ZIP archive');
  const directory = await readAt(file, offset, length);
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== DIRECTORY_ENTRY)
      throw new Error('a damaged ZIP archive');
    const flags = directory.readUInt16LE(at + 8);
    const method = directory.readUInt16LE(at + 10);
    const packed = directory.readUInt32LE(at + 20);
    const unpacked = directory.readUInt32LE(at + 24);
    const nameLength = directory.readUInt16LE(at + 28);
    const skip = directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    const local = directory.readUInt32LE(at + 42);
    const name = directory.toString('utf8', at + 46, at + 46 + nameLength);
    if ((flags & 1) !== 0 || (method !== 0 && method !== 8))
      throw new Error(`${name} is packed in a way that is not read`);
    entries.push({ name, size: unpacked, read: () => readEntry(file, { local, packed, method }) });
    at += 46 + nameLength + skip;
  }
  return entries;
}

async function readEntry(
  file: FileHandle,
  entry: { local: number; packed: number; method: number },
): Promise<Readable> {
  const header = await readAt(file, entry.local, 30);
  if (header.readUInt32LE(0) !== LOCAL_HEADER) throw new Error('a damaged ZIP archive');
  const start = entry.local + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const raw = file.createReadStream({ start, end: start + entry.packed - 1, autoClose: false });
  if (entry.method === 0) return raw;
  const inflate = createInflateRaw();
  raw.on('error', (error) => inflate.destroy(error));
  return raw.pipe(inflate);
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead !== length) throw new Error('a ZIP archive that is cut off');
  return buffer;
}
