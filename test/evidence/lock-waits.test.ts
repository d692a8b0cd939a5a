import { expect, test } from 'vitest';
import { lockWaitsIn } from '../../src/evidence/lock-waits.ts';
import type { EvidenceItem } from '../../src/evidence/model.ts';

const item = (text: string): EvidenceItem => ({
  id: 'E1',
  source: { kind: 'text', name: 'sessions.txt' },
  lines: { from: 1, to: text.split('\n').length },
  text,
});

test('PostgreSQL lists who waits for whom: the one that holds the lock waits for nobody', () => {
  const waits = lockWaitsIn(
    item(` pid  |        state        | wait_event_type | blocked_by |   age    |       query
------+---------------------+-----------------+------------+----------+-------------------
 4100 | active              | Lock            | {4090}     | 00:02:11 | UPDATE a SET b = 1
 4101 | active              | Lock            | {4100}     | 00:01:11 | UPDATE a SET b = 2
 4090 | idle in transaction | Client          | {}         | 00:09:00 | DELETE FROM a
(3 rows)`),
  );
  expect(waits).toMatchObject({
    waiting: 2,
    statement: 'UPDATE a SET b = 1',
    holder: { session: '4090', state: 'idle in transaction', since: '00:09:00', statement: 'DELETE FROM a' },
  });
  expect(waits?.citations[0]?.quote).toContain('4090');
});

test('MySQL shows processes in a box, and lock waits in rows of their own', () => {
  expect(
    lockWaitsIn(
      item(`+----+------+------+---------+------+---------------------------------+-------------------------+
| Id | User | db   | Command | Time | State                           | Info                    |
+----+------+------+---------+------+---------------------------------+-------------------------+
| 12 | app  | shop | Query   |  412 | Waiting for table metadata lock | ALTER TABLE x ADD y INT |
| 13 | app  | shop | Sleep   |    2 |                                 | NULL                    |
+----+------+------+---------+------+---------------------------------+-------------------------+`),
    ),
  ).toMatchObject({ waiting: 1, database: 'shop', statement: 'ALTER TABLE x ADD y INT' });
  expect(
    lockWaitsIn(
      item(`*************************** 1. row ***************************
  wait_age_secs: 95
    waiting_pid: 88
  waiting_query: UPDATE t SET a = 1
   blocking_pid: 71
 blocking_query: NULL
*************************** 2. row ***************************
  wait_age_secs: 40
    waiting_pid: 89
  waiting_query: UPDATE t SET a = 2
   blocking_pid: 71
 blocking_query: NULL`),
    ),
  ).toMatchObject({ waiting: 2, holder: { session: '71' } });
});

test('locks that are waited for a moment, and sessions at other work, are everyday', () => {
  expect(
    lockWaitsIn(
      item(` pid  | state  | wait_event_type | blocked_by |   age    | query
------+--------+-----------------+------------+----------+-------
 4100 | active | Lock            | {4090}     | 00:00:02 | UPDATE a
 4090 | active | IO              | {}         | 00:00:03 | DELETE FROM a
(2 rows)`),
    ),
  ).toBeUndefined();
  expect(
    lockWaitsIn(
      item(` pid  | state  | wait_event_type | blocked_by |   age    | query
------+--------+-----------------+------------+----------+-------
 4100 | active | IO              | {}         | 00:40:02 | VACUUM
 4090 | idle   | Client          | {}         | 01:00:03 | COMMIT
(2 rows)`),
    ),
  ).toBeUndefined();
});

test.each([
  [
    'MySQL',
    '*************************** 1. row ***************************\n   wait_age_secs: 44\n     waiting_pid: 12\n   waiting_query: update stock set qty = 1\n    blocking_pid: 9\n  blocking_query: NULL\n1 row in set (0.01 sec)',
  ],
  [
    'psql',
    '-[ RECORD 1 ]+------------------------\nwaiting_pid   | 12\nwait_age      | 00:00:44\nwaiting_query | update stock set qty = 1\nblocking_pid  | 9',
  ],
])('records whose columns stand below each other: %s', (_, text) => {
  expect(lockWaitsIn(item(text))).toMatchObject({
    waiting: 1,
    statement: 'update stock set qty = 1',
    holder: { session: '9' },
  });
});

test('who gives up soon waits for as long as the lock is held', () => {
  const sessions = (held: string) =>
    lockWaitsIn(
      item(` pid  |        state        | xact_age | blocked_by |       query
------+---------------------+----------+------------+-------------------
 4100 | active              | 00:00:01 | {4090}     | UPDATE a SET b = 1
 4090 | idle in transaction | ${held} | {}         | LOCK TABLE a
(2 rows)`),
    );
  expect(sessions('00:47:12')).toMatchObject({ waiting: 1, holder: { session: '4090', since: '00:47:12' } });
  expect(sessions('00:00:03')).toBeUndefined();
});

test('rows with a line for each column are read, as psql and the client of MySQL print them', () => {
  expect(
    lockWaitsIn(
      item(`*************************** 1. row ***************************
        wait_age: 00:00:49
     waiting_pid: 40122
   waiting_query: UPDATE a SET b = 1
    blocking_pid: 39810
  blocking_query: NULL
blocking_trx_age: 00:27:12`),
    ),
  ).toMatchObject({ statement: 'UPDATE a SET b = 1', holder: { session: '39810', since: '00:27:12' } });
  expect(
    lockWaitsIn(
      item(`-[ RECORD 1 ]---+-------------------
pid             | 4100
wait_event_type | Lock
blocked_by      | {4090}
age             | 00:02:11
query           | UPDATE a SET b = 1`),
    ),
  ).toMatchObject({ waiting: 1, holder: { session: '4090' } });
});

const INNODB = (
  older: string,
) => `+--------+-----------+---------------------+-----------------+---------------------+--------------------+
| trx_id | trx_state | trx_started         | trx_rows_locked | trx_mysql_thread_id | trx_query          |
+--------+-----------+---------------------+-----------------+---------------------+--------------------+
| 9001   | RUNNING   | 2026-03-02 08:00:10 |            4100 |                 310 | NULL               |
${older}| 9040   | LOCK WAIT | 2026-03-02 08:41:02 |               2 |                 355 | UPDATE pan SET a=1 |
| 9041   | LOCK WAIT | 2026-03-02 08:41:04 |               2 |                 356 | UPDATE pan SET a=2 |
+--------+-----------+---------------------+-----------------+---------------------+--------------------+`;

test('InnoDB lists transactions: the one older one that holds rows is waited for, of two it is not plain which', () => {
  expect(lockWaitsIn(item(INNODB('')))).toMatchObject({
    waiting: 2,
    statement: 'UPDATE pan SET a=1',
    holder: { session: '310', state: 'RUNNING', since: '2026-03-02 08:00:10' },
  });
  const another =
    '| 9002   | RUNNING   | 2026-03-02 08:10:10 |              12 |                 311 | NULL               |\n';
  expect(lockWaitsIn(item(INNODB(another)))?.holder).toBeUndefined();
});
