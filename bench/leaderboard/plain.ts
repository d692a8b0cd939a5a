/**
 * What one would write without opsline, on the same windows and events: plain commands, one ioredis pipeline for a batch; and the
 * least that reducing a batch in Node and applying it with one script could cost.
 */
import type { Board } from '../../src/leaderboard/definition.ts';
import type { Events } from '../../src/leaderboard/events.ts';
import { seriesOf } from '../../src/leaderboard/series.ts';
import type { RedisClient } from '../../src/redis/client.ts';

type Operator = 'best' | 'sum' | 'latest';

/** Commands for each event and window: ZADD GT, ZINCRBY, or a look at the time before ZADD; and a counter. */
export async function applyPlainly(
  redis: RedisClient,
  board: Board,
  { players, scores, times }: Events,
  name: string,
): Promise<void> {
  const before = board.operator === 'latest' ? await redis.hmget(`${name}:times:all`, ...players) : [];
  const pipeline = redis.pipeline();
  for (const [index, id] of players.entries()) {
    const score = scores[index] as number;
    const time = times[index] as number;
    for (const series of seriesOf(board)) {
      const window = series.at(time)?.id ?? '';
      if (board.operator === 'best') pipeline.zadd(`${name}:${window}`, 'GT', score, id);
      else if (board.operator === 'sum') pipeline.zincrby(`${name}:${window}`, score, id);
      else if (time > Number(before[index] ?? -1)) {
        pipeline.zadd(`${name}:${window}`, score, id);
        pipeline.hset(`${name}:times:${window}`, id, time);
      }
      pipeline.hincrby(`${name}:state`, window, 1);
    }
  }
  await pipeline.exec();
}

const SCRIPTS: Record<Operator, string> = {
  best: `
    local at = 1
    for key = 1, #KEYS do
      local last = at + 2 * tonumber(ARGV[at])
      for from = at + 1, last, 1000 do redis.call('ZADD', KEYS[key], 'GT', unpack(ARGV, from, math.min(from + 999, last))) end
      at = last + 1
    end`,
  sum: `
    local at = 1
    for key = 1, #KEYS do
      local last = at + 2 * tonumber(ARGV[at])
      for i = at + 1, last, 2 do redis.call('ZINCRBY', KEYS[key], ARGV[i], ARGV[i + 1]) end
      at = last + 1
    end`,
  latest: `
    local at = 1
    for key = 1, #KEYS, 2 do
      local last = at + 3 * tonumber(ARGV[at])
      local players = {}
      for i = at + 1, last, 3 do players[#players + 1] = ARGV[i + 2] end
      local known = redis.call('HMGET', KEYS[key + 1], unpack(players))
      local entries, times = {}, {}
      for i = at + 1, last, 3 do
        if tonumber(ARGV[i + 1]) > tonumber(known[(i - at + 2) / 3] or '-1') then
          entries[#entries + 1] = ARGV[i]; entries[#entries + 1] = ARGV[i + 2]
          times[#times + 1] = ARGV[i + 2]; times[#times + 1] = ARGV[i + 1]
        end
      end
      if #entries > 0 then redis.call('ZADD', KEYS[key], unpack(entries)); redis.call('HSET', KEYS[key + 1], unpack(times)) end
      at = last + 1
    end`,
};

/** Reduces a batch per window and player and sends it with one bare script: no gate, no tie-break, no count, no checks. */
export async function applyBarely(
  redis: RedisClient,
  board: Board,
  { players, scores, times }: Events,
  name: string,
): Promise<void> {
  const operator = board.operator as Operator;
  const windows = new Map<string, Map<string, { score: number; time: number }>>();
  for (const series of seriesOf(board)) {
    let window = series.at(times[0] as number);
    let changes = new Map<string, { score: number; time: number }>();
    windows.set(window?.id ?? '', changes);
    for (let index = 0; index < players.length; index += 1) {
      const time = times[index] as number;
      if (window === undefined || time < window.start || time >= window.end) {
        window = series.at(time);
        changes = windows.get(window?.id ?? '') ?? new Map();
        windows.set(window?.id ?? '', changes);
      }
      const score = scores[index] as number;
      const known = changes.get(players[index] as string);
      if (known === undefined) changes.set(players[index] as string, { score, time });
      else if (operator === 'sum') known.score += score;
      else if (operator === 'best' ? score > known.score : time > known.time) Object.assign(known, { score, time });
    }
  }
  const keys = [...windows.keys()].flatMap((window) =>
    operator === 'latest' ? [`${name}:${window}`, `${name}:times:${window}`] : [`${name}:${window}`],
  );
  const args = [...windows.values()].flatMap((changes) => [
    changes.size,
    ...[...changes].flatMap(([id, { score, time }]) => (operator === 'latest' ? [score, time, id] : [score, id])),
  ]);
  await run(redis, operator, keys, args);
}

const loaded = new Map<Operator, Promise<unknown>>();

async function run(redis: RedisClient, operator: Operator, keys: string[], args: (string | number)[]): Promise<void> {
  if (!loaded.has(operator)) loaded.set(operator, redis.script('LOAD', SCRIPTS[operator]));
  await redis.evalsha((await loaded.get(operator)) as string, keys.length, ...keys, ...args);
}
