import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Bytes of the commands in a Redis' append-only file (Redis 7 and Valkey: the `.incr.aof` files below `appendonlydir`). A server
 * that reads it makes it shorter when the last write was torn by a crash.
 *
 * Where that write was a transaction or a script, Redis 7.0 and its kin up to mid-2026 keep the commands of it that came whole and
 * cut only the torn one: MULTI stays without EXEC. Nothing of it counts, until the next start: what was written after it is then
 * read as part of the same transaction, and its commands count after all (valkey-io/valkey#4342). A server that is started on such
 * a file before anything is written cuts the whole transaction. So one that has just shortened its file is started once more.
 */
export async function appendedBytes(folder: string): Promise<number> {
  const files = join(folder, 'appendonlydir');
  const names = await readdir(files).catch(() => []);
  const sizes = names
    .filter((name) => name.endsWith('.incr.aof'))
    .map((name) =>
      stat(join(files, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
