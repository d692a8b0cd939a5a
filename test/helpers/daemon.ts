import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { basename } from 'node:path';

/** A program that runs until it is stopped, or until this process ends, in whatever way. */
export interface Daemon {
  readonly name: string;
  /** Rejects when it ends by itself, with the end of what it said. Never resolves. */
  readonly failed: Promise<never>;
  /** Kills it and all that it started. */
  stop(): Promise<void>;
}

/**
 * A shell leads the program's process group and reads from us. The kernel closes that pipe when we end or die; then, and when
 * the program ends by itself, the whole group is killed.
 */
const GUARD = '("$@" </dev/null; echo "ended with $?"; kill -9 0) & cat >/dev/null; kill -9 0';

export interface DaemonOptions {
  /** Where its output goes. */
  readonly log: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a program as a {@link Daemon}; that it is ready is for the caller to find out. */
export async function startDaemon(program: string, args: readonly string[], options: DaemonOptions): Promise<Daemon> {
  const log = await open(options.log, 'a');
  const child = spawn('/bin/sh', ['-c', GUARD, 'guard', program, ...args], {
    detached: true,
    stdio: ['pipe', log.fd, log.fd],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...options.env },
  });
  const exit = once(child, 'exit');
  await log.close();
  const name = basename(program);
  let stopping = false;
  const failed = exit.then(async (): Promise<never> => {
    if (stopping) return new Promise(() => {});
    throw new Error(`${name} ended by itself: ${(await readFile(options.log, 'utf8')).slice(-2000)}`);
  });
  failed.catch(() => {});
  return {
    name,
    failed,
    stop: async () => {
      stopping = true;
      child.stdin?.destroy();
      await exit;
    },
  };
}
