/** The proofs prove something: without the lines that keep scores exact, what they look at comes out wrong. */
import { afterAll, afterEach, expect, test } from 'vitest';
import { sha256 } from '../../src/digest.ts';
import { acceptBatch } from '../../src/leaderboard/accept.ts';
import { applyPart } from '../../src/leaderboard/apply.ts';
import type { Board, BoardSettings } from '../../src/leaderboard/definition.ts';
import { checkEvents } from '../../src/leaderboard/events.ts';
import { boardKeys } from '../../src/leaderboard/keys.ts';
import { planBoard } from '../../src/leaderboard/plan.ts';
import { IngestJob, ingestQueue } from '../../src/leaderboard/queue.ts';
import { scripts } from '../../src/leaderboard/scripts.ts';
import { connect, waitForever } from '../../src/redis/connect.ts';
import { testRedis } from '../helpers/redis.ts';

const { url, prefix } = testRedis();
const redis = connect(waitForever(url));
const queue = ingestQueue(redis, prefix);
const whole = scripts.apply;
afterEach(() => void Object.assign(scripts, { apply: whole }));
afterAll(async () => {
  await queue.close();
  redis.disconnect();
});

const time = new Date(Date.now() - 1000).toISOString();
let made = 0;

/** A new board, a way to send one event that is delivered so often, and what the player's sort key is then. */
function trial(settings: BoardSettings) {
  made += 1;
  const board: Board = planBoard(`m${made}`, { windows: ['all'], ties: 'none', ...settings }, time);
  const keys = boardKeys(prefix, board.id);
  return {
    keys,
    async send(key: string, score: number, deliveries = 1, before: () => Promise<unknown> = async () => {}) {
      const event = { player: 'ada', score, time, ...(board.dedupe === undefined ? {} : { id: 'the one' }) };
      await acceptBatch({ redis, prefix, queue }, board, checkEvents(board, [event], Date.now()), { key });
      const [job] = await queue.getJobs(['waiting']);
      await queue.drain();
      await before();
      for (let i = 0; i < deliveries; i += 1) {
        await applyPart(redis, prefix, board, IngestJob.parse(job?.data)).catch((error) => error);
      }
    },
    score: () => redis.zscore(keys.entries('all'), 'ada'),
  };
}

const scenarios: Record<string, () => Promise<string | null>> = {
  'a sum delivered twice': async () => {
    const { send, score } = trial({ operator: 'sum', direction: 'lower' });
    await send('a', 5, 2);
    return score();
  },
  'a sum whose gate expired before it came': async () => {
    const { send, score, keys } = trial({ operator: 'sum', direction: 'lower' });
    await send('a', 5, 1, () => redis.del(keys.batch('a')));
    return score();
  },
  'an event for a closed window': async () => {
    const { send, score, keys } = trial({ operator: 'sum', direction: 'lower' });
    await send('a', 5);
    await redis.hset(keys.state('all'), 'closed', '1');
    await send('b', 7);
    return score();
  },
  'a worse score after a better one': async () => {
    const { send, score } = trial({ operator: 'best', direction: 'lower' });
    await send('a', 5);
    await send('b', 7);
    return score();
  },
  'an event that comes again in another batch': async () => {
    const { send, score } = trial({ operator: 'sum', direction: 'lower', dedupe: { by: 'id' } });
    await send('a', 5);
    await send('b', 5);
    return score();
  },
  'a total beyond the range': async () => {
    const { send, score } = trial({ operator: 'sum', direction: 'lower', max: 8 });
    await send('a', 5);
    await send('b', 7);
    return score();
  },
};

test.each([
  ['a sum delivered twice', "if redis.call('HEXISTS', KEYS[1], request.part) == 1 then return 'duplicate' end", ''],
  ['a sum delivered twice', "request.part, '1', ", ''],
  ['a sum whose gate expired before it came', "if redis.call('EXISTS', KEYS[1]) == 0 then return 'expired' end", ''],
  ['an event for a closed window', "redis.call('HEXISTS', KEYS[window.at + STATE], 'closed') == 1", 'false'],
  ['a worse score after a better one', "'LT', keysAndPlayers(window)", 'keysAndPlayers(window)'],
  ['an event that comes again in another batch', "if #seen > 0 then return { 'seen', unpack(seen) } end", ''],
  ['a total beyond the range', 'if total < request.low or total > request.high then return false end', ''],
])('%s comes out wrong without: %s', async (scenario, line, instead) => {
  const act = scenarios[scenario] as () => Promise<string | null>;
  const right = await act();
  expect(right).toBe(scenario.startsWith('a sum whose gate') ? null : '5');
  expect(whole.source.split(line)).toHaveLength(2);
  const source = whole.source.replace(line, () => instead);
  Object.assign(scripts, { apply: { source, sha: sha256(source) } });
  expect(await act()).not.toBe(right);
});
