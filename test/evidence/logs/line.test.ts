import { expect, test } from 'vitest';
import { timeOf } from '../../../src/evidence/logs/time.ts';
import { parseLogLine } from '../../../src/evidence/parse/log.ts';

test.each([
  ['E1102 15:04:05.000000       1 server.go:41] no leader', 'error'],
  ['F1102 15:04:05.000000       1 main.go:3] bye', 'fatal'],
  ['time="2026-11-02T09:00:00Z" level=warning msg="ERROR budget is low"', 'warning'],
  ['2026-11-02T09:00:00.000Z\tERROR\tmanager/main.go:9\tno route', 'error'],
  ['{"level":50,"time":1793610000123,"pid":1,"msg":"no route"}', 'error'],
  ['{"level":60,"time":1793610000123,"msg":"no route"}', 'fatal'],
  ['{"level":3,"short_message":"no route"}', 'error'],
  ['{"@t":"2026-11-02T09:00:00Z","@l":"Fatal","@m":"no route"}', 'fatal'],
  ['{"log.level":"warn","message":"an ERROR of before"}', 'warning'],
  ['<11>Nov  2 09:00:00 node-3 kubelet: no route', 'error'],
  ['2026/11/02 09:00:00 [emerg] 1#1: host not found in upstream "api"', 'fatal'],
  ['[Mon Nov 02 09:00:00.123 2026] [core:error] [pid 7] AH00124: redirects', 'error'],
  ['2026-11-02 09:00:00,123 ERROR [main] shop.Order - no stock', 'error'],
  ['09:00:00.123 [main] WARN  shop.Order - slow', 'warning'],
  ['09:00:00 warn worker-1 slow', 'warning'],
  ['2026-11-02T09:00:00.000Z info  error budget left', 'info'],
  ['2026-11-02T09:00:00.000Z ERROR 1 --- [main] o.s.boot.SpringApplication : Application run failed', 'error'],
  ['2026-11-02 09:00:00,123 - shop.orders - CRITICAL - no stock', 'fatal'],
  ['ERROR:root:no stock', 'error'],
  ['[2026-11-02 09:00:00,123: ERROR/MainProcess] consumer: no route', 'error'],
  ['E, [2026-11-02T09:00:00.123456 #1] ERROR -- : no stock', 'error'],
  ['2026-11-02 09:00:00.000 UTC [1] FATAL:  password authentication failed', 'fatal'],
  ['[09:00:00 ERR] no route', 'error'],
  ['fail: Shop.Orders[0]', 'error'],
  ['npm ERR! code ENOENT', 'error'],
  ['panic: runtime error: index out of range', 'fatal'],
  ['2026-11-02T09:00:00Z  INFO shop::orders: 0 ERROR lines so far', 'info'],
  ['request ended with status ERROR and will be sent again', undefined],
  ['see the FATAL line above', undefined],
  ['GET /orders 200', undefined],
])('%s has the level %s', (line, level) => {
  expect(parseLogLine(line, 1).level).toBe(level);
});

const NOON = Date.UTC(2026, 10, 2, 12);

test.each([
  ['2026-11-02T12:00:00Z INFO x', 0],
  ['2026-11-02T14:00:00.500+02:00 x', 500],
  ['2026-11-02 12:00:00,250 ERROR x', 250],
  ['2026/11/02 12:00:00 [error] 7#7: x', 0],
  ['10.0.0.1 - - [02/Nov/2026:13:00:00 +0100] "GET /"', 0],
  ['[Mon Nov 02 12:00:00.125 2026] [core:error] x', 125],
  ['1:M 02 Nov 2026 12:00:00.001 # x', 1],
  [String(NOON / 1000), 0],
  [String(NOON), 0],
  [`${NOON / 1000}.25`, 250],
  [`${NOON}000000`, 0],
  ['E1102 12:00:00.001000 1 x.go:1] y', 1],
  ['<11>Nov  2 12:00:00 host x', 0],
])('%s is noon, and %d ms', (line, ms) => {
  expect(timeOf(line, 2026)).toBe(NOON + ms);
});

test('a line without a year has no time unless the year is known', () => {
  expect(timeOf('E1102 12:00:00.001000 1 x.go:1] y')).toBeUndefined();
  expect(timeOf('nothing')).toBeUndefined();
});

test('collectors leave their mark before the line, and it comes off', () => {
  for (const line of [
    '[pod/api-1/app] 2026-11-02T09:00:00Z ERROR no route',
    '[pod/api-1/app] ERROR no route',
    'api-1  | ERROR no route',
    '2026-11-02T09:00:00.1Z stderr F ERROR no route',
    '{"log":"ERROR no route\\n","stream":"stderr","time":"2026-11-02T09:00:00.1Z"}',
    '{"log":"{\\"level\\":\\"error\\",\\"msg\\":\\"ERROR no route\\"}\\n","stream":"stderr"}',
  ])
    expect(parseLogLine(line, 1)).toMatchObject({ text: 'ERROR no route', level: 'error' });
});

test('a JSON line tells its error and its trace, however the logger nests them', () => {
  const pino =
    '{"level":50,"msg":"failed","err":{"type":"TypeError","message":"x is no function","stack":"TypeError: x\\n    at a"}}';
  expect(parseLogLine(pino, 1)).toMatchObject({
    text: 'failed: TypeError: x is no function',
    stack: ['TypeError: x', '    at a'],
  });
  const zap = '{"level":"error","msg":"failed","error":"EOF","stacktrace":"main.run\\n\\t/src/main.go:3"}';
  expect(parseLogLine(zap, 1)).toMatchObject({ text: 'failed: EOF', stack: ['main.run', '\t/src/main.go:3'] });
});
