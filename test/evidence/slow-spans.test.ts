import { expect, test } from 'vitest';
import { slowestSpan } from '../../src/evidence/parse/slow-spans.ts';

const nanos = (ms: number) => String(1_700_000_000_000_000_000n + BigInt(ms) * 1_000_000n);
const otlp = (status?: string) => ({
  batches: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'web' } }] },
      scopeSpans: [
        {
          spans: [
            {
              spanId: 'a',
              name: 'GET /',
              startTimeUnixNano: nanos(0),
              endTimeUnixNano: nanos(4000),
              ...(status === undefined ? {} : { status: { code: status } }),
            },
          ],
        },
      ],
    },
    {
      resource: {
        attributes: [
          { key: 'service.name', value: { stringValue: 'stock' } },
          { key: 'k8s.pod.name', value: { stringValue: 'stock-0' } },
        ],
      },
      scopeSpans: [
        {
          spans: [
            {
              spanId: 'b',
              parentSpanId: 'a',
              name: 'Stock/Get',
              startTimeUnixNano: nanos(10),
              endTimeUnixNano: nanos(3900),
            },
            {
              spanId: 'c',
              parentSpanId: 'b',
              name: 'SELECT items',
              startTimeUnixNano: nanos(20),
              endTimeUnixNano: nanos(3800),
              attributes: [{ key: 'server.address', value: { stringValue: 'pg' } }],
            },
          ],
        },
      ],
    },
  ],
});

test('a slow request spent its time in the span that took most of it by itself', () => {
  expect(slowestSpan(otlp())).toMatchObject({
    labels: { pod: 'stock-0', app: 'stock' },
    name: 'SELECT items',
    asks: 'pg',
    own: 3780,
    request: { name: 'GET /', took: 4000 },
    through: ['web', 'stock'],
  });
  const jaeger = {
    data: [
      {
        processes: { p1: { serviceName: 'web' }, p2: { serviceName: 'mail' } },
        spans: [
          { spanID: '1', processID: 'p1', operationName: 'POST /send', duration: 2_500_000, references: [] },
          {
            spanID: '2',
            processID: 'p2',
            operationName: 'smtp',
            duration: 2_400_000,
            references: [{ refType: 'CHILD_OF', spanID: '1' }],
          },
        ],
      },
    ],
  };
  expect(slowestSpan(jaeger)).toMatchObject({ labels: { app: 'mail' }, name: 'smtp', took: 2400 });
  const zipkin = [
    { id: '1', name: 'get', duration: 1_800_000, localEndpoint: { serviceName: 'web' } },
    { id: '2', parentId: '1', name: 'lookup', duration: 1_700_000, localEndpoint: { serviceName: 'geo' } },
  ];
  expect(slowestSpan(zipkin)).toMatchObject({ labels: { app: 'geo' }, own: 1700 });
});

test('a request that was fast, failed or lost its time here and there tells nothing', () => {
  expect(slowestSpan(otlp('STATUS_CODE_ERROR'))).toBeUndefined();
  expect(
    slowestSpan([
      { id: '1', name: 'get', duration: 180_000, localEndpoint: { serviceName: 'web' } },
      { id: '2', parentId: '1', name: 'lookup', duration: 170_000, localEndpoint: { serviceName: 'geo' } },
    ]),
  ).toBeUndefined();
  expect(
    slowestSpan([
      { id: '1', name: 'get', durationMs: 2000, service: 'web' },
      { id: '2', parentId: '1', name: 'a', durationMs: 700, service: 'a' },
      { id: '3', parentId: '1', name: 'b', durationMs: 700, service: 'b' },
    ]),
  ).toBeUndefined();
  expect(slowestSpan({ spans: 'none' })).toBeUndefined();
  // Requests, jobs or tests of which none is below another.
  expect(
    slowestSpan([
      { service: 'web', name: 'GET /', duration_ms: 4000 },
      { service: 'web', name: 'GET /x', duration_ms: 20 },
    ]),
  ).toBeUndefined();
});
