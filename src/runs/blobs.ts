import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { sha256 } from '../digest.ts';
import type { RedisClient } from '../redis/client.ts';
import { MAX_VALUE_BYTES } from './json.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** A JSON text up to this long is kept inside its record or journal: one round trip less, and no key of its own. */
const INLINE_CHARS = 4096;

/** How a value is written where it belongs: `j` and its JSON text, or `b` and the SHA-256 of a blob. */
export type Stored = string;

/**
 * Larger JSON texts: zstd, under the SHA-256 of the text, shared by all runs that hold the same one. A blob outlives the
 * last run that used it: each use gives it the whole time again.
 */
export class Blobs {
  readonly #redis: RedisClient;
  readonly #prefix: string;
  readonly #keepMs: number;

  constructor(redis: RedisClient, prefix: string, keepMs: number) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#keepMs = keepMs;
  }

  /** Resolves once the text is where `Stored` says. */
  async put(text: string): Promise<Stored> {
    if (text.length <= INLINE_CHARS) return `j${text}`;
    const sha = sha256(text);
    await this.#redis.set(this.#key(sha), await compress(text), 'PX', this.#keepMs);
    return `b${sha}`;
  }

  /** The JSON text, or undefined when its blob is gone. */
  async text(stored: Stored): Promise<string | undefined> {
    if (stored.startsWith('j')) return stored.slice(1);
    const packed = await this.#redis.getBuffer(this.#key(stored.slice(1)));
    if (packed === null) return undefined;
    return (await decompress(packed, { maxOutputLength: MAX_VALUE_BYTES })).toString('utf8');
  }

  /** Lets blobs live the whole time again. */
  async touch(stored: Iterable<Stored | null | undefined>): Promise<void> {
    const keys = [...stored].flatMap((s) => (s?.startsWith('b') ? [this.#key(s.slice(1))] : []));
    await Promise.all(keys.map((key) => this.#redis.pexpire(key, this.#keepMs)));
  }

  #key(sha: string): string {
    return `${this.#prefix}:{blob:${sha}}`;
  }
}
