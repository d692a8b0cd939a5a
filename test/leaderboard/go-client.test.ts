import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { leaderboardStats } from '../../pipelines/leaderboard-stats/index.ts';
import { createServer } from '../../src/api/server.ts';
import { createMemoryTokens } from '../../src/api/tokens.ts';
import { type Boards, createBoards } from '../../src/leaderboard/boards.ts';
import { startIngestWorker } from '../../src/leaderboard/ingest.ts';
import { noModel } from '../../src/model/predictor.ts';
import { createMemoryRuns } from '../../src/runs/memory-runs.ts';
import { testRedis } from '../helpers/redis.ts';

const run = promisify(execFile);
const source = fileURLToPath(new URL('../../examples/leaderboard-service/', import.meta.url));
const sample = fileURLToPath(
  new URL('../../examples/samples/leaderboard-stats/weekend-race/events.ndjson', import.meta.url),
);
const where = testRedis();
let folder: string;
let program: string;
let boards: Boards;
let worker: Awaited<ReturnType<typeof startIngestWorker>>;
let app: FastifyInstance;
let address: string;
let lossy: { server: Server; address: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsline-go-'));
  program = join(folder, 'leaderboard-service');
  await run('go', ['vet', './...'], { cwd: source });
  await run('go', ['build', '-o', program, '.'], { cwd: source });
  boards = await createBoards(where);
  worker = await startIngestWorker(where);
  const pipelines = [leaderboardStats(boards)];
  const runs = createMemoryRuns({ pipelines, predictor: noModel() });
  app = await createServer({ runs, boards, pipelines, tokens: createMemoryTokens() });
  address = await app.listen({ host: '127.0.0.1', port: 0 });
  lossy = await losing(address);
}, 300_000);
afterAll(async () => {
  lossy?.server.close();
  await app?.close();
  await worker?.close();
  await boards?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Passes requests on, but of every second one loses the answer: the client cannot know whether it was served. */
async function losing(target: string): Promise<{ server: Server; address: string }> {
  let count = 0;
  const server = createHttpServer((incoming: IncomingMessage, outgoing) => {
    count += 1;
    const lost = count % 2 === 1;
    const onward = request(target + incoming.url, { method: incoming.method, headers: incoming.headers }, (answer) => {
      if (!lost) outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('data', (chunk: Buffer) => lost || outgoing.write(chunk));
      answer.on('end', () => (lost ? incoming.socket.destroy() : outgoing.end()));
    });
    onward.on('error', () => incoming.socket.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const client = (url: string, ...args: string[]) => run(program, ['-url', url, ...args], { env: {}, timeout: 60_000 });

test('the Go service sends a file, runs the statistics and prints the top', async () => {
  await boards.define('weekend', { operator: 'best', direction: 'lower', decimals: 2 });
  const { stdout } = await client(address, '-board', 'weekend', '-events', sample);
  expect(stdout).toMatch(/^sent 1000 of 2000 events \(2 of 2 parts applied, duplicate: false\)/);
  expect(stdout).toMatch(/run_\S+ succeeded: Amara Haddad leads weekend with 48\.00, 0\.04 ahead of Paolo Costa/);
  const rows = [...stdout.matchAll(/^ +(\d+) {2}(.+?) +([\d.]+)$/gm)].map(([, , player, score]) => ({
    player,
    score: Number(score),
  }));
  const { entries } = await boards.top('weekend', 'all', { limit: 10 });
  expect(rows).toEqual(entries.map(({ player, score }) => ({ player, score })));
});

test('when answers are lost it sends the same batch again, and nothing counts twice', async () => {
  await boards.define('lossy', { operator: 'sum', decimals: 2 });
  const { stdout } = await client(lossy.address, '-board', 'lossy', '-events', sample, '-batch', '400');
  expect(stdout.match(/duplicate: true/g)).toHaveLength(5);
  // And once more by hand, after the whole program has ended.
  await client(address, '-board', 'lossy', '-events', sample, '-batch', '400');
  const { events, count } = await boards.statistics('lossy', 'all', { top: 1 });
  expect({ events, count }).toEqual({ events: 2000, count: 140 });
});

test('a bad event, or no service at all, ends it with the reason', async () => {
  await boards.define('strict', { operator: 'best' });
  const file = join(folder, 'bad.ndjson');
  await writeFile(file, '{"player":"ada","score":0.5,"time":"2026-11-22T00:00:00Z"}\n');
  await expect(client(address, '-board', 'strict', '-events', file)).rejects.toMatchObject({
    stderr: expect.stringMatching(/invalid-input: 1 of 1 events cannot be taken.*\/0\/score: must be an integer/),
  });
  await expect(client('http://127.0.0.1:1', '-tries', '2', '-board', 'strict', '-generate', '1')).rejects.toMatchObject(
    {
      stderr: expect.stringMatching(/connection refused/),
    },
  );
});
