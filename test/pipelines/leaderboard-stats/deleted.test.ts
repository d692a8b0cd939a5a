import { afterAll, beforeAll, expect, test } from 'vitest';
import { leaderboardStats } from '../../../pipelines/leaderboard-stats/index.ts';
import { StatsDocument } from '../../../pipelines/leaderboard-stats/schema.ts';
import { type Boards, createBoards } from '../../../src/leaderboard/boards.ts';
import { closeDue } from '../../../src/leaderboard/closing.ts';
import { ingestQueue } from '../../../src/leaderboard/queue.ts';
import { viewOf } from '../../../src/leaderboard/series.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { connect, waitForever } from '../../../src/redis/connect.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';
import { testRedis } from '../../helpers/redis.ts';
import { DAY, keptBoard, play } from '../../leaderboard/kit.ts';

const where = testRedis();
const redis = connect(waitForever(where.url));
const queue = ingestQueue(redis, where.prefix);
let boards: Boards;

beforeAll(async () => {
  boards = await createBoards(where);
});
afterAll(async () => {
  await boards.close();
  await queue.close();
  redis.disconnect();
});

test('a leader who was deleted is spoken of without a name', async () => {
  const place = { redis, prefix: where.prefix, queue };
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
