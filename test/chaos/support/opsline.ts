import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { startCli } from '../../helpers/cli.ts';

/** An `opsline` process that was started as anybody would start it. */
export interface Opsline {
  /** Where an API answers; undefined for a worker. Resolves once it does its work. */
  readonly ready: Promise<string | undefined>;
  readonly isReady: () => boolean;
  /** Sends the signal and waits for the end; the exit code, or the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<string>;
}

const started = new Set<ChildProcess>();

/** Starts `opsline api` on a free port or `opsline worker`, on a Redis and under a key prefix. */
export function startOpsline(role: 'api' | 'worker', redisUrl: string, prefix: string): Opsline {
  const child = startCli([role], {
    env: {
      REDIS_URL: redisUrl,
      OPSLINE_PREFIX: prefix,
      OPSLINE_PORT: '0',
      OPSLINE_LOG_LEVEL: 'silent',
      OPSLINE_REQUESTS_PER_MINUTE: '100000000',
    },
  });
  started.add(child);
  const ended = new Promise<string>((resolve) =>
    child.once('exit', (code, signal) => {
      started.delete(child);
      resolve(signal ?? String(code));
    }),
  );
  let up = false;
  let said = '';
  const ready = new Promise<string | undefined>((resolve, reject) => {
    const lines = createInterface({ input: (role === 'api' ? child.stdout : child.stderr) as NodeJS.ReadableStream });
    lines.on('line', (line) => {
      said = line;
      if (role === 'worker' ? !line.includes('takes work') : !line.startsWith('http')) return;
      up = true;
      resolve(role === 'api' ? line : undefined);
    });
    void ended.then((end) => reject(new Error(`opsline ${role} ended with ${end} before it was ready: ${said}`)));
  });
  ready.catch(() => {});
  (role === 'api' ? child.stderr : child.stdout)?.resume();
  return {
    ready,
    isReady: () => up,
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

/** Ends every process of this test file that still runs. */
export async function endOpslines(): Promise<void> {
  const exits = [...started].map((child) => new Promise((resolve) => child.once('exit', resolve)));
  for (const child of started) child.kill('SIGKILL');
  await Promise.all(exits);
}
