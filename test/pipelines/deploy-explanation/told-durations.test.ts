import { expect, test } from 'vitest';
import { durationIn } from '../../../pipelines/deploy-explanation/analyzers/running/durations.ts';
import { asksForSpeed } from '../../../pipelines/deploy-explanation/asks-speed.ts';
import type { EvidenceItem } from '../../../src/evidence/model.ts';
import { slowStatementsIn } from '../../../src/evidence/slow-statements.ts';

const told = (text: string) => {
  const item: EvidenceItem = {
    id: 'E1',
    source: { kind: 'text', name: 'slow.txt' },
    lines: { from: 1, to: text.split('\n').length },
    text,
  };
  return slowStatementsIn(item).map(({ statement, took, onAverage }) => ({ statement, took, onAverage }));
};

test('Redis keeps slow commands with their words, in microseconds', () => {
  expect(
    told(`1) 1) (integer) 91
   2) (integer) 1795600000
   3) (integer) 6012000
   4) 1) "KEYS"
      2) "cart:*"
   5) "10.0.0.4:51000"
   6) ""
2) 1) (integer) 90
   2) (integer) 1795599990
   3) (integer) 12000
   4) 1) "HGETALL"
      2) "cart:9"
   5) "10.0.0.4:51001"
   6) ""`),
  ).toEqual([{ statement: 'KEYS cart:*', took: 6012, onAverage: false }]);
});

test('statistics of a database tell how long a statement takes on average', () => {
  expect(
    told(`           query            | calls | mean_exec_time
----------------------------+-------+----------------
 SELECT * FROM cart WHERE x | 4120  |        3411.02
 SELECT 1                   | 99120 |           0.02
(2 rows)`),
  ).toEqual([{ statement: 'SELECT * FROM cart WHERE x', took: 3411.02, onAverage: true }]);
  expect(told('query avg_time\nnone')).toEqual([]);
});

test('a line tells how long an operation took in a field, or by its only time', () => {
  expect(durationIn('{"msg":"done","duration_ms":5012}')).toBe(5012);
  expect(durationIn('GET /cart 200 4.2s')).toBe(4200);
  expect(durationIn('level=info msg=done took=812ms')).toBe(812);
  expect(durationIn('retrying in 30s')).toBeUndefined();
  expect(durationIn('started with timeout 30s')).toBeUndefined();
  expect(durationIn('nothing of time')).toBeUndefined();
});

test('who asks why something is late wants to know where its time goes', () => {
  for (const question of [
    'why is web slow?',
    'cart page needs 6 seconds',
    'p99 of quotes went up',
    'GET / takes 900 ms',
  ])
    expect(asksForSpeed(question)).toBe(true);
  for (const question of ['why does web crash?', 'is web ok?', 'web fails since 14:00'])
    expect(asksForSpeed(question)).toBe(false);
});

test('a field is a duration by its unit, or where loggers are known to give one', () => {
  expect(durationIn('{"level":30,"time":1732701234567,"msg":"done","responseTime":12}')).toBe(12);
  expect(durationIn('{"level":30,"time":1732701234567,"msg":"done"}')).toBeUndefined();
  expect(durationIn('{"status":200,"request_time":0.35}')).toBe(350);
  expect(durationIn('op=scan duration: 2.3 rows=1')).toBeUndefined();
  expect(durationIn('op=scan duration_ms=2300 rows=1')).toBe(2300);
});
