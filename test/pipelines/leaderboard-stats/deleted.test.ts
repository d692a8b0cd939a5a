import { expect, test } from 'vitest';
import { leaderboardStats } from '../../../pipelines/leaderboard-stats/index.ts';
import { StatsDocument } from '../../../pipelines/leaderboard-stats/schema.ts';
import { closeDue } from '../../../src/leaderboard/closing.ts';
import { viewOf } from '../../../src/leaderboard/series.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';
import { DAY, keptBoard, openPlace, play } from '../../leaderboard/kit.ts';

const { where, redis, boards, place } = await openPlace();

test('a leader who was deleted is spoken of without a name', async () => {
  const board = await keptBoard(place, { operator: 'best', windows: ['hour'] });
  const time = Date.now() - 3 * DAY;
  const events = ['ada', 'bob', 'eve'].map((player, i) => ({ player, score: 9 - i, time }));
  await play(place, board, board.id, events, time + 1);
  await closeDue(redis, where.prefix, board);
  for (const player of ['ada', 'bob']) await boards.forget(board.id, player, { who: 'olga', reason: 'asked for' });
  const input = { board: board.id, window: viewOf(board, 'hour', time).window.id };
  const record = await runInProcess(leaderboardStats(boards), input, { predictor: noModel() });
  const { leaders, narrative } = StatsDocument.parse(record.run.output);
  expect(leaders.map(({ player, deleted }) => [player, deleted])).toEqual([
    ['a deleted player', true],
    ['a deleted player', true],
    ['eve', undefined],
  ]);
  expect(narrative.headline).toMatch(/^a deleted player leads .* ahead of a deleted player$/);
});
