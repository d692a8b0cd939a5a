import { type ChildProcess, spawn } from 'node:child_process';
import { access, constants, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpslineError } from '../errors.ts';

/** What an engine may take. Past it the engine is killed and the call is `engine-failed`. */
export const ENGINE_LIMITS = {
  timeoutMs: 60_000,
  outputBytes: 64 * 1024 * 1024,
  inputBytes: 32 * 1024 * 1024,
  documents: 5_000,
  /** Go's soft limit for its heap. */
  memory: '1500MiB',
  /** How much Go's heap may grow, in percent, before it is collected: a third of the time of a short run is saved. */
  heapGrowth: '400',
} as const;

/** An engine wrote more than {@link ENGINE_LIMITS} allows: the same question in smaller parts may be answered. */
export class EngineSaidTooMuch extends OpslineError {}

export interface Executed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `use` with a new private folder (mode 0700) that is gone afterwards. */
export async function withPrivateFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'opsline-policy-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Resolves to whether a program ran and ended well. */
function endsWell(program: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore', env: {}, timeout: 10_000, killSignal: 'SIGKILL' });
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code === 0));
  });
}

async function findIsolation(): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [];
  for (const unshare of ['/usr/bin/unshare', '/bin/unshare']) {
    // Root may need no user namespace; everyone else gets one in which only they are mapped.
    for (const flags of process.getuid?.() === 0 ? ['-n', '-rn'] : ['-rn']) {
      if (await endsWell(unshare, [flags, '--', process.execPath, '--version'])) return [unshare, flags, '--'];
    }
  }
  return [];
}

let isolation: Promise<readonly string[]> | undefined;

/** What to put before a program so that it has no network, not even loopback; empty where the system does not allow it. */
export function networkIsolation(): Promise<readonly string[]> {
  isolation ??= findIsolation();
  return isolation;
}

/** Whether the engines that run here have no network. */
export async function isNetworkIsolated(): Promise<boolean> {
  return (await networkIsolation()).length > 0;
}

/** An engine's process, which leads a process group of its own. */
export interface Started {
  readonly child: ChildProcess;
  /** Kills the whole group. */
  readonly kill: () => void;
}

/**
 * Starts an engine in `folder`, without network where the system allows it (`networkIsolation`), with an environment that holds nothing of
 * ours: no PATH, no kubeconfig, HOME and TMPDIR in the folder, a proxy that leads nowhere. Throws `engine-failed` where it cannot be run,
 * or the signal's reason.
 */
export async function startEngine(
  program: string,
  args: readonly string[],
  folder: string,
  signal: AbortSignal,
  stdin: 'ignore' | 'pipe' = 'ignore',
): Promise<Started> {
  signal.throwIfAborted();
  const [command = program, ...before] = await networkIsolation();
  const all = command === program ? args : [...before, program, ...args];
  // Not left to `unshare`, whose exit status an engine could have as well.
  await access(program, constants.X_OK).catch((error: Error) => {
    throw notStarted(program, error);
  });
  signal.throwIfAborted();
  const child = spawn(command, all, {
    cwd: folder,
    stdio: [stdin, 'pipe', 'pipe'],
    detached: true,
    env: {
      HOME: folder,
      TMPDIR: folder,
      GOMEMLIMIT: ENGINE_LIMITS.memory,
      GOGC: ENGINE_LIMITS.heapGrowth,
      HTTP_PROXY: 'http://127.0.0.1:9',
      HTTPS_PROXY: 'http://127.0.0.1:9',
    },
  });
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Already gone.
    }
  };
  return { child, kill };
}

const nameOf = (program: string): string => program.split('/').at(-1) ?? program;

export const notStarted = (program: string, cause: Error): OpslineError =>
  new OpslineError('engine-failed', `${nameOf(program)} could not be started: ${cause.message}`, { cause });

export const tookTooLong = (program: string, timeoutMs: number): OpslineError =>
  new OpslineError(
    'engine-failed',
    `${nameOf(program)} took longer than ${timeoutMs / 1000} s and was stopped. Look for a policy that takes too long, or give fewer objects.`,
  );

export const saidTooMuch = (program: string, bytes: number): EngineSaidTooMuch =>
  new EngineSaidTooMuch('engine-failed', `${nameOf(program)} wrote more than ${bytes} bytes and was stopped.`);

/**
 * Runs an engine as {@link startEngine} starts it. It is killed at the limit of time or output and when `signal` is aborted. Throws
 * `engine-failed`, or the signal's reason.
 */
export async function execute(
  program: string,
  args: readonly string[],
  folder: string,
  signal: AbortSignal,
  limits: { readonly timeoutMs: number; readonly outputBytes: number } = ENGINE_LIMITS,
): Promise<Executed> {
  const { child, kill } = await startEngine(program, args, folder, signal);
  return new Promise((resolve, reject) => {
    const parts: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] };
    let bytes = 0;
    let failure: unknown;
    const stop = (why: unknown): void => {
      failure ??= why;
      kill();
    };
    const timer = setTimeout(() => stop(tookTooLong(program, limits.timeoutMs)), limits.timeoutMs);
    const abort = (): void => stop(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > limits.outputBytes) stop(saidTooMuch(program, limits.outputBytes));
        else parts[stream].push(chunk);
      });
    }
    const done = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      settle();
    };
    child.on('error', (error) => done(() => reject(notStarted(program, error))));
    child.on('close', (code) =>
      done(() => {
        if (failure !== undefined) reject(failure);
        else
          resolve({
            code: code ?? -1,
            stdout: Buffer.concat(parts.stdout).toString('utf8'),
            stderr: Buffer.concat(parts.stderr).toString('utf8'),
          });
      }),
    );
  });
}

/**
 * Escapes of a JSON text, and what may stand in one as it is but which YAML refuses or folds: DEL and C1 controls, Unicode
 * line ends, byte order marks and noncharacters.
 */
const ESCAPE_OR_NOT_YAML = /\\(?:u[0-9a-f]{4}|.)|[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/** JSON that YAML reads as the same value. A lone surrogate, for which YAML has no way, becomes U+FFFD as in Go's JSON. */
function asYaml(value: unknown): string {
  return JSON.stringify(value).replace(ESCAPE_OR_NOT_YAML, (found) => {
    if (!found.startsWith('\\')) return `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
    return /^\\ud[89a-f]/.test(found) ? '\\ufffd' : found;
  });
}

/** JSON lines of a multi-document YAML file (JSON is YAML), so that no YAML writer stands between us and the engine. Throws `payload-too-large`. */
export function asDocuments(objects: readonly unknown[]): string {
  if (objects.length > ENGINE_LIMITS.documents) {
    throw new OpslineError(
      'payload-too-large',
      `${objects.length} objects in one call, at most ${ENGINE_LIMITS.documents} are judged.`,
    );
  }
  const text = objects.map((object) => `---\n${asYaml(object)}\n`).join('');
  if (Buffer.byteLength(text) > ENGINE_LIMITS.inputBytes) {
    throw new OpslineError(
      'payload-too-large',
      `The objects of one call are ${Buffer.byteLength(text)} bytes, at most ${ENGINE_LIMITS.inputBytes} are judged.`,
    );
  }
  return text;
}

/** The last lines of what an engine said on stderr, without colours, at most `limit` characters. */
export function lastWords(stderr: string, limit = 2_000): string {
  const text = stderr.replaceAll(/\u001b\[[0-9;]*m/g, '').trim();
  return text.length > limit ? `…${text.slice(-limit)}` : text;
}

const versions = new Map<string, string>();

/** A text that tells one build of a program from another. Throws `engine-failed` where there is none. */
export async function buildOf(program: string): Promise<string> {
  const { mtimeMs, size } = await stat(program).catch((error: Error) => {
    throw notStarted(program, error);
  });
  return `${program}|${mtimeMs}|${size}`;
}

/** What `<program> version` says its version is; asked once for each build of a program. */
export async function versionOf(program: string, line: RegExp, signal: AbortSignal): Promise<string> {
  const key = await buildOf(program);
  const known = versions.get(key);
  if (known !== undefined) return known;
  const { stdout } = await withPrivateFolder((folder) => execute(program, ['version'], folder, signal));
  const version = line.exec(stdout)?.[1] ?? 'unknown';
  versions.set(key, version);
  return version;
}
