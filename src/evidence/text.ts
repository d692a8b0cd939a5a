import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { OpslineError } from '../errors.ts';

const unzip = promisify(gunzip);

/** Whether bytes begin as gzip does (RFC 1952, section 2.3.1). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * The content of gzip bytes, of several members where they were joined (as rotated logs are). Stops as soon as it is longer
 * than `limit` bytes, whatever the ratio promises. Throws `archive-refused` then, and `evidence-unreadable` for what is damaged.
 */
export async function gunzipWithin(bytes: Buffer, limit: number, name: string): Promise<Buffer> {
  try {
    // zlib takes no limit of 0; one byte too many is found by whoever counts.
    return await unzip(bytes, { maxOutputLength: Math.max(1, limit) });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new OpslineError('archive-refused', `${name} unpacks to more than the ${limit} bytes left for all texts`, {
        cause,
      });
    throw new OpslineError('evidence-unreadable', `${name} is damaged gzip: ${(cause as Error).message}`, { cause });
  }
}

/**
 * The text that bytes hold: UTF-8, or UTF-16 where a byte order mark says so (what PowerShell's `>` writes) or its bytes do. Undefined for
 * binary files: they have NUL bytes where text has none. A byte order mark is no part of the text.
 */
export function decodeText(bytes: Buffer): string | undefined {
  const [first, second] = bytes;
  const utf16 =
    first === 0xff && second === 0xfe
      ? 'utf-16le'
      : first === 0xfe && second === 0xff
        ? 'utf-16be'
        : unmarkedUtf16(bytes.subarray(0, 8192));
  if (utf16 === undefined && bytes.subarray(0, 8192).includes(0)) return undefined;
  const text = new TextDecoder(utf16 ?? 'utf-8').decode(bytes);
  return utf16 !== undefined && text.slice(0, 8192).includes('\0') ? undefined : text;
}

/** Share of characters below U+0100 in any text: at the least its blanks, digits and line ends. */
const LATIN = 0.1;
/** Of fewer characters nothing can be said. */
const FEW = 8;

/**
 * The byte order of UTF-16 without a mark, by its beginning: one of two bytes is often NUL, the other never, and what it spells has no
 * control characters that texts do not have.
 */
function unmarkedUtf16(head: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  const pairs = Math.floor(head.length / 2);
  const nuls = [0, 0];
  for (let at = 0; at < pairs * 2; at++) if (head[at] === 0) nuls[at % 2] = (nuls[at % 2] ?? 0) + 1;
  const [high = 0, low = 0] = nuls;
  if (Math.min(high, low) > 0 || Math.max(high, low) < pairs * LATIN || pairs < FEW) return undefined;
  const order = low > 0 ? 'utf-16le' : 'utf-16be';
  const text = new TextDecoder(order).decode(head.subarray(0, pairs * 2), { stream: true });
  return /[\u0000-\u0008\u000e-\u001a\u001c-\u001f\ufffd]/.test(text) ? undefined : order;
}

/** The text of a file that may be gzipped, such as `app.log.gz`; see `gunzipWithin` and `decodeText`. */
export async function textOf(bytes: Buffer, limit: number, name: string): Promise<{ text?: string; unpacked: number }> {
  const content = isGzip(bytes) ? await gunzipWithin(bytes, limit, name) : bytes;
  const text = decodeText(content);
  return { unpacked: content === bytes ? 0 : content.length, ...(text === undefined ? {} : { text }) };
}
