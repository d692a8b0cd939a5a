import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { closeDue, sealWindow } from '../../src/leaderboard/closing.ts';
import type { Board } from '../../src/leaderboard/definition.ts';
import { erasePlayer } from '../../src/leaderboard/forget.ts';
import { boardKeys, short } from '../../src/leaderboard/keys.ts';
import { scripts } from '../../src/leaderboard/scripts.ts';
import { viewOf } from '../../src/leaderboard/series.ts';
import { recordSnapshot } from '../../src/leaderboard/snapshots.ts';
import { runScript } from '../../src/redis/script.ts';
import { checksumOf, HOUR, keptBoard, openPlace, play } from './kit.ts';

const { where, redis, boards, place } = await openPlace();
const { prefix } = where;

const NOW = Date.now();
/** An hour that is over, on boards without grace. */
const PAST = Math.floor(NOW / HOUR) * HOUR - 4 * HOUR;
const CLOSED = `hour:${new Date(PAST).toISOString().slice(0, 13)}Z`;

const event = (player: string, score: number, time = NOW - 60_000) => ({ player, score, time });
const because = { who: 'olga', reason: 'cheating' };
const scores = async (board: Board, window = 'all') =>
  (await boards.top(board.id, window, { limit: 1000 })).entries.map(({ player, score }) => [player, score]);

async function exported(board: Board, window: string): Promise<string[]> {
  let text = '';
  for await (const lines of await boards.export(board.id, window)) text += lines;
  return text.trimEnd().split('\n');
}

/** All that Redis holds of a board, as text. */
async function contentOf(board: Board): Promise<string> {
  const keys = (await redis.keys(`${prefix}:*`)).filter((key) => key.includes(`{board:${board.id}}`));
  const read: Record<string, (key: string) => Promise<unknown>> = {
    string: (key) => redis.get(key),
    hash: (key) => redis.hgetall(key),
    set: (key) => redis.smembers(key),
    zset: (key) => redis.zrange(key, '0', '-1'),
    stream: (key) => redis.xrange(key, '-', '+'),
  };
  const values = keys.map(async (key) => [key, await read[await redis.type(key)]?.(key)]);
  return JSON.stringify(await Promise.all(values));
}

describe('an entry of an open window', () => {
  test('is set: score, time, metadata, dense ranks and revision', async () => {
    const board = await keptBoard(place, {
      operator: 'best',
      windows: ['all'],
      decimals: 1,
      denseRanks: true,
      metadataBytes: 50,
    });
    const sent = [event('ada', 9), event('bob', 5), event('eve', 5, NOW - 50_000)];
    await play(
      place,
      board,
      board.id,
      sent.map((each) => ({ ...each, metadata: { of: each.player } })),
      NOW,
    );
    const correct = (player: string, correction: object) =>
      boards.correct(board.id, 'all', player, { score: 0, reason: 'measured wrong', ...correction }, 'olga');
    const revision = () => redis.hget(boardKeys(prefix, board.id).state('all'), 'revision');
    expect(await revision()).toBe('1');

    // Keeps its time, which puts it between the two others.
    await correct('ada', { score: 5 });
    expect(await revision()).toBe('2');
    const entries = async () => (await boards.top(board.id, 'all', { limit: 9 })).entries;
    expect((await entries()).map(({ player, denseRank }) => [player, denseRank])).toEqual([
      ['ada', 1],
      ['bob', 1],
      ['eve', 1],
    ]);
    await correct('ada', { score: 5, time: new Date(NOW - 55_000).toISOString(), metadata: { by: 'olga' } });
    await correct('bob', { score: 6.5, metadata: null });
    await correct('new', { score: -1.5, time: new Date(NOW - 40_000).toISOString() });
    expect(await entries()).toMatchObject([
      { player: 'bob', score: 6.5, denseRank: 1 },
      { player: 'ada', score: 5, denseRank: 2, metadata: { by: 'olga' } },
      { player: 'eve', score: 5, denseRank: 2, metadata: { of: 'eve' } },
      { player: 'new', score: -1.5, denseRank: 3 },
    ]);
    expect((await entries())[0]).not.toHaveProperty('metadata');
    expect(await redis.zrange(boardKeys(prefix, board.id).scores('all'), '0', '-1')).toEqual(['-65', '-50', '15']);
  });

  test.each([
    ['beyond the range', 'x', { score: 101 }, 'invalid-input'],
    ['of too many decimals', 'x', { score: 1.5 }, 'invalid-input'],
    ['outside its window', 'x', { time: '2026-01-01T00:00:00Z' }, 'invalid-input'],
    ['with metadata where none is kept', 'x', { metadata: { a: 1 } }, 'invalid-input'],
  ])('is not set to one %s', async (_, player, correction, code) => {
    const board = await keptBoard(place, { operator: 'sum', windows: ['day'], max: 100 });
    await play(place, board, board.id, [event('x', 1)], NOW);
    const wanted = { score: 1, reason: 'why', ...correction };
    const day = viewOf(board, 'day', NOW - 60_000).window.id;
    await expect(boards.correct(board.id, day, player, wanted, 'olga')).rejects.toMatchObject({ code });
    expect(await scores(board, day)).toEqual([['x', 1]]);
    expect((await boards.audit(board.id, { limit: 9 })).entries).toEqual([]);
  });

  test('is not set where the window keeps better ones only, and takes the place of the last otherwise', async () => {
    const board = await keptBoard(place, { operator: 'best', windows: ['all'], maxEntries: 2, denseRanks: true });
    await play(place, board, board.id, [event('ada', 9), event('bob', 5)], NOW);
    const set = (player: string, score: number) =>
      boards.correct(board.id, 'all', player, { score, reason: 'why' }, 'olga');
    await expect(set('eve', 4)).rejects.toMatchObject({ code: 'invalid-input' });
    expect(await scores(board)).toEqual([
      ['ada', 9],
      ['bob', 5],
    ]);
    await set('eve', 7);
    expect(await scores(board)).toEqual([
      ['ada', 9],
      ['eve', 7],
    ]);
    expect(await redis.zrange(boardKeys(prefix, board.id).scores('all'), '0', '-1')).toEqual(['-9', '-7']);
  });

  test('takes events again once it is set or removed, as the operator says', async () => {
    for (const [operator, afterSet, afterRemoval] of [
      ['best', 5, 3],
      ['latest', 3, 3],
      ['sum', 8, 3],
    ] as const) {
      const board = await keptBoard(place, { operator, windows: ['all'] });
      await play(place, board, `${board.id}-1`, [event('ada', 9)], NOW);
      await boards.correct(board.id, 'all', 'ada', { score: 5, reason: 'why' }, 'olga');
      await play(place, board, `${board.id}-2`, [event('ada', 3, NOW - 1000)], NOW);
      expect(await scores(board)).toEqual([['ada', afterSet]]);
      await boards.remove(board.id, 'all', 'ada', because);
      expect(await scores(board)).toEqual([]);
      await play(place, board, `${board.id}-3`, [event('ada', 3)], NOW);
      expect(await scores(board)).toEqual([['ada', afterRemoval]]);
    }
  });

  test('is removed with its metadata and its dense rank', async () => {
    const board = await keptBoard(place, { operator: 'best', windows: ['all'], denseRanks: true, metadataBytes: 50 });
    await play(place, board, board.id, [{ ...event('ada', 9), metadata: { a: 1 } }, event('bob', 5)], NOW);
    await boards.remove(board.id, 'all', 'ada', because);
    const keys = boardKeys(prefix, board.id);
    expect(await redis.zrange(keys.scores('all'), '0', '-1')).toEqual(['-5']);
    expect(await redis.hlen(keys.metadata('all'))).toBe(0);
    expect(await redis.hget(keys.state('all'), 'revision')).toBe('2');
    await expect(boards.remove(board.id, 'all', 'ada', because)).rejects.toMatchObject({ code: 'player-not-found' });
  });

  test('of a window without events is set while it takes events, and none of a closed one', async () => {
    const board = await keptBoard(place, { operator: 'best', windows: ['all', 'hour'], graceSeconds: 0 });
    const set = (window: string) => boards.correct(board.id, window, 'ada', { score: 1, reason: 'why' }, 'olga');
    await set('all');
    expect(await scores(board, 'all')).toEqual([['ada', 1]]);
    expect(await boards.windows(board.id)).toEqual(['all']);
    expect((await boards.statistics(board.id, 'all', { top: 1 })).events).toBe(0);
    // One that is over takes nothing, and one that is to come has not begun.
    await expect(set(CLOSED)).rejects.toMatchObject({ code: 'window-closed' });
    const later = viewOf(board, 'hour', NOW + 3 * HOUR).window.id;
    await expect(set(later)).rejects.toMatchObject({ code: 'window-not-found' });
    expect(await boards.windows(board.id)).toEqual(['all']);

    await play(place, board, board.id, [event('ada', 9, PAST)], PAST + 1);
    await set(CLOSED);
    await closeDue(redis, prefix, board);
    await expect(set(CLOSED)).rejects.toMatchObject({ code: 'window-closed' });
    await expect(boards.remove(board.id, CLOSED, 'ada', because)).rejects.toMatchObject({ code: 'window-closed' });
    expect(await scores(board, CLOSED)).toEqual([['ada', 1]]);
  });

  test('of a window that only a correction opened is closed with a record as any other', async () => {
    const board = await keptBoard(place, { operator: 'best', windows: ['hour'], graceSeconds: 4 * 3600 });
    const hour = viewOf(board, 'hour', PAST + HOUR).window;
    await boards.correct(board.id, hour.id, 'ada', { score: 1, reason: 'why' }, 'olga');
    const impatient = { ...board, graceSeconds: 0 };
    expect(await closeDue(redis, prefix, impatient)).toBe(1);
    expect(await boards.snapshot(board.id, 1)).toMatchObject({ window: hour.id, entries: 1, events: 0 });
  });

  test('is not set to a time that events may not have, which would keep later events out', async () => {
    const board = await keptBoard(place, { operator: 'latest', windows: ['all'] });
    const set = (time: number) =>
      boards.correct(board.id, 'all', 'ada', { score: 5, time: new Date(time).toISOString(), reason: 'why' }, 'olga');
    await expect(set(Date.now() + 6 * 60_000)).rejects.toMatchObject({
      code: 'invalid-input',
      issues: [{ path: '/time', message: 'is more than five minutes in the future' }],
    });
    expect((await boards.audit(board.id, { limit: 9 })).entries).toEqual([]);
    await set(Date.now() + 60_000);
    expect(await scores(board)).toEqual([['ada', 5]]);
  });
});

describe('a deleted player', () => {
  test('leaves open windows, keeps a place in closed ones, and gets the snapshot another checksum', async () => {
    const board = await keptBoard(place, {
      operator: 'best',
      windows: ['all', 'hour'],
      graceSeconds: 0,
      denseRanks: true,
      metadataBytes: 50,
      maxJump: 5,
    });
    const keys = boardKeys(prefix, board.id);
    const sent = [
      event('ada', 9, PAST),
      event('bob', 3, PAST),
      event('bob', 9, PAST),
      event('eve', 5, PAST),
      event('zoe', 9, PAST),
    ];
    await play(
      place,
      board,
      board.id,
      sent.map((each) => ({ ...each, metadata: { of: each.player } })),
      PAST + 1,
    );
    await closeDue(redis, prefix, board);
    const metadata = { nick: 'bobby' };
    await boards.correct(board.id, 'all', 'bob', { score: 8, metadata, reason: 'sensor' }, 'olga');
    await boards.summary(board.id, CLOSED, 0);
    expect(await redis.xlen(keys.jumps)).toBe(2);
    const before = await boards.snapshot(board.id, 1);
    const page = await boards.top(board.id, CLOSED, { limit: 9 });

    expect(await boards.forget(board.id, 'bob', { who: 'olga', reason: 'asked for' })).toEqual({ open: 1, closed: 1 });
    expect(await boards.forget(board.id, 'bob', { who: 'olga', reason: 'again' })).toEqual({ open: 0, closed: 0 });
    expect((await scores(board)).map(([player]) => player)).toEqual(['ada', 'zoe', 'eve']);
    expect((await boards.top(board.id, CLOSED, { limit: 9 })).entries).toEqual(
      page.entries.map(({ metadata, ...entry }) =>
        entry.player === 'bob' ? { ...entry, player: '', deleted: true } : { ...entry, metadata },
      ),
    );
    expect((await boards.summary(board.id, CLOSED, 60_000)).statistics.top[1]).toMatchObject({ deleted: true });

    const after = await boards.snapshot(board.id, 1);
    expect(after).toEqual({
      ...before,
      checksum: checksumOf(await exported(board, CLOSED), 0),
      revisions: [{ at: after.revisions[0]?.at, checksum: before.checksum, reason: 'a player was deleted' }],
    });
    expect(after.checksum).not.toBe(before.checksum);

    const audit = (await boards.audit(board.id, { limit: 9 })).entries;
    expect(audit.map(({ action, digest, reason }) => [action, digest, reason])).toEqual([
      ['forget', short('bob'), 'again'],
      ['forget', short('bob'), 'asked for'],
      ['correct', short('bob'), 'sensor'],
    ]);
    // Nothing of the board holds the name any more, while the others' stand in it.
    const all = await contentOf(board);
    expect(all).toContain('zoe');
    expect(all).not.toContain('bob');
    expect(await redis.scard(keys.deletions)).toBe(0);
  });

  test('is deleted by the next pass when a crash leaves the deletion half done', async () => {
    const board = await keptBoard(place, { operator: 'best', windows: ['hour'], graceSeconds: 0 });
    for (let i = 0; i < 3; i += 1) {
      await play(place, board, `${board.id}-${i}`, [event('ada', 1, PAST - i * HOUR)], PAST - i * HOUR + 1);
    }
    await closeDue(redis, prefix, board);
    const before = await boards.snapshots(board.id, { limit: 9 });
    // As far as a process got that died behind the first window, before its record.
    await redis.sadd(boardKeys(prefix, board.id).deletions, 'ada');
    expect(await erasePlayer(redis, prefix, board, CLOSED, 'ada')).toBe('closed');
    expect(await erasePlayer(redis, prefix, board, CLOSED, 'ada')).toBe('absent');
    await closeDue(redis, prefix, board);
    const { snapshots } = await boards.snapshots(board.id, { limit: 9 });
    for (const [i, { window, checksum, revisions }] of snapshots.entries()) {
      expect(await scores(board, window)).toEqual([['', 1]]);
      expect(checksum).toBe(checksumOf(await exported(board, window), 0));
      expect(revisions.map((revision) => revision.checksum)).toEqual([before.snapshots[i]?.checksum]);
    }
    expect(await redis.scard(boardKeys(prefix, board.id).deletions)).toBe(0);
  });

  test('who goes between the seal of a window and its record is in the record as deleted', async () => {
    const board = await keptBoard(place, { operator: 'best', windows: ['hour'], graceSeconds: 0 });
    await play(place, board, board.id, [event('ada', 1, PAST), event('bob', 2, PAST)], PAST + 1);
    await sealWindow(redis, prefix, viewOf(board, CLOSED));
    const keys = boardKeys(prefix, board.id);
    const revision = (await redis.hget(keys.state(CLOSED), 'revision')) as string;
    await erasePlayer(redis, prefix, board, CLOSED, 'bob');
    // A record of before is refused.
    const written = [keys.state(CLOSED), keys.times(CLOSED), keys.unrecorded, keys.records];
    expect(await runScript(redis, scripts.record, written, [CLOSED, '1', revision, '', '{}'])).toBe(0);
    expect(await redis.exists(keys.records)).toBe(0);
    await Promise.all([
      recordSnapshot(redis, prefix, board, CLOSED),
      boards.forget(board.id, 'ada', because),
      recordSnapshot(redis, prefix, board, CLOSED),
    ]);
    await closeDue(redis, prefix, board);
    const { checksum, entries } = await boards.snapshot(board.id, 1);
    expect(entries).toBe(2);
    expect(checksum).toBe(checksumOf(await exported(board, CLOSED), 0));
  });

  test('moves nobody, whoever shares the score, in whatever order players go', async () => {
    const names = ['a', 'aa', 'ab', 'b', 'ba', 'é', '鬼', '~', ' ', '!', 'a b', 'zz'];
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.constantFrom(...names), { minLength: 2 }),
        fc.infiniteStream(fc.nat({ max: 1 })),
        fc.shuffledSubarray(names),
        fc.constantFrom('none' as const, 'earliest' as const),
        async (players, dice, leaving, ties) => {
          const board = await keptBoard(place, { operator: 'best', windows: ['hour'], graceSeconds: 0, ties });
          const events = players.map((player) => event(player, dice.next().value as number, PAST));
          await play(place, board, board.id, events, PAST + 1);
          await closeDue(redis, prefix, board);
          let expected = (await boards.top(board.id, CLOSED, { limit: 99 })).entries;
          for (const player of leaving) {
            await erasePlayer(redis, prefix, board, CLOSED, player);
            expected = expected.map((each) => (each.player === player ? { ...each, player: '', deleted: true } : each));
            expect((await boards.top(board.id, CLOSED, { limit: 99 })).entries).toEqual(expected);
          }
          // Names made of others' names go with these.
          const members = await redis.zrange(boardKeys(prefix, board.id).entries(CLOSED), '0', '-1');
          const left = new Set(expected.filter(({ deleted }) => !deleted).map(({ player }) => player));
          for (const member of members) expect([...left, '']).toContain(member.split('\u0001')[0]);
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);
});

test('an export of a window that changes meanwhile says so', async () => {
  const board = await keptBoard(place, { operator: 'best', windows: ['all'] });
  await play(
    place,
    board,
    board.id,
    Array.from({ length: 2500 }, (_, i) => event(`p${i}`, i)),
    NOW,
  );
  const whole = await exported(board, 'all');
  expect(whole).toHaveLength(2502);
  expect(JSON.parse(whole[0] as string)).toEqual({ board: board.id, window: 'all', revision: 5 });
  expect(JSON.parse(whole.at(-1) as string)).toMatchObject({ entries: 2500, revision: 5, consistent: true });
  const lines: string[] = [];
  for await (const text of await boards.export(board.id, 'all')) {
    if (lines.length === 1) await play(place, board, `${board.id}-more`, [event('p1', 9999)], NOW);
    lines.push(text);
  }
  expect(JSON.parse(lines.at(-1) as string)).toMatchObject({ revision: 6, consistent: false });
});
