/**
 * How many runs a second `POST /v1/pipelines/{name}/runs` accepts, against the least that could do: a Fastify route that
 * adds its body to a BullMQ queue. Servers and client are processes of their own, variants take turns, medians are shown.
 *
 *     node bench/api.ts [requests=2000] [repeats=5]
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { fastify } from 'fastify';
import { z } from 'zod';
import { createServer } from '../src/api/server.ts';
import { createRedisTokens } from '../src/api/tokens.ts';
import { connect, failFast } from '../src/redis/connect.ts';
import { startEmbeddedRedis } from '../src/redis/embedded.ts';
import { definePipeline } from '../src/runs/pipeline.ts';
import { createRuns } from '../src/runs/redis-runs.ts';

const CONCURRENCY = 16;
const VARIANTS = ['bare', 'opsline', 'opsline + Idempotency-Key'] as const;
type Variant = (typeof VARIANTS)[number];

const [, , role, url] = process.argv;
if (role === '--bare' || role === '--opsline') await serve(role.slice(2) as 'bare' | 'opsline', url ?? '');
else await measure(Number(role ?? 2000), Number(url ?? 5));

async function measure(requests: number, repeats: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'opsline-bench-'));
  const redis = await startEmbeddedRedis(folder);
  const servers = { bare: await start('bare', redis.url), opsline: await start('opsline', redis.url) };
  const rates = new Map<Variant, number[]>(VARIANTS.map((variant) => [variant, []]));
  try {
    // One round unmeasured: V8 and Redis warm up.
    for (let round = 0; round <= repeats; round++) {
      for (const variant of VARIANTS) {
        const { port } = variant === 'bare' ? servers.bare : servers.opsline;
        const seconds = await load(port, requests, variant.includes('Key') ? `${round}-` : undefined);
        if (round > 0) rates.get(variant)?.push(requests / seconds);
      }
    }
  } finally {
    for (const { child } of Object.values(servers)) child.kill();
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  }
  const base = median(rates.get('bare') ?? []);
  console.log(`${requests} requests, ${CONCURRENCY} at once, median of ${repeats} rounds (least, most)\n`);
  console.log(`${'variant'.padEnd(28)}${'runs/s'.padStart(8)}${'least'.padStart(8)}${'most'.padStart(8)}   of bare`);
  for (const [variant, list] of rates) {
    const figures = [median(list), Math.min(...list), Math.max(...list)].map((rate) => rate.toFixed(0).padStart(8));
    console.log(`${variant.padEnd(28)}${figures.join('')}   ${(median(list) / base).toFixed(2)}`);
  }
}

async function start(kind: 'bare' | 'opsline', redisUrl: string): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(import.meta.filename, [`--${kind}`, redisUrl]);
  const [port] = await once(child, 'message');
  return { child, port: port as number };
}

/** Sends `requests` posts over kept connections and gives the seconds that took. */
async function load(port: number, requests: number, keys: string | undefined): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  let next = 0;
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      while (next < requests) {
        const id = next++;
        await post(agent, port, id, keys === undefined ? {} : { 'idempotency-key': `${keys}${id}` });
      }
    }),
  );
  agent.destroy();
  return (performance.now() - begun) / 1000;
}

function post(agent: Agent, port: number, id: number, extra: Record<string, string>): Promise<void> {
  const body = JSON.stringify({ board: `board-${id}`, window: 'daily' });
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        agent,
        port,
        method: 'POST',
        path: '/v1/pipelines/bench/runs',
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...extra },
      },
      (response) => {
        response.resume();
        if (response.statusCode !== 202) reject(new Error(`answered with ${response.statusCode}`));
        response.on('end', resolve);
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

async function serve(kind: 'bare' | 'opsline', redisUrl: string): Promise<void> {
  const app = kind === 'bare' ? bare(redisUrl) : await opsline(redisUrl);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const address = app.server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  process.send?.(address.port);
}

function bare(redisUrl: string) {
  const queue = new Queue('bench', { connection: connect(failFast(redisUrl)), prefix: '{bare:bench}' });
  const app = fastify();
  app.post('/v1/pipelines/bench/runs', async (request, reply) => {
    const job = await queue.add('bench', request.body);
    return reply.code(202).send({ id: job.id });
  });
  return app;
}

async function opsline(redisUrl: string) {
  const Request = z.object({ board: z.string(), window: z.string() });
  const pipeline = definePipeline({
    name: 'bench',
    version: 1,
    input: Request,
    output: Request,
    run: async (input) => input,
  });
  const pipelines = [pipeline];
  const redis = connect(failFast(redisUrl));
  await once(redis, 'ready');
  const runs = await createRuns({ url: redisUrl, pipelines });
  const rateLimit = { max: 1e9, windowMs: 60_000 };
  return createServer({ runs, pipelines, tokens: createRedisTokens(redis), redis, rateLimit });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
