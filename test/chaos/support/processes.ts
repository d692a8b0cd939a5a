import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Deed } from './pipeline.ts';

export interface WorkerSettings {
  readonly url: string;
  readonly prefix: string;
  readonly folder: string;
  readonly concurrency?: number;
  readonly dieAfterFinish?: boolean;
  readonly closeMs?: number;
  /** Locks as they ship, instead of short ones. */
  readonly shipped?: boolean;
}

export interface WorkerProcess {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  /** The signal or code it ended with. */
  readonly ended: Promise<string>;
}

const program = fileURLToPath(new URL('./worker-process.ts', import.meta.url));
const started = new Set<ChildProcess>();

/** Starts a worker process; `ready` resolves when it takes runs. */
export function spawnWorker(settings: WorkerSettings): WorkerProcess {
  const child = spawn(process.execPath, [program, JSON.stringify(settings)], { stdio: ['ignore', 'pipe', 'pipe'] });
  started.add(child);
  let said = '';
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => chunk.toString().includes('ready') && resolve());
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.once('exit', (code, signal) => reject(new Error(`the worker ended with ${code ?? signal}: ${said}`)));
  });
  ready.catch(() => {});
  const ended = new Promise<string>((resolve) =>
    child.once('exit', (code, signal) => {
      started.delete(child);
      resolve(signal ?? String(code));
    }),
  );
  return { child, ready, ended };
}

/** Ends every worker process of this test file. */
export async function endWorkers(): Promise<void> {
  const exits = [...started].map((child) => new Promise((resolve) => child.once('exit', resolve)));
  for (const child of started) child.kill('SIGKILL');
  await Promise.all(exits);
}

/** A folder where workers note their deeds. */
export function deedsFolder(): { folder: string; deeds(): Deed[]; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'opsline-chaos-'));
  return {
    folder,
    deeds: () => {
      try {
        const lines = readFileSync(join(folder, 'deeds'), 'utf8').trimEnd().split('\n');
        return lines.map((line) => JSON.parse(line) as Deed);
      } catch {
        return [];
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Resolves once the condition holds; looks every 20 ms; throws after `limitMs`. */
export async function until(condition: () => boolean | Promise<boolean>, limitMs = 15_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not within ${limitMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
