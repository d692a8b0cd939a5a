import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256 } from '../digest.ts';
import { OpslineError } from '../errors.ts';
import { findOnPath } from '../programs/path.ts';
import { appendedBytes } from './append-only.ts';
import { connect } from './connect.ts';
import { listens, shutDown } from './running.ts';
import { redisOptions } from './url.ts';

export interface EmbeddedRedis {
  readonly url: string;
  readonly pid: number;
  /** Asks it to save and end, and waits; after `graceMs` it is killed. */
  stop(graceMs?: number): Promise<void>;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Lets go of it: this process may end, and it goes on. */
  release(): void;
}

/** The system's limit for a socket's path is 108 bytes on Linux, 104 elsewhere. */
const SOCKET_PATH_LIMIT = 100;

/** The Unix socket of the private Redis that keeps its data in `folder`; a folder with a long path gets one elsewhere. */
export function socketIn(folder: string): string {
  const socket = join(folder, 'redis.sock');
  if (Buffer.byteLength(socket) <= SOCKET_PATH_LIMIT) return socket;
  return join(tmpdir(), `opsline-${sha256(folder).slice(0, 16)}.sock`);
}

/** Throws `program-missing` when neither program is on PATH. */
export async function redisProgram(): Promise<string> {
  const program = await findOnPath(['redis-server', 'valkey-server']);
  if (program !== undefined) return program;
  throw new OpslineError(
    'program-missing',
    'Neither redis-server nor valkey-server is on PATH. Install one (Debian: apt-get install redis-server) or set REDIS_URL.',
  );
}

/**
 * Starts a private Redis (or Valkey) that keeps its data in `folder`: append-only file on, no eviction, reachable only
 * through a Unix socket in that folder, which appears once its data is read and sound. Throws `program-missing`, and
 * `redis-unavailable` when it does not start.
 */
export async function startEmbeddedRedis(folder: string): Promise<EmbeddedRedis> {
  const program = await redisProgram();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const socket = socketIn(folder);
  const unseen = `${socket}~`;
  await endForgotten(unseen);
  let before = await appendedBytes(folder);
  let child = await startServer(program, folder, unseen);
  for (let after = await appendedBytes(folder); after < before; after = await appendedBytes(folder)) {
    // Nobody has written yet: see appendedBytes for what another start does.
    await end(child, 'SIGKILL');
    before = after;
    child = await startServer(program, folder, unseen);
  }
  await rename(unseen, socket);
  return {
    url: `unix://${socket}`,
    pid: child.pid as number,
    stop: async (graceMs = 5000) => {
      await end(child, 'SIGTERM', graceMs);
      await rm(socket, { force: true });
    },
    kill: () => end(child, 'SIGKILL'),
    release: () => {
      child.unref();
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
  };
}

/** Ends a server whose starter was killed before the socket appeared: two must never write one append-only file. */
async function endForgotten(socket: string): Promise<void> {
  if (!(await listens({ path: socket }))) return;
  const redis = connect({ ...redisOptions(`unix://${socket}`), enableReadyCheck: false, retryStrategy: () => null });
  try {
    await shutDown(redis);
  } finally {
    redis.disconnect();
  }
}

/** Starts a server on a socket and waits until it has read its data. */
async function startServer(program: string, folder: string, socket: string): Promise<ChildProcess> {
  const child = spawn(
    program,
    ['--port', '0', '--unixsocket', socket, '--unixsocketperm', '700', '--dir', folder, '--appendonly', 'yes'].concat([
      '--appendfsync',
      'everysec',
      '--maxmemory-policy',
      'noeviction',
      '--save',
      '',
      '--daemonize',
      'no',
    ]),
    // Its own process group: Ctrl-C in a terminal must not end Redis before opsline has drained.
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  let said = '';
  const listen = (chunk: Buffer): void => {
    said = (said + chunk.toString()).slice(-2000);
  };
  child.stdout?.on('data', listen);
  child.stderr?.on('data', listen);
  try {
    await untilReady(child, `unix://${socket}`, () => said);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return child;
}

async function untilReady(child: ChildProcess, url: string, said: () => string): Promise<void> {
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new OpslineError('redis-unavailable', `redis-server ended with ${code}: ${said()}`)),
    );
  });
  failed.catch(() => {});
  const redis = connect({ ...redisOptions(url), retryStrategy: () => 20, maxRetriesPerRequest: null });
  try {
    await Promise.race([
      redis.ping(),
      failed,
      sleep(15_000, undefined, { ref: false }).then(() =>
        Promise.reject(new OpslineError('redis-unavailable', `redis-server did not answer within 15 s: ${said()}`)),
      ),
    ]);
    // A large append-only file is still being read while PING answers LOADING errors.
    while (!/^loading:0/m.test(await redis.info('persistence'))) await sleep(50);
  } finally {
    redis.disconnect();
  }
}

/** Ends the server by a signal, and by SIGKILL after `graceMs`; returns when it has ended. */
async function end(child: ChildProcess, signal: NodeJS.Signals, graceMs = 5000): Promise<void> {
  child.kill(signal);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await exit;
  clearTimeout(timer);
}
