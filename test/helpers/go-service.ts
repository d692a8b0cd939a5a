import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { requireGo } from '../../src/programs/go.ts';
import { findOnPath } from '../../src/programs/path.ts';
import { ROOT, startCli } from './cli.ts';

const run = promisify(execFile);
const SOURCE = join(ROOT, 'examples', 'leaderboard-service');

/** Runs Go in the example's folder. */
async function go(...args: string[]): Promise<string> {
  const path = await requireGo('1.22', (line) => process.stderr.write(`  ${line}\n`));
  const { stdout } = await run(path, args, { cwd: SOURCE, env: { ...process.env, GOTOOLCHAIN: 'local' } });
  return stdout;
}

/** Runs the example's own tests, with the race detector where there is a C compiler for it. Rejects when one fails. */
export async function goTests(): Promise<string> {
  const race = (await findOnPath(['gcc', 'clang'])) !== undefined && (await go('env', 'CGO_ENABLED')).trim() === '1';
  await go('vet', './...');
  return go('test', '-count=1', ...(race ? ['-race'] : []), './...');
}

/** Builds the example into `folder`; gives the program's path. */
export async function buildGoService(folder: string): Promise<string> {
  const program = join(folder, 'leaderboard-service');
  await go('build', '-o', program, '.');
  return program;
}

export interface Running {
  readonly url: string;
  readonly child: ChildProcess;
  /** Lines that it has logged so far. */
  readonly log: readonly Record<string, unknown>[];
  /** Sends a signal and waits for the end; gives the exit code, or null when the signal ended it. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

const started = new Set<ChildProcess>();

function following(child: ChildProcess): ChildProcess {
  started.add(child);
  child.once('exit', () => started.delete(child));
  child.stderr?.resume();
  return child;
}

function ending(child: ChildProcess): Running['end'] {
  return async (signal = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, 'exit');
    }
    return child.exitCode;
  };
}

/** Starts the service and waits until it is ready, that is, until its board is defined. */
export async function startGoService(program: string, env: Record<string, string>): Promise<Running> {
  const child = following(spawn(program, { env: { LISTEN_ADDRESS: '127.0.0.1:0', ...env } }));
  const log: Record<string, unknown>[] = [];
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the service ended with ${code}: ${JSON.stringify(log)}`)));
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      log.push(JSON.parse(line));
      if (log.at(-1)?.msg === 'ready') resolve();
    });
  });
  const address = log.find(({ msg }) => msg === 'listening')?.address;
  return { url: `http://${address}`, child, log, end: ending(child) };
}

/** Starts `opsline up` on a Redis of its caller and waits until it listens. */
export async function startOpsline(env: Record<string, string>, port = '0'): Promise<Running> {
  const child = following(startCli(['up', '--port', port], { env: { OPSLINE_LOG_LEVEL: 'silent', ...env } }));
  const [url] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
  return { url, child, log: [], end: ending(child) };
}

/** Ends what is still running. */
export async function endAll(): Promise<void> {
  await Promise.all([...started].map((child) => ending(child)('SIGKILL')));
}
