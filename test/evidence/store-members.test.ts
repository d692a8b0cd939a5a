import { expect, test } from 'vitest';
import { storeMembers } from '../../src/evidence/parse/store-members.ts';
import { judge } from '../../src/evidence/status/judge.ts';

const states = (value: unknown) =>
  storeMembers(JSON.stringify(value)).map((one) => [(one.metadata as { name: string }).name, judge(one)?.is]);

test('a search cluster is unwell where shards are missing, and not where only copies are', () => {
  const health = (status: string) => ({ cluster_name: 'logs', status, number_of_nodes: 2, unassigned_shards: 4 });
  expect(states(health('red'))).toEqual([['logs', 'unwell']]);
  expect(states(health('yellow'))).toEqual([['logs', 'well']]);
  expect(states({ status: 'red', unassigned_shards: 'none' })).toEqual([]);
});

test('a member of a replica set that does not serve is unwell', () => {
  expect(
    states({
      set: 'rs0',
      members: [
        { name: 'db-0:27017', stateStr: 'PRIMARY' },
        { name: 'db-1:27017', stateStr: 'RECOVERING', infoMessage: 'could not find member to sync from' },
      ],
    }),
  ).toEqual([
    ['db-0', 'well'],
    ['db-1', 'unwell'],
  ]);
});

test('a member that comes up has not failed', () => {
  const member = (stateStr: string) => states({ set: 'rs0', members: [{ name: 'db-1:27017', stateStr }] });
  expect(['STARTUP2', 'RECOVERING', 'ROLLBACK'].map(member)).toEqual([
    [['db-1', 'under-way']],
    [['db-1', 'under-way']],
    [['db-1', 'unwell']],
  ]);
});
