import { expect, test } from 'vitest';
import type { EvidenceItem } from '../../src/evidence/model.ts';
import { objectivesIn, quantilesIn } from '../../src/evidence/quantiles.ts';

const item = (text: string, command?: string): EvidenceItem => ({
  id: 'E1',
  source: { kind: 'text', name: 'answer.txt' },
  ...(command === undefined ? {} : { command }),
  lines: { from: 1, to: text.split('\n').length },
  text,
});
const answer = (result: unknown) => JSON.stringify({ status: 'success', data: { result } });

test('quantiles are seconds, whatever unit the histogram has', () => {
  const seconds =
    "promtool query instant 'histogram_quantile(0.95, sum by (le, app) (rate(http_request_duration_seconds_bucket[5m])))'";
  expect(quantilesIn(item(answer([{ metric: { app: 'web' }, value: [1, '1.5'] }]), seconds))).toMatchObject([
    { subject: 'web', share: '0.95', values: [1.5] },
  ]);
  const millis =
    'promtool query instant \'histogram_quantile(0.99, sum by (le) (rate(latency_ms_bucket{service="cart",namespace="shop"}[5m])))\'';
  expect(
    quantilesIn(
      item(
        answer([
          {
            metric: {},
            values: [
              [1, '20'],
              [2, '1800'],
            ],
          },
        ]),
        millis,
      ),
    ),
  ).toMatchObject([{ subject: 'cart', namespace: 'shop', values: [0.02, 1.8] }]);
  const sizes =
    "promtool query instant 'histogram_quantile(0.99, sum by (le, app) (rate(response_size_bytes_bucket[5m])))'";
  expect(quantilesIn(item(answer([{ metric: { app: 'web' }, value: [1, '9000'] }]), sizes))).toEqual([]);
});

test('objectives stand in tables with a column for latencies', () => {
  const page = `# Objectives

| service | availability | p95 latency | owner |
|---------|--------------|-------------|-------|
| \`cart\`  | 99.9 %       | 250 ms      | shop  |
| report  | 99 %         | 10 s        | bi    |

Restarts are none.`;
  expect(objectivesIn(item(page)).map(({ subject, most }) => ({ subject, most }))).toEqual([
    { subject: 'cart', most: 0.25 },
    { subject: 'report', most: 10 },
  ]);
  expect(objectivesIn(item('| a | b |\n|---|---|\n| cart | 250 ms |'))).toEqual([]);
});
