import { describe, expect, test } from 'vitest';
import { boardKeys, short } from '../../src/leaderboard/keys.ts';
import { keptBoard, openPlace, play } from './kit.ts';

const { where, redis, boards, place } = await openPlace();
const { prefix } = where;

const NOW = Date.now();
const event = (player: string, score: number, time = NOW - 60_000) => ({ player, score, time });
const because = { who: 'olga', reason: 'cheating' };

describe('the audit', () => {
  test('says what was changed, by whom and why, newest first and in pages', async () => {
    const board = await keptBoard(place, { operator: 'best', windows: ['all'], decimals: 2 });
    await play(place, board, board.id, [event('ada', 9.25)], NOW);
    await boards.correct(board.id, 'all', 'ada', { score: -0.05, reason: 'sensor' }, 'olga');
    await boards.correct(board.id, 'all', 'bob', { score: 1, reason: 'forgotten' }, 'local');
    await boards.remove(board.id, 'all', 'ada', because);
    const first = await boards.audit(board.id, { limit: 2 });
    const second = await boards.audit(board.id, { limit: 2, cursor: first.cursor as string });
    expect(second.cursor).toBeUndefined();
    expect([...first.entries, ...second.entries]).toMatchObject([
      { action: 'remove', player: 'ada', window: 'all', from: -0.05, who: 'olga', reason: 'cheating' },
      { action: 'correct', player: 'bob', window: 'all', to: 1, who: 'local', reason: 'forgotten' },
      { action: 'correct', player: 'ada', window: 'all', from: 9.25, to: -0.05, who: 'olga', reason: 'sensor' },
    ]);
    expect(first.entries[0]).not.toHaveProperty('to');
    expect(first.entries[1]).not.toHaveProperty('from');
  });

  test('says what became of time and metadata, which decide and tell as scores do', async () => {
    for (const [operator, ties] of [
      ['best', 'earliest'],
      ['latest', 'none'],
      ['latest', 'earliest'],
    ] as const) {
      const board = await keptBoard(place, { operator, ties, max: 100, windows: ['all'], metadataBytes: 50 });
      const [sent, given] = [NOW - 60_000, NOW - 90_000].map((time) => new Date(time).toISOString());
      await play(place, board, board.id, [{ ...event('ada', 5), metadata: { a: 1 } }], NOW);
      const set = (more: object) =>
        boards.correct(board.id, 'all', 'ada', { score: 5, reason: 'why', ...more }, 'olga');
      await set({ time: given });
      await set({ metadata: { a: 2 } });
      await set({ metadata: { a: 2 } });
      await set({ metadata: null });
      await boards.remove(board.id, 'all', 'ada', because);
      const { entries } = await boards.audit(board.id, { limit: 9 });
      const [removed, none, same, other, timed] = entries;
      expect(timed).toMatchObject({ from: 5, to: 5, timeFrom: sent, timeTo: given });
      expect(timed).not.toHaveProperty('metadataFrom');
      expect(other).toMatchObject({ timeFrom: given, timeTo: given, metadataFrom: { a: 1 }, metadataTo: { a: 2 } });
      expect(same).not.toHaveProperty('metadataTo');
      expect(none).toMatchObject({ metadataFrom: { a: 2 } });
      expect(none).not.toHaveProperty('metadataTo');
      expect(removed).toMatchObject({ action: 'remove', from: 5, timeFrom: given });
      expect(removed).not.toHaveProperty('timeTo');
    }
  });

  test('tells no time where none is kept', async () => {
    const board = await keptBoard(place, { operator: 'best', ties: 'none', windows: ['all'] });
    await boards.correct(board.id, 'all', 'ada', { score: 5, reason: 'why' }, 'olga');
    expect((await boards.audit(board.id, { limit: 9 })).entries[0]).not.toHaveProperty('timeTo');
  });

  test('keeps the last ten thousand, and names of no others', async () => {
    const board = await keptBoard(place, { operator: 'best', windows: ['all'], metadataBytes: 50 });
    await play(place, board, board.id, [event('ada', 1)], NOW);
    const keys = boardKeys(prefix, board.id);
    const metadata = { of: 'oldest' };
    await boards.correct(board.id, 'all', 'oldest', { score: 1, metadata, reason: 'why' }, 'olga');
    await boards.correct(board.id, 'all', 'ada', { score: 1, metadata, reason: 'why' }, 'olga');
    for (let from = 0; from < 10_000; from += 1000) {
      const corrections = Array.from({ length: 1000 }, (_, i) =>
        boards.correct(board.id, 'all', i % 2 === 0 ? 'ada' : 'bob', { score: from + i, reason: 'why' }, 'olga'),
      );
      await Promise.all(corrections);
    }
    expect(await redis.xlen(keys.audit)).toBe(10_000);
    expect((await redis.hgetall(keys.auditNames))[`name:${short('oldest')}`]).toBeUndefined();
    expect(await redis.hgetall(keys.auditNames)).toEqual({
      [`name:${short('ada')}`]: 'ada',
      [`count:${short('ada')}`]: '5000',
      [`name:${short('bob')}`]: 'bob',
      [`count:${short('bob')}`]: '5000',
    });
  }, 60_000);
});
