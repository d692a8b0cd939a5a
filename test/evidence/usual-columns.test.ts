import { expect, test } from 'vitest';
import { usualColumns } from '../../src/evidence/parse/usual-columns.ts';

const under = (kind: string, row: string, before: readonly string[] = []) => {
  const cells = row.split(/\s{2,}/);
  return Object.fromEntries(usualColumns(kind, cells, before).map((column, index) => [column, cells[index]]));
};

test('a CronJob is read with and without its time zone', () => {
  const older = under('CronJob', 'ops  night-copy  0 2 * * *  True  0  9h  40d', ['NAMESPACE']);
  const newer = under('CronJob', 'ops  night-copy  0 2 * * *  Europe/Oslo  True  0  9h  40d  copy  ops/copy:3', [
    'NAMESPACE',
  ]);
  for (const row of [older, newer]) expect(row).toMatchObject({ NAME: 'night-copy', SUSPEND: 'True', AGE: '40d' });
  expect(newer.TIMEZONE).toBe('Europe/Oslo');
  expect(older.TIMEZONE).toBeUndefined();
});

test('a Job is read as kubectl lists it before and since it shows a status, a claim with and without a volume', () => {
  expect(under('Job', 'load-1  0/1  3m  3m')).toMatchObject({ COMPLETIONS: '0/1', AGE: '3m' });
  expect(under('Job', 'load-1  Failed  0/1  3m  4m')).toMatchObject({
    STATUS: 'Failed',
    COMPLETIONS: '0/1',
    AGE: '4m',
  });
  expect(under('PersistentVolumeClaim', 'data-0  Pending  fast  12m')).toMatchObject({
    STORAGECLASS: 'fast',
    AGE: '12m',
  });
  expect(under('PersistentVolumeClaim', 'data-0  Bound  pvc-1  8Gi  RWO  fast  <unset>  12m')).toMatchObject({
    CAPACITY: '8Gi',
    STORAGECLASS: 'fast',
    VOLUMEATTRIBUTESCLASS: '<unset>',
  });
});

test('of a kind whose columns are not known there are none', () => {
  expect(usualColumns('Widget', ['a', 'b', 'c'], [])).toEqual([]);
});
