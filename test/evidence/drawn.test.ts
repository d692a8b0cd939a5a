import { expect, test } from 'vitest';
import { drawnHeader, plainRows } from '../../src/evidence/parse/drawn.ts';
import { parseTable } from '../../src/evidence/parse/table.ts';
import { unwrappedText } from '../../src/evidence/wrapped-text.ts';

const cells = (lines: readonly string[]) => parseTable(plainRows(lines)).map((row) => row.cells);
const WEB = { NAME: 'web-0', STATUS: 'Running', AGE: '5m' };

test.each([
  [
    'Rich',
    [
      '│ NAME  │ STATUS  │ AGE │',
      '├───────┼─────────┼─────┤',
      '│ web-0 │ Running │ 5m  │',
      '└───────┴─────────┴─────┘',
    ],
  ],
  ['psql', [' name  | status  | age', '-------+---------+-----', ' web-0 | Running | 5m', '(1 row)']],
  ['CSV', ['NAME,STATUS,AGE', '"web-0","Running",5m']],
  ['PowerShell', ['NAME  STATUS  AGE', '----- ------- ---', 'web-0 Running 5m']],
  [
    'a page',
    [
      '<tr><th>Name</th><th>Status</th><th>Age</th></tr>',
      '<tr><td><a href="/x">web-0</a></td><td>Running</td><td>5m</td></tr>',
    ],
  ],
])('a table of %s is read by its cells', (_, lines) => {
  expect(drawnHeader(lines, 0)).toBe(true);
  expect(cells(lines)).toEqual([WEB]);
  expect(plainRows(lines)).toHaveLength(lines.length);
});

test('a table copied from a console says whether pods are ready, or is none', () => {
  const lines = ['State\tName\tReady\tAge', 'Running\tweb-0\t1/1\t5m'];
  expect(drawnHeader(lines, 0)).toBe(true);
  expect(cells(lines)).toEqual([{ ...WEB, READY: '1/1' }]);
  expect(drawnHeader(['State\tName\tAge', 'Running\tweb-0\t5m'], 0)).toBe(false);
});

test('cells with commas and quotes are one', () => {
  expect(cells(['NAME,STATUS,AGE', 'web-0,"Evicted, ""disk""",5m'])).toEqual([{ ...WEB, STATUS: 'Evicted, "disk"' }]);
});

test('lines of logs with bars, commas and tabs are no header', () => {
  for (const line of [
    '2026-11-02 | ERROR | refused',
    'name, please',
    'GET | /health | 200',
    'Name\tValue\tof what',
    '| see | below |',
  ])
    expect(drawnHeader([line, 'more'], 0), line).toBe(false);
});

test('a text in quotes, as bytes or as a list of its lines is that text', () => {
  expect(unwrappedText('"a\\nb"')).toBe('a\nb');
  expect(unwrappedText("b'a\\nb'\n")).toBe('a\nb');
  expect(unwrappedText("['one line', 'two lines']")).toBe('one line\ntwo lines');
  expect(unwrappedText('{"events":[{"timestamp":1793610600000,"message":"no such table"}]}')).toBe(
    '2026-11-02T09:10:00.000Z no such table',
  );
});

test('other values are left as they are', () => {
  for (const text of [
    '["web","api"]',
    '"word"',
    "'a' is not 'b'",
    '{"content":"x"}',
    '{"events":[{"type":"Warning","message":"x"}]}',
  ])
    expect(unwrappedText(text), text).toBeUndefined();
});

test('lines without an end cost no more than they are long', () => {
  for (const line of [' '.repeat(1_000_000), '<td>'.repeat(200_000), '-'.repeat(1_000_000), '|'.repeat(200_000)])
    expect(plainRows(['| NAME | STATUS |', `${line}x`, '<tr><th>NAME</th></tr>', line])).toHaveLength(4);
  expect(plainRows(['<tr><th>NAME</th><th>AGE</th></tr>', '<tr>', '<td>'.repeat(200_000), '</tr>'])).toHaveLength(4);
});

test('what stands below the frame of a view is no row of it', () => {
  const rows = cells([
    '│ NAME↑   PF READY STATUS  RESTARTS AGE │',
    '│ web-0   ●  1/1   Running        0 5m  │',
    '└───────────────────────────────────────┘',
    ' <pod>',
  ]);
  expect(rows).toMatchObject([{ NAME: 'web-0', STATUS: 'Running', AGE: '5m' }]);
});
