import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Board } from '../../../src/leaderboard/definition.ts';
import { importFiles } from '../../../src/leaderboard/import/import.ts';
import { boardKeys } from '../../../src/leaderboard/keys.ts';
import { Reads } from '../../../src/leaderboard/reads.ts';
import { viewOf } from '../../../src/leaderboard/series.ts';
import { connect, waitForever } from '../../../src/redis/connect.ts';
import { startEmbeddedRedis } from '../../../src/redis/embedded.ts';
import { cli, startCli } from '../../helpers/cli.ts';
import { contentsOf, importKit, newBoard, query, sendLive, writeEvents } from './support.ts';

const { url, prefix, redis, folder } = importKit();
const env = { REDIS_URL: url, OPSLINE_PREFIX: prefix };
const TIME = '2026-11-20T10:00:00Z';

const batchKey = async (board: Board): Promise<string> => {
  const [key] = await redis.keys(`${prefix}:{board:${board.id}}:batch:*`);
  return key ?? '';
};
const pending = (board: Board): Promise<number> => redis.zcard(boardKeys(prefix, board.id).pending);
const scoreOf = async (board: Board, player: string): Promise<number | undefined> =>
  (await new Reads(redis, prefix).around(viewOf(board, 'all'), player, 0)).entries[0]?.score;

/** Many players, so that there are many parts. */
async function manyEvents(name: string): Promise<string> {
  const path = join(folder, `${name}.parquet`);
  await query(
    `COPY (SELECT 'player ' || (i * 7919 % 50000) AS player, i % 1000 AS score, ` +
      `make_timestamp(1700000000000000 + i * 1000000) AS time FROM range(100000) r(i)) TO '${path}'`,
  );
  return path;
}

/** Starts an import and waits until some of its parts are applied, but not all. */
async function startAndWait(board: Board, path: string): Promise<ReturnType<typeof startCli>> {
  const child = startCli(['board', 'import', board.id, path], { env });
  for (;;) {
    const [applied, parts] = await redis.hmget(await batchKey(board), 'applied', 'parts');
    if (Number(applied) > 20) {
      expect(Number(applied)).toBeLessThan(Number(parts));
      return child;
    }
    expect(child.exitCode).toBeNull();
    await sleep(5);
  }
}

describe('opsline board import', () => {
  test.each(['SIGKILL', 'SIGINT'] as const)(
    'that ended by %s goes on where it was, and again changes nothing',
    async (signal) => {
      const path = await manyEvents(signal);
      const settings = { operator: 'sum', ties: 'none' } as const;
      const [board, whole] = [await newBoard(redis, prefix, settings), await newBoard(redis, prefix, settings)];
      const child = await startAndWait(board, path);
      const said = text(child.stderr as NodeJS.ReadableStream);
      const ended = new Promise((resolve) => child.once('close', (code, by) => resolve(by ?? code)));
      child.kill(signal);
      expect(await ended).toBe(signal === 'SIGKILL' ? 'SIGKILL' : 2);
      if (signal === 'SIGINT') expect(await said).toMatch(/Run the same command again to go on/);
      // Meanwhile no window may close.
      expect(await pending(board)).toBe(1);
      const again = JSON.parse((await cli(['board', 'import', board.id, path, '-o', 'json'], { env })).stdout);
      expect(again).toMatchObject({ before: 'some', rows: 100_000, events: 100_000, late: 0 });
      await importFiles({ redis, prefix, board: whole.id, files: [path], onInvalid: 'refuse' });
      const contents = await contentsOf(redis, prefix, whole);
      expect(await contentsOf(redis, prefix, board)).toEqual(contents);
      expect((contents['state:all'] as Record<string, string>).events).toBe('100000');
      const third = await cli(['board', 'import', board.id, path], { env });
      expect(third.stderr).toMatch(/imported before; nothing was changed/);
      expect(third.code).toBe(0);
      expect(await contentsOf(redis, prefix, board)).toEqual(contents);
      expect(await pending(board)).toBe(0);
    },
    120_000,
  );

  test('can be given up, and be taken up again', async () => {
    const path = await manyEvents('abort');
    const board = await newBoard(redis, prefix, { operator: 'sum', ties: 'none' });
    const child = await startAndWait(board, path);
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
    const abort = (): ReturnType<typeof cli> => cli(['board', 'import', board.id, path, '--abort'], { env });
    expect((await abort()).stderr).toMatch(/is given up/);
    expect(await pending(board)).toBe(0);
    expect((await abort()).stderr).toMatch(/No such import is under way/);
    const again = JSON.parse((await cli(['board', 'import', board.id, path, '-o', 'json'], { env })).stdout);
    expect(again).toMatchObject({ before: 'some' });
    expect(await redis.hget(boardKeys(prefix, board.id).state('all'), 'events')).toBe('100000');
  }, 120_000);

  test('takes several files of different formats, whatever their names, and says what it did', async () => {
    const board = await newBoard(redis, prefix, { operator: 'count', windows: ['all'] });
    const names = ["it's [1]*", 'a b', '-o'];
    const kinds = ['ndjson.gz', 'csv', 'parquet'] as const;
    const files = await Promise.all(
      kinds.map((kind, place) =>
        writeEvents(folder, names[place] as string, kind, [
          { player: 'ada', time: TIME },
          { player: kind, time: TIME },
        ]),
      ),
    );
    const said = await cli(['board', 'import', board.id, ...files], { env });
    expect(said).toMatchObject({ code: 0, stdout: '' });
    expect(said.stderr).toMatch(/6 events in 4 entries of 1 windows/);
    expect(await scoreOf(board, 'ada')).toBe(3);
  });

  test('refuses bad rows, each named, or leaves them out', async () => {
    const board = await newBoard(redis, prefix, { operator: 'best', windows: ['all'] });
    const path = join(folder, 'bad.csv');
    await writeFile(path, `player,score,time\nada,1,${TIME}\n,2,${TIME}\nada,x,${TIME}\n`);
    const refused = await cli(['board', 'import', board.id, path], { env });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('2 of 3 rows are no events of the board, and so nothing was imported');
    expect(refused.stderr).toContain(`${path}, row 2: player is missing`);
    expect(refused.stderr).toContain(`${path}, row 3: score must be a finite number`);
    expect(await redis.exists(await batchKey(board))).toBe(0);
    const skipped = await cli(['board', 'import', board.id, path, '--on-invalid', 'skip'], { env });
    expect(skipped.code).toBe(0);
    expect(skipped.stderr).toContain('2 rows are no events and were left out');
    expect(await scoreOf(board, 'ada')).toBe(1);
  });

  test('without the package says how to get it', async () => {
    const board = await newBoard(redis, prefix, { operator: 'best' });
    const path = await writeEvents(folder, 'package', 'csv', [{ player: 'ada', score: 1, time: TIME }]);
    const hook = `import { registerHooks } from 'node:module';
      registerHooks({ resolve(name, context, next) {
        if (name === '@duckdb/node-api') throw Object.assign(new Error('not there'), { code: 'ERR_MODULE_NOT_FOUND' });
        return next(name, context);
      } });`;
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(hook)}`;
    const said = await cli(['board', 'import', board.id, path], { env: { ...env, NODE_OPTIONS } });
    expect(said.code).toBe(2);
    expect(said.stderr).toContain('npm install --save-exact @duckdb/node-api@1.5.6-r.1');
  });

  test('takes no column twice, and counts windows that get something', async () => {
    const board = await newBoard(redis, prefix, { operator: 'best', windows: ['all', 'day'] });
    const path = join(folder, 'doubled.csv');
    await writeFile(path, `player,score,time,score\nada,1,${TIME},2\n`);
    const said = await cli(['board', 'import', board.id, path], { env });
    expect(said).toMatchObject({ code: 2, stderr: expect.stringContaining('has two columns score') });
    // Others are not looked at, and may come as often as they like. Two events a year apart are in two days and `all`.
    await writeFile(path, `player,score,time,x,x\nada,1,${TIME},2,3\nada,1,2025-11-20T10:00:00Z,2,3\n`);
    const done = await cli(['board', 'import', board.id, path], { env });
    expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining('2 events in 3 entries of 3 windows') });
    // What is over at once tells no progress into a file.
    expect(done.stderr).not.toContain('%');
  });

  test('refuses metadata that would be kept otherwise than it stands there', async () => {
    const board = await newBoard(redis, prefix, { operator: 'best', windows: ['all'], metadataBytes: 100 });
    const path = join(folder, 'lost.ndjson');
    const rows = ['{"a":1e400}', '{"__proto__":{}}', '{"a":null}'].map(
      (metadata) => `{"player":"ada","score":1,"time":"${TIME}","metadata":${metadata}}`,
    );
    await writeFile(path, rows.join('\n'));
    const said = await cli(['board', 'import', board.id, path], { env });
    expect(said.stderr).toContain('2 of 3 rows are no events');
    expect(said.stderr).toMatch(/line 1: metadata holds a number .*\n.*line 2: metadata holds/);
  });

  test('leaves nothing behind in the temporary folder', async () => {
    const own = await mkdtemp(join(folder, 'tmp-'));
    const board = await newBoard(redis, prefix, { operator: 'best' });
    const path = await writeEvents(folder, 'tidy', 'csv', [{ player: 'ada', score: 1, time: TIME }]);
    expect((await cli(['board', 'import', board.id, path], { env: { ...env, TMPDIR: own } })).code).toBe(0);
    expect((await readdir(own)).filter((name) => name.startsWith('opsline-import-'))).toEqual([]);
  });
});

describe('the Redis of an import', () => {
  test('is the private one of `opsline up`, found by its data folder', async () => {
    const data = await mkdtemp(join(folder, 'data-'));
    const server = await startEmbeddedRedis(data);
    const own = connect(waitForever(server.url));
    try {
      const board = await newBoard(own, 'opsline', { operator: 'best', windows: ['all'] });
      const path = await writeEvents(folder, 'private', 'csv', [{ player: 'ada', score: 7, time: TIME }]);
      const said = await cli(['board', 'import', board.id, path], { env: { OPSLINE_DATA: data } });
      expect(said.stderr).toMatch(/1 events/);
      expect(await own.zcard(boardKeys('opsline', board.id).entries('all'))).toBe(1);
      // A service elsewhere has another Redis: this one would be wrong.
      const elsewhere = { OPSLINE_DATA: data, OPSLINE_URL: 'http://127.0.0.1:1' };
      expect((await cli(['board', 'import', board.id, path], { env: elsewhere })).stderr).toMatch(/set REDIS_URL/);
    } finally {
      own.disconnect();
      await server.stop();
    }
  });

  test('must be there', async () => {
    const path = await writeEvents(folder, 'none', 'csv', [{ player: 'ada', score: 7, time: TIME }]);
    const none = await cli(['board', 'import', 'x', path], { env: { OPSLINE_DATA: join(folder, 'nothing') } });
    expect(none).toMatchObject({ code: 2 });
    expect(none.stderr).toMatch(/set REDIS_URL .* or start `opsline up` here/);
    const wrong = await cli(['board', 'import', 'x', path], { env: { REDIS_URL: 'redis://127.0.0.1:1' } });
    expect(wrong.stderr).toMatch(/No Redis answered at 127\.0\.0\.1:1/);
    const missing = await cli(['board', 'import', 'no-such-board', path], { env });
    expect(missing.stderr).toMatch(/no board "no-such-board"/);
  });
});

describe('a board that is in use', () => {
  const now = Date.parse('2026-11-24T00:00:00Z');
  const importInto = (board: Board, files: string[]): ReturnType<typeof importFiles> =>
    importFiles({ redis, prefix, board: board.id, files, onInvalid: 'refuse', now });

  test('gets the history added to what it has', async () => {
    const board = await newBoard(redis, prefix, { operator: 'sum', decimals: 2, windows: ['all'] });
    await sendLive(redis, prefix, board, [{ player: 'ada', score: 0.1, time: TIME }], now);
    const path = await writeEvents(folder, 'adds', 'ndjson', [{ player: 'ada', score: 0.2, time: TIME }]);
    await importInto(board, [path]);
    expect(await scoreOf(board, 'ada')).toBe(0.3);
  });

  test('is left as it is when a total would leave its range', async () => {
    const board = await newBoard(redis, prefix, { operator: 'sum', max: 100, windows: ['all', 'day'] });
    await sendLive(redis, prefix, board, [{ player: 'ada', score: 60, time: TIME }], now);
    const before = await contentsOf(redis, prefix, board);
    const day = (date: string, score: number): object => ({ player: 'ada', score, time: `2026-11-${date}T10:00:00Z` });
    const attempts = [
      // Together with what is there; by itself, in a window of its own; a change beyond everything; many that cancel out in the end do not count.
      [[day('20', 41)], /total of "ada" in all would be 101/],
      [[day('19', 99), day('20', -99), day('19', 99), day('20', -99)], /total of "ada" in day:2026-11-19 would be 198/],
      [[...Array(3)].map(() => day('20', 90)), /total of "ada" in all would be 270 /],
    ] as const;
    for (const [index, [events, message]] of attempts.entries()) {
      const path = await writeEvents(folder, `range-${index}`, 'ndjson', events as never);
      await expect(importInto(board, [path])).rejects.toThrow(message);
    }
    expect(await contentsOf(redis, prefix, board)).toEqual(before);
    expect(await pending(board)).toBe(0);
    // A change beyond the range is none of its own if the total is not.
    const path = await writeEvents(folder, 'range-good', 'ndjson', [day('20', -80), day('20', -80)] as never);
    await importInto(board, [path]);
    expect(await scoreOf(board, 'ada')).toBe(-100);
  });

  test('counts events of closed windows as late', async () => {
    const board = await newBoard(redis, prefix, { operator: 'best', windows: ['all', 'day'] });
    const keys = boardKeys(prefix, board.id);
    await redis.hset(keys.state('day:2026-11-20'), 'closed', 1);
    const path = await writeEvents(folder, 'late', 'ndjson', [
      { player: 'ada', score: 1, time: TIME },
      { player: 'bob', score: 1, time: TIME },
    ]);
    expect(await importInto(board, [path])).toMatchObject({ late: 2, events: 2 });
    expect(await redis.exists(keys.entries('day:2026-11-20'))).toBe(0);
    expect(await redis.zcard(keys.entries('all'))).toBe(2);
  });

  test('keeps the seasons of an import that had begun before another was added', async () => {
    const board = await newBoard(redis, prefix, { operator: 'sum', windows: ['all'] });
    const path = await writeEvents(folder, 'season', 'ndjson', [{ player: 'ada', score: 1, time: TIME }]);
    await importInto(board, [path]);
    const season = { id: 'late', start: '2026-11-01T00:00:00.000Z', end: '2026-12-01T00:00:00.000Z', resolution: 's' };
    await redis.set(
      boardKeys(prefix, board.id).definition,
      JSON.stringify({ ...board, seasons: [season], version: 2 }),
    );
    expect(await importInto(board, [path])).toMatchObject({ before: 'all' });
    expect(await scoreOf(board, 'ada')).toBe(1);
  });
});
