import { lstat, mkdir } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../digest.ts';

/** Raise it when the words spoken over the socket change: another version then starts a child of its own. */
const PROTOCOL = 1;

/** The system's limit for a socket's path is 108 bytes on Linux, 104 elsewhere. */
const LIMIT = 100;

export interface Place {
  readonly socket: string;
  readonly lock: string;
  readonly log: string;
}

/**
 * Where the one child process of this machine and user listens for a model: the same for every opsline process with the same
 * cache folder. The folder is only this user's; throws when somebody else owns it.
 */
export async function placeFor(cache: string, modelFile: string, engine: string): Promise<Place> {
  const key = sha256(JSON.stringify([PROTOCOL, hostname(), modelFile, engine])).slice(0, 12);
  let folder = join(cache, 'run');
  // In the temporary folder the name must differ by user; in the cache it is the user's already.
  if (Buffer.byteLength(join(folder, `model-${key}.sock`)) > LIMIT) {
    folder = join(tmpdir(), `opsline-${process.getuid?.() ?? 0}-${sha256(cache).slice(0, 8)}`);
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const owner = await lstat(folder);
  if (!owner.isDirectory() || (process.getuid !== undefined && owner.uid !== process.getuid())) {
    throw new Error(`${folder} belongs to somebody else`);
  }
  const path = join(folder, `model-${key}`);
  return { socket: `${path}.sock`, lock: `${path}.lock`, log: `${path}.log` };
}
