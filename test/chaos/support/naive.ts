import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../leaderboard/ingest-child.ts', import.meta.url));
const started = new Set<ChildProcess>();

export interface Naive {
  kill(): void;
}

/** Starts a worker in a process of its own that counts without a gate: it adds each score, then acknowledges. */
export function startNaive(redisUrl: string, prefix: string): Naive {
  const child = spawn(process.execPath, [PROGRAM, redisUrl, prefix, 'naive', '0'], { stdio: 'ignore' });
  started.add(child);
  child.once('exit', () => started.delete(child));
  return { kill: () => void child.kill('SIGKILL') };
}

/** Ends those of this test file that still run. */
export function endNaive(): void {
  for (const child of started) child.kill('SIGKILL');
}
