import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createServer } from '../../src/api/server.ts';
import { createMemoryTokens } from '../../src/api/tokens.ts';
import { noModel } from '../../src/model/predictor.ts';
import { createMemoryRuns } from '../../src/runs/memory-runs.ts';
import { testBoards } from '../helpers/boards.ts';
import { cli, ROOT, startCli } from '../helpers/cli.ts';

const { boards, ingest } = await testBoards();
const SAMPLE = join(ROOT, 'examples', 'samples', 'leaderboard-stats', 'weekend-race');
let app: Awaited<ReturnType<typeof createServer>>;
let url: string;
const runs = createMemoryRuns({ pipelines: [], predictor: noModel() });

beforeAll(async () => {
  app = await createServer({ runs, pipelines: [], tokens: createMemoryTokens(), boards });
  url = await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  await app.close();
  await runs.close();
});

const board = (...args: string[]) => cli(['board', ...args, '--server', url], { env: { NO_COLOR: '1' } });
const json = async (...args: string[]) => {
  const { stdout, stderr } = await board(...args, '-o', 'json');
  return JSON.parse(stdout || `"${stderr}"`);
};

/** A file that is gone after the test. */
async function file(text: string | Buffer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'opsline-board-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'file');
  await writeFile(path, text);
  return path;
}

describe('opsline board create', () => {
  test('has a flag for each setting', async () => {
    const made = await json(
      ...['create', 'all-flags', '--operator', 'best', '--direction', 'lower', '--decimals', '2', '--min', '0'],
      ...['--max', '600.5', '--ties', 'earliest', '--title', 'All', '--unit', 'seconds', '--windows', 'day', 'week'],
      ...['--zone', 'Europe/Berlin', '--season', 'a=2026-01-01T00:00:00Z/2026-02-01T00:00:00Z'],
      ...['--season', 'b=2026-02-01T00:00:00Z/2026-03-01T00:00:00Z', '--grace', '60', '--keep-days', '30'],
      ...[
        '--metadata-bytes',
        '64',
        '--max-entries',
        '1000',
        '--max-jump',
        '25',
        '--dense',
        '--dedupe',
        'id',
        '--dedupe-hours',
        '24',
      ],
    );
    expect(made).toMatchObject({
      id: 'all-flags',
      operator: 'best',
      direction: 'lower',
      decimals: 2,
      min: 0,
      max: 600.5,
      ties: 'earliest',
      title: 'All',
      unit: 'seconds',
      windows: [{ kind: 'day' }, { kind: 'week' }],
      timeZone: 'Europe/Berlin',
      seasons: [{ id: 'a' }, { id: 'b' }],
      graceSeconds: 60,
      keep: { days: 30 },
      metadataBytes: 64,
      maxEntries: 1000,
      maxJump: 25,
      denseRanks: true,
      dedupe: { by: 'id', hours: 24 },
    });
  }, 30_000);

  test('reads settings from a file, over which flags win', async () => {
    const settings = join(SAMPLE, 'board.json');
    expect((await board('create', '--settings', settings)).code).toBe(0);
    expect(await boards.get('weekend-race')).toMatchObject({ title: 'Kart Weekend', decimals: 2, direction: 'lower' });
    const other = await json(
      'create',
      'other-race',
      '--settings',
      settings,
      '--title',
      'Another',
      '--keep-windows',
      '5',
    );
    expect(other).toMatchObject({ id: 'other-race', title: 'Another', keep: { windows: 5 }, max: 600 });
  }, 30_000);

  test('says what is wrong', async () => {
    const torn = await file('{"operator":');
    for (const [args, words] of [
      [['create'], 'Say the id of the board'],
      [['create', 'x', '--settings', torn], 'not a JSON object'],
      [['create', 'x', '--settings', join(torn, 'none')], 'ENOTDIR'],
      [['create', 'x', '--operator', 'best', '--season', 'winter'], 'winter=2026'],
      [['create', 'x', '--operator', 'best', '--keep-days', '3', '--keep-windows', '3'], 'cannot be used with'],
      [['create', 'x', '--operator', 'best', '--dedupe-hours', '3'], 'needs --dedupe'],
      [['create', 'x', '--windows', 'day'], '/operator'],
    ] as const) {
      expect(await board(...args), args.join(' ')).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
    }
  }, 60_000);
});

test('opsline board season add', async () => {
  await boards.define('seasons', { operator: 'best' });
  const span = ['--start', '2026-12-01T00:00:00Z', '--end', '2027-03-01T00:00:00Z'];
  expect((await board('season', 'add', 'seasons', 'winter', ...span)).stderr).toContain('--window season:winter');
  expect((await boards.get('seasons')).seasons).toMatchObject([{ id: 'winter' }]);
}, 30_000);

describe('on a board of two days', () => {
  beforeAll(async () => {
    await boards.define('laps', { operator: 'best', decimals: 1, denseRanks: true, graceSeconds: 10 * 365 * 86_400 });
    const day = (date: string, ...scores: [string, number][]) =>
      scores.map(([player, score], i) => ({ player, score, time: `${date}T12:00:0${i}Z` }));
    const events = [
      ...day('2026-11-21', ['ada', 1], ['bob', 2], ['dan', 3]),
      ...day('2026-11-22', ['ada', 9.5], ['bob', 8], ['cleo', 8], ['eve', 7]),
    ];
    await ingest('laps', events);
  });

  test('opsline board top prints aligned ranks, pages, and every entry', async () => {
    const first = await board('top', 'laps', '--limit', '3');
    expect(first.stdout.split('\n').map((line) => line.trimEnd())).toEqual([
      'PLACE  RANK  DENSE  PLAYER  SCORE  SINCE',
      '    1     1      1  ada       9.5  2026-11-22T12:00:00.000Z',
      '    2     2      2  bob       8.0  2026-11-22T12:00:01.000Z',
      '    3     2      2  cleo      8.0  2026-11-22T12:00:02.000Z',
      '',
    ]);
    const [, cursor = ''] = /--cursor (\S+)/.exec(first.stderr) ?? [];
    expect((await json('top', 'laps', '--cursor', cursor)).entries.map((e: { player: string }) => e.player)).toEqual([
      'eve',
      'dan',
    ]);
    expect((await json('top', 'laps', '--all')).entries).toHaveLength(5);
  }, 30_000);

  test('opsline board rank, of a player and of a score', async () => {
    const player = await board('rank', 'laps', '--player', 'cleo');
    expect(player.stdout).toContain('cleo');
    expect(player.stderr).toContain('of 5 entries; as good as or better than 80 % of them');
    expect((await board('rank', 'laps', '--score', '8')).stdout).toBe(
      '8 would come in at place 4 (rank 2): 1 of 5 entries are better\n',
    );
    expect((await json('rank', 'laps', '--score', '-0.5')).rank).toBe(6);
    expect(await board('rank', 'laps')).toMatchObject({ code: 2, stderr: expect.stringContaining('--player') });
  }, 30_000);

  test('opsline board friends', async () => {
    const friends = await board('friends', 'laps', 'eve', 'nobody', 'ada');
    expect(friends.stdout.split('\n').slice(1, 3)).toEqual([
      expect.stringMatching(/^ {4}1 .* ada /),
      expect.stringMatching(/^ {4}4 .* eve /),
    ]);
    expect(friends.stderr).toContain('without an entry: nobody');
  }, 30_000);

  test('opsline board movers', async () => {
    const movers = await board('movers', 'laps', '--window', 'day:2026-11-22', '--top', '3');
    expect(movers.stdout.split('\n').map((line) => line.trimEnd())).toEqual([
      'CHANGE  PLAYER  BEFORE  NOW  SCORE',
      'new     cleo              3    8.0',
      '+2      ada          3    1    9.5',
      'left    dan          1',
      '',
    ]);
    expect(movers.stderr).toContain('1 of the first 3 stayed where they were; day:2026-11-22 beside day:2026-11-21');
  }, 30_000);
});

test('opsline board ingest says what was late and what was skipped', async () => {
  await boards.define('late', { operator: 'best', graceSeconds: 0 });
  const events = await file('{"player":"ada","score":1,"time":"2026-11-01T00:00:00Z"}\n{"player":"bob"}\n');
  const refused = await board('ingest', 'late', events);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('1 of 2 events cannot be taken') });
  const { stderr } = await board('ingest', 'late', events, '--skip-invalid');
  expect(stderr).toContain('1 events, applied.');
  expect(stderr).toContain('1 times an event came too late for a window');
  expect(stderr).toMatch(/1 were skipped:\n {2}line 2: time /);
}, 30_000);

describe('opsline board ingest of more than a batch', () => {
  const at = '2026-11-01T00:00:00Z';
  const events = Array.from({ length: 20_050 }, (_, i) => ({ player: `p${i % 7}`, score: 1, time: at }));
  const lines = (changed: Record<number, object> = {}) =>
    events.map((event, i) => JSON.stringify({ ...event, ...changed[i] })).join('\n\n');

  test('sends it in batches under keys of their own, once however often it is sent', async () => {
    await boards.define('many', { operator: 'count', windows: ['all'] });
    const counting = events.map(({ score: _, ...event }) => event);
    const packed = await file(gzipSync(JSON.stringify(counting)));
    const send = () => json('ingest', 'many', packed, '--key', 'k');
    expect(await send()).toMatchObject({ batch: 'k', events: 20_050, parts: 41, duplicate: false, refused: [] });
    expect(await send()).toMatchObject({ events: 20_050, duplicate: true });
    const done = [
      await boards.batch('many', 'k'),
      await boards.batch('many', 'k/2'),
      await boards.batch('many', 'k/3'),
    ];
    expect(done.map((batch) => batch.events)).toEqual([10_000, 10_000, 50]);
    for (const batch of done) await boards.waitForBatch(batch, 10_000);
    expect((await boards.top('many', 'all', { limit: 9 })).entries.reduce((sum, { score }) => sum + score, 0)).toBe(
      20_050,
    );
    // Other events under the key are found out by the first batch.
    const changed = await file(JSON.stringify(counting.slice(1)));
    expect((await board('ingest', 'many', changed, '--key', 'k')).stderr).toContain('idempotency-conflict');
  }, 60_000);

  test('refuses all for one bad event, which it names by its line, or leaves that out', async () => {
    await boards.define('many-bad', { operator: 'sum', windows: ['all'] });
    const bad = await file(lines({ 3: { score: 0.5 }, 20001: { time: 'now' } }));
    const { code, stderr } = await board('ingest', 'many-bad', bad);
    expect(code).toBe(2);
    expect(stderr).toContain('line 7, score');
    expect(await boards.count('many-bad', 'all')).toBe(0);
    const skipped = await json('ingest', 'many-bad', bad, '--skip-invalid');
    expect(skipped).toMatchObject({ events: 20_048, skipped: { count: 2 } });
    expect(skipped.skipped.events.map(({ place }: { place: string }) => place)).toEqual(['line 7', 'line 40003']);
  }, 60_000);

  test('does not read what is no UTF-8, and no torn gzip', async () => {
    await boards.define('bytes', { operator: 'sum', windows: ['all'] });
    const latin = await file(Buffer.from(JSON.stringify({ player: 'Jürgen', score: 1, time: at }), 'latin1'));
    expect((await board('ingest', 'bytes', latin)).stderr).toContain('is not UTF-8');
    const torn = await file(gzipSync(lines()).subarray(0, -9));
    expect((await board('ingest', 'bytes', torn)).stderr).toContain('is not gzip to its end');
  }, 30_000);
});

test('opsline board watch prints each page as a table until it is interrupted', async () => {
  await boards.define('live', { operator: 'best' });
  const score = async (player: string, points: number) =>
    boards.waitForBatch(
      await boards.ingest('live', [{ player, score: points, time: new Date().toISOString() }]),
      10_000,
    );
  await score('ada', 5);
  const child = startCli(['board', 'watch', 'live', '--server', url], { env: { NO_COLOR: '1' } });
  onTestFinished(() => void child.kill('SIGKILL'));
  const seen: string[] = [];
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    seen.push(line);
    if (line.includes('ada') && seen.length === 3) await score('bob', 9);
    if (line.includes('bob')) child.kill('SIGINT');
  }
  if (child.exitCode === null) await once(child, 'exit');
  expect(child.exitCode).toBe(0);
  expect(seen[0]).toBe('live all: 1 entries, revision 1');
  expect(seen).toContain('live all: 2 entries, revision 2');
  expect(seen.join('\n')).not.toContain('\x1b[');
}, 30_000);
