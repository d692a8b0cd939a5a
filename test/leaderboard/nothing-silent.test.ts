import { describe, expect, test } from 'vitest';
import { checkEvents } from '../../src/leaderboard/events.ts';
import { planBoard } from '../../src/leaderboard/plan.ts';
import { serve } from '../api/serve.ts';
import { testBoards } from '../helpers/boards.ts';

const { boards } = await testBoards();
const NOW = Date.now();
const time = new Date(NOW - 1000).toISOString();

describe('metadata', () => {
  const board = planBoard('b', { operator: 'best', metadataBytes: 100 }, time);
  const check = (metadata: string) =>
    checkEvents(board, [JSON.parse(`{"player":"ada","score":1,"time":"${time}","metadata":${metadata}}`)], NOW);

  test.each([
    ['{"a":1e400}', 'holds a number that is too large'],
    ['{"a":[null,{"b":-1e999}]}', 'holds a number that is too large'],
    ['{"__proto__":{"a":1},"b":2}', 'must not have a field named __proto__'],
    [`{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, 'is larger than the 100 bytes'],
  ])('that would be kept otherwise than it was sent is refused: %.40s', (metadata, why) => {
    expect(() => check(metadata)).toThrow(why);
  });

  test.each(['{"a":null}', '{"null":"null"}', '{"a":{"__proto__":1}}', '{"constructor":"c"}', '{"a":-0.5e-7}'])(
    'that is kept as it was sent is taken: %s',
    (metadata) => {
      expect(check(metadata).metadata).toEqual([JSON.stringify(JSON.parse(metadata))]);
    },
  );
});

describe('what is wrong is said', () => {
  const put = async (settings: object, id = 'x') =>
    (await serve({ boards })).app.inject({ method: 'PUT', url: `/v1/boards/${id}`, payload: settings });

  test('of the two forms of keep, of times, and of a set of players', async () => {
    const said = async (settings: object) => (await put({ operator: 'best', ...settings })).json().errors[0];
    expect(await said({ keep: { windows: 1, days: 1 } })).toEqual({
      pointer: '#/keep',
      detail: expect.stringContaining('either { "windows": 1 to 10000 } or { "days"'),
    });
    for (const start of ['2026-01-01', '2026-01-01T00:00:00z', 7]) {
      const seasons = [{ id: 's', start, end: '2026-02-01T00:00:00Z' }];
      expect((await said({ seasons })).detail).toContain('such as 2026-11-22T14:08:52.113Z');
    }
    await boards.define('players', { operator: 'best' });
    const { app } = await serve({ boards });
    for (const query of ['', `?${Array.from({ length: 201 }, (_, i) => `player=${i}`).join('&')}`]) {
      const answer = await app.inject(`/v1/boards/players/windows/all/entries${query}`);
      expect(answer.json().errors).toEqual([{ parameter: 'player', detail: expect.stringContaining('1 to 200 ids') }]);
    }
  });

  test('of a board that exists: every setting in which it differs, and none else', async () => {
    await boards.define('known', { operator: 'best', decimals: 1, title: 'One' });
    const answer = await put({ operator: 'best', decimals: 2, max: 5, title: 'One', keep: { days: 3 } }, 'known');
    const { detail } = answer.json();
    for (const part of ['decimals is 1, not 2', 'max is ', 'keep is {"windows":100}, not {"days":3}'])
      expect(detail).toContain(part);
    expect(detail).not.toContain('title');
  });
});

test('a time zone is kept as the IANA database spells it, also where it was kept otherwise', async () => {
  const made = await boards.define('zone', { operator: 'best', timeZone: 'europe/berlin' });
  expect(made.board.timeZone).toBe('Europe/Berlin');
  expect(await boards.define('zone', { operator: 'best', timeZone: 'EUROPE/Berlin' })).toMatchObject({
    created: false,
  });
  await expect(boards.define('zone', { operator: 'best', timeZone: 'Europe/Paris' })).rejects.toThrow(
    'timeZone is "Europe/Berlin", not "Europe/Paris"',
  );
});

test.each([
  [{ operator: 'best', windows: ['all', 'day'] }, 8_388_607],
  [{ operator: 'sum', windows: ['all'] }, 536_870_911],
  [{ operator: 'best', windows: ['month'] }, 2_147_483_647],
  [{ operator: 'sum', windows: ['month'] }, 8_589_934_591],
  [{ operator: 'best', windows: ['week', 'day'] }, 8_589_934_591],
  [{ operator: 'best', windows: ['day'] }, 8_589_934_591],
  [{ operator: 'sum', windows: ['hour'] }, 8_589_934_591],
] as const)('%j takes scores to ±%d where it says no more', ({ operator, windows }, most) => {
  const { min, max } = planBoard('b', { operator, windows: [...windows] }, time);
  expect([min, max]).toEqual([-most, most]);
});
