import { expect, test } from 'vitest';
import { writtenStatus } from '../../src/evidence/written-status.ts';

test.each([
  ["curl -s -o /dev/null -w '%{http_code} %{time_total}\\n' https://a.example/", '503 0.102', 503],
  ['curl -so /dev/null -w "%{time_total} %{response_code}" https://a.example/', '0.102 404', 404],
  ['curl -sSw %{http_code} https://a.example/', '<html></html>200', 200],
  ["curl --write-out 'code=%{http_code} ip=%{remote_ip}' https://a.example/", 'code=502 ip=10.0.0.7', 502],
  ["curl -w '\\n%{http_code}\\n' https://a.example/", '204', 204],
])('%s wrote the status in `%s`', (command, line, status) => {
  expect(writtenStatus(command, line)).toBe(status);
});

test.each([
  ['no format was given', 'curl -s https://a.example/', '503 0.102'],
  ['the format has no status', "curl -w '%{time_total}' https://a.example/", '503'],
  ['no answer came', "curl -w '%{http_code} %{time_total}' https://a.example/", '000 15.001'],
  ['a number has more digits', "curl -w '%{http_code} %{time_total}' https://a.example/", '15031 0.1'],
])('none where %s', (_what, command, line) => {
  expect(writtenStatus(command, line)).toBeUndefined();
});
