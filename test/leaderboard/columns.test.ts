import { expect, test } from 'vitest';
import { isColumns } from '../../src/leaderboard/columns.ts';

const TWO = { players: ['ada', 'bob'], scores: [1, -2], times: [5, 6] };
const MORE = { ids: ['a', 'b'], sequences: [0, 1], sources: ['', 'eu'], metadata: ['', '{}'] };

test('columns of one length are columns, with any of those that may be absent', () => {
  expect(isColumns(TWO, 2)).toBe(true);
  expect(isColumns({ ...TWO, ...MORE }, 2)).toBe(true);
  expect(isColumns({ ...TWO, ids: undefined }, 500)).toBe(true);
});

test('anything else is none', () => {
  const odd: unknown[] = [null, 1, [], {}, { ...TWO, players: 'ab' }, { players: [], scores: [], times: [] }];
  for (const value of odd) expect(isColumns(value, 2)).toBe(false);
  expect(isColumns(TWO, 1)).toBe(false);
  for (const name of Object.keys(TWO)) expect(isColumns({ ...TWO, [name]: undefined }, 2)).toBe(false);
  for (const [name, column] of Object.entries({ ...TWO, ...MORE })) {
    for (const wrong of [[column[0]], [...column, column[0]], [column[0], null], {}, 'ab'])
      expect(isColumns({ ...TWO, ...MORE, [name]: wrong }, 3)).toBe(false);
  }
  expect(isColumns({ ...TWO, scores: [1, Number.NaN] }, 2)).toBe(false);
  expect(isColumns({ ...TWO, sources: [1, 2] }, 2)).toBe(false);
});
