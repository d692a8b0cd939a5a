import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { withLock } from '../../programs/lock.ts';
import type { Place } from './socket.ts';

export interface SocketOptions {
  readonly place: Place;
  readonly modelFile: string;
  /** Path of the module that exports `loadEngine`; node-llama-cpp's by default. */
  readonly engine?: string | undefined;
  /** How long the process stays when nobody is attached. Milliseconds. */
  readonly lingerMs?: number | undefined;
  readonly threads?: number | undefined;
  /** How long loading may take. Milliseconds. */
  readonly startTimeoutMs?: number | undefined;
}

/** The module beside this one: TypeScript in the repository, compiled JavaScript in the package. */
function beside(name: string): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`./${name}.${extension}`, import.meta.url));
}

export const LLAMA_ENGINE = beside('llama-engine');

/**
 * The socket of a process that serves the model: the one that already listens, or one started now. A lock file keeps two
 * opsline processes from starting one each. Throws an `Error` with what the process said when it cannot load the model.
 */
export async function openSocket(options: SocketOptions): Promise<string> {
  const { socket, lock } = options.place;
  if (await listens(socket)) return socket;
  return withLock(
    lock,
    () => {},
    async () => {
      if (!(await listens(socket))) await startChild(options);
      return socket;
    },
  );
}

function listens(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

/**
 * Starts the child in a process group of its own: a Ctrl-C in the terminal is for opsline, and another opsline process may go
 * on using the model. Its environment holds no keys.
 */
async function startChild(options: SocketOptions): Promise<void> {
  const { place, modelFile, engine = LLAMA_ENGINE, lingerMs = 10_000, threads, startTimeoutMs = 120_000 } = options;
  const log = await open(place.log, 'w', 0o600);
  const args = ['--socket', place.socket, '--model', modelFile, '--engine', engine, '--linger', String(lingerMs)];
  if (threads !== undefined) args.push('--threads', String(threads));
  const env = Object.fromEntries(
    ['PATH', 'HOME', 'TMPDIR', 'LANG'].flatMap((name) =>
      process.env[name] === undefined ? [] : [[name, process.env[name]]],
    ),
  );
  const child = spawn(process.execPath, [beside('child'), ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', log.fd],
    env,
  });
  await log.close();
  const stdout = child.stdout as NonNullable<typeof child.stdout>;
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`it was not loaded within ${startTimeoutMs / 1000} s`));
      }, startTimeoutMs);
      child.once('error', reject);
      child.once('exit', (code, signal) =>
        reject(new Error(`its process ended with ${signal ?? code}; see ${place.log}`)),
      );
      createInterface({ input: stdout }).on('line', (line) => {
        const said = readLine(line);
        if (said?.ready === true) resolve();
        else if (said?.error !== undefined) reject(new Error(said.error));
      });
    });
  } finally {
    clearTimeout(timer);
    child.unref();
    stdout.destroy();
  }
}

/** Native code may write to standard output as well; only our own lines are JSON objects. */
function readLine(line: string): { ready?: boolean; error?: string } | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
