/**
 * How long `opsline up` takes until it answers, cold (an empty data folder) and warm (its Redis has data), and what it holds
 * when idle, without a model. Beside it, in turns: a bare Node process that starts a private Redis and listens with Fastify.
 *
 *     node bench/startup.ts [repeats=5]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fastify } from 'fastify';
import { startEmbeddedRedis } from '../src/redis/embedded.ts';

/** Idle long enough that what start-up left behind has been collected, or never will be. */
const IDLE_MS = 8000;
const LAUNCHER = join(import.meta.dirname, '../bin/opsline.mjs');

const [, , argument, folder] = process.argv;
if (argument === '--bare') await bare(folder ?? '');
else await measure(Number(argument ?? 5));

async function measure(repeats: number): Promise<void> {
  const figures: Record<'bare' | 'cold' | 'warm', number[]> = { bare: [], cold: [], warm: [] };
  const memory: Record<'bare' | 'opsline', number[]> = { bare: [], opsline: [] };
  for (let round = 0; round <= repeats; round++) {
    const data = await mkdtemp(join(tmpdir(), 'opsline-bench-'));
    const turns = [
      ['bare', [import.meta.filename, '--bare', join(data, 'bare')]],
      ['cold', [LAUNCHER, 'up', '--port', '0', '--model', 'none', '--data', join(data, 'up')]],
      ['warm', [LAUNCHER, 'up', '--port', '0', '--model', 'none', '--data', join(data, 'up')]],
    ] as const;
    for (const [name, args] of turns) {
      const last = round === repeats && name !== 'cold';
      const { ms, rss } = await start(args, last);
      // One round unmeasured: the file cache warms up.
      if (round > 0) figures[name].push(ms);
      if (rss !== undefined) memory[name === 'bare' ? 'bare' : 'opsline'].push(rss);
    }
    await rm(data, { recursive: true, force: true });
  }
  const base = median(figures.bare);
  console.log(`median of ${repeats} starts until the first answer (least, most)\n`);
  for (const [name, list] of Object.entries(figures)) {
    const shown = [median(list), Math.min(...list), Math.max(...list)].map((ms) => `${ms.toFixed(0)} ms`.padStart(9));
    console.log(`${name.padEnd(8)}${shown.join('')}   ${(median(list) / base).toFixed(2)} of bare`);
  }
  console.log(`\nresident after ${IDLE_MS / 1000} s idle, without Redis and model`);
  for (const [name, [rss = 0]] of Object.entries(memory))
    console.log(`${name.padEnd(8)}${rss.toFixed(0).padStart(6)} MB`);
}

/** Starts a program, waits for the address on its standard output and for an answer there, and ends it. */
async function start(args: readonly string[], idle: boolean): Promise<{ ms: number; rss: number | undefined }> {
  const begun = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const url = await firstLine(child);
  while (!(await answers(`${url}/readyz`))) await sleep(5);
  const ms = performance.now() - begun;
  let rss: number | undefined;
  if (idle) {
    await sleep(IDLE_MS);
    rss = await residentMegabytes(child.pid as number);
  }
  child.kill('SIGTERM');
  await once(child, 'close');
  return { ms, rss };
}

async function firstLine(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) return line;
  throw new Error('the program ended without an address');
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}

/** From `/proc`, so on Linux only. */
async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
}

async function bare(data: string): Promise<void> {
  const redis = await startEmbeddedRedis(data);
  const app = fastify();
  app.get('/readyz', async () => ({ ok: true }));
  console.log(await app.listen({ port: 0 }));
  process.once('SIGTERM', async () => {
    await app.close();
    await redis.stop();
  });
}
