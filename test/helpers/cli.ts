import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export const ROOT = join(import.meta.dirname, '../..');
const LAUNCHER = join(ROOT, 'bin', 'opsline.mjs');

export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly cwd?: string;
  readonly launcher?: string;
  /** A program and its arguments that start Node: what the command line meets is its doing. */
  readonly under?: readonly string[];
}

/** Starts the real command line with a minimal environment: no model, nothing of the caller's configuration. */
export function startCli(args: readonly string[], options: CliOptions = {}): ChildProcess {
  const { PATH = '', HOME = '', XDG_CACHE_HOME } = process.env;
  const [command = process.execPath, ...before] = [...(options.under ?? []), process.execPath];
  return spawn(command, [...before, options.launcher ?? LAUNCHER, ...args], {
    cwd: options.cwd ?? ROOT,
    env: {
      PATH,
      HOME,
      ...(XDG_CACHE_HOME === undefined ? {} : { XDG_CACHE_HOME }),
      OPSLINE_MODEL: 'none',
      ...options.env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** Runs the command line to its end. */
export async function cli(args: readonly string[], options: CliOptions = {}): Promise<Said> {
  const child = startCli(args, options);
  child.stdin?.end(options.input ?? '');
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    closed,
  ]);
  return { code, stdout, stderr };
}
