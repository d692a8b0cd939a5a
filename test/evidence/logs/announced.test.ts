import { expect, test } from 'vitest';
import { toldAt } from '../../../src/evidence/logs/announced.ts';
import { parseLogLine } from '../../../src/evidence/parse/log.ts';

function told(text: string): string {
  const lines = text.split('\n').map((raw, index) => parseLogLine(raw, index + 1));
  return toldAt(lines, 0, 80).text;
}

test.each([
  ['a blank line between', 'Error: cannot decode:\n\nunknown key ttl', 'Error: cannot decode: unknown key ttl'],
  [
    'one below the other',
    'Error: bad config:\nin section db:\nport is text',
    'Error: bad config: in section db: port is text',
  ],
  [
    'a class behind the colon',
    'AllCanceled: why: (AllCanceled)\nno such column',
    'AllCanceled: why: (AllCanceled) no such column',
  ],
  [
    'a count of errors',
    '2 validation errors for Env\nport\n  must be a number\nttl',
    '2 validation errors for Env port must be a number',
  ],
  ['items of a list', 'Invalid:\n - ttl\n - port\nbye', 'Invalid: - ttl - port'],
  [
    'a cause behind frames',
    'Cannot start:\n\tat a.B.c(B.java:1)\n\tat a.B.d(B.java:2)\nCaused by: no license',
    'Cannot start: Caused by: no license',
  ],
  [
    'the error that a statement got',
    'Migration:\nALTER TABLE a\nERROR: null values',
    'Migration: ALTER TABLE a ERROR: null values',
  ],
])('what a line announces is told with it: %s', (_what, text, expected) => {
  expect(told(text)).toBe(expected);
});

test.each([
  ['it announces nothing', 'Error: no route\nbye', 'Error: no route'],
  ['an entry of its own below', '2026-11-02T09:00:00Z ERROR failed:\n2026-11-02T09:00:01Z INFO bye', 'failed:'],
  [
    'a goroutine below',
    'panic: bad state:\n\ngoroutine 1 [running]:\nmain.main()\n\t/a.go:1 +0x1',
    'panic: bad state:',
  ],
  ['too far below', 'Error: bad:\n\n\n\n\nfar', 'Error: bad:'],
])('and what is another matter is not: %s', (_what, text, expected) => {
  expect(told(text).endsWith(expected)).toBe(true);
});
