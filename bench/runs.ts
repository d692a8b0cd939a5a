/**
 * What a run costs over a bare BullMQ job: `node bench/runs.ts [jobs] [repeats]`.
 *
 * Both are added and executed in this process, over the same Redis (REDIS_URL, else a private one), interleaved, and
 * waited for as a whole. The run has three steps (read, do, predict with an instant answer), all of it journalled.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { f } from '@ax-llm/ax';
import { Queue, Worker } from 'bullmq';
import { z } from 'zod';
import type { Predictor } from '../src/model/predictor.ts';
import { defineSignature } from '../src/model/signature.ts';
import { connect, failFast, waitForever } from '../src/redis/connect.ts';
import { startEmbeddedRedis } from '../src/redis/embedded.ts';
import { untilUsable } from '../src/redis/usable.ts';
import { definePipeline } from '../src/runs/pipeline.ts';
import { createRuns } from '../src/runs/redis-runs.ts';
import { startWorker } from '../src/runs/worker.ts';

const [jobs = 300, repeats = 15] = process.argv.slice(2).map(Number);
const CONCURRENCY = 20;
const ADDING = 50;

const signature = defineSignature({
  name: 'name-sum',
  ax: f().input('givenSum', f.number('a sum')).output('phrase', f.string('its name')).build(),
  input: z.object({ givenSum: z.number() }),
  output: z.object({ phrase: z.string() }),
  instruction: 'Name the sum.',
  maxTokens: 20,
});
const call = { signature: signature.name, model: 'bench:instant', parameters: {}, durationMs: 0 };
const predictor: Predictor = {
  model: 'bench:instant',
  requestDigest: (_signature, input) => JSON.stringify(input),
  predict: async (_signature, input) =>
    ({ ok: true, value: { phrase: 'a sum' }, call: { ...call, requestDigest: JSON.stringify(input) } }) as never,
  close: async () => {},
};
const pipeline = definePipeline({
  name: 'bench',
  version: 1,
  input: z.object({ numbers: z.array(z.number()) }),
  output: z.object({ sum: z.number(), phrase: z.string() }),
  async run(request, step) {
    const numbers = await step.read('collect', request, ({ numbers }) => numbers);
    const sum = await step.do('sum', () => numbers.reduce((a, b) => a + b, 0));
    const named = await step.predict(signature, { givenSum: sum });
    return { sum, phrase: named?.phrase ?? '' };
  },
});
const input = { numbers: [1, 2, 3] };

/** CPU time of this process and of Redis so far, ms. Other work on the machine bends wall time more than this. */
async function cpuMs(): Promise<number> {
  const { user, system } = process.cpuUsage();
  const info = await producer.info('cpu');
  const of = (name: string): number => Number(new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1]) * 1000;
  return (user + system) / 1000 + of('used_cpu_user') + of('used_cpu_sys');
}

interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

/** Calls `add` for each of `jobs`, a few at a time, and resolves when `done` was called as often. */
async function timed(add: () => Promise<unknown>, onEach: (done: () => void) => void): Promise<Cost> {
  let left = jobs;
  const { promise, resolve } = Promise.withResolvers<void>();
  onEach(() => {
    left -= 1;
    if (left === 0) resolve();
  });
  const cpu = await cpuMs();
  const start = performance.now();
  let added = 0;
  const adder = async (): Promise<void> => {
    while (added < jobs) {
      added += 1;
      await add();
    }
  };
  await Promise.all([...Array.from({ length: ADDING }, adder), promise]);
  const wall = performance.now() - start;
  return { wall, cpu: (await cpuMs()) - cpu };
}

const folder = await mkdtemp(join(tmpdir(), 'opsline-bench-'));
const own = process.env.REDIS_URL === undefined ? await startEmbeddedRedis(folder) : undefined;
const url = process.env.REDIS_URL ?? (own?.url as string);
const prefix = `bench${randomBytes(4).toString('hex')}`;

const producer = connect(failFast(url));
const consumer = connect(waitForever(url));
await untilUsable(producer, url);
const bare = new Queue('bare', {
  prefix: `{${prefix}:bare}`,
  connection: producer,
  skipVersionCheck: true,
  skipWaitingForReady: true,
  defaultJobOptions: { removeOnComplete: { age: 3600, count: 1000, limit: 100 } },
});
let bareDone = (): void => {};
const bareWorker = new Worker('bare', async () => 1, {
  prefix: `{${prefix}:bare}`,
  connection: consumer,
  concurrency: CONCURRENCY,
});
bareWorker.on('completed', () => bareDone());
const runs = await createRuns({ url, prefix, pipelines: [pipeline] });
let runDone = (): void => {};
const worker = await startWorker({
  url,
  prefix,
  pipelines: [pipeline],
  predictor,
  concurrency: CONCURRENCY,
  onFinished: ({ status }) => {
    if (status !== 'succeeded') throw new Error(`a run ${status}`);
    runDone();
  },
});

const oneBare = (): Promise<Cost> =>
  timed(
    () => bare.add('bare', { runId: 'x' }),
    (done) => {
      bareDone = done;
    },
  );
const oneRun = (): Promise<Cost> =>
  timed(
    () => runs.enqueue('bench', input),
    (done) => {
      runDone = done;
    },
  );

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
const pairs: { bare: Cost; run: Cost }[] = [];
for (let i = 0; i <= repeats; i++) {
  const pair = { bare: await oneBare(), run: await oneRun() };
  // The first pair warms the process up.
  if (i > 0) pairs.push(pair);
}
const each = (ms: number): string => ((ms / jobs) * 1000).toFixed(0).padStart(8);
const row = (name: string, of: (pair: { bare: Cost; run: Cost }) => Cost): string =>
  `| ${name.padEnd(18)} | ${each(median(pairs.map((p) => of(p).wall)))} | ${each(median(pairs.map((p) => of(p).cpu)))} |`;
const ratio = (of: (cost: Cost) => number): string =>
  median(pairs.map(({ bare, run }) => of(run) / of(bare))).toFixed(2);
console.log(`${jobs} each, ${repeats} repeats interleaved, medians; CPU is of this process and Redis together`);
console.log('|                    | wall, µs |  CPU, µs |');
console.log('|--------------------|----------|----------|');
console.log(row('bare BullMQ job', ({ bare }) => bare));
console.log(row('run of three steps', ({ run }) => run));
console.log(
  `| ratio (target < 3) | ${ratio(({ wall }) => wall).padStart(8)} | ${ratio(({ cpu }) => cpu).padStart(8)} |`,
);

await worker.close(2000);
await runs.close();
await bareWorker.close();
await bare.close();
producer.disconnect();
consumer.disconnect();
await own?.stop();
await rm(folder, { recursive: true, force: true });
