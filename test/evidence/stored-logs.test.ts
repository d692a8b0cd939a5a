import { expect, test } from 'vitest';
import { collect } from '../../src/evidence/collect.ts';
import { buildScene } from '../../src/evidence/scene.ts';

const POD = 'pricing-7c8d9b6f5d-2k8xw';
const SAID = 'password authentication failed for user "pricing"';
const TIME = '2026-10-01T10:00:00.123Z';
const PODS = `$ kubectl get pods -n shop
NAME                       READY   STATUS    RESTARTS   AGE
${POD}   1/1     Running   0          3h
web-6f7d8c9b54-lq4zt       1/1     Running   0          3h
`;

const json = (value: unknown) => JSON.stringify(value, null, 2);
const kubernetes = { pod_name: POD, namespace_name: 'shop', container_name: 'app' };
const resource = { type: 'k8s_container', labels: kubernetes };

/** Entries of stores of logs, each in the shape that its store's documentation gives. */
const EXPORTS: Readonly<Record<string, string>> = {
  elasticsearch: json({
    took: 3,
    hits: {
      total: { value: 1 },
      hits: [
        {
          _index: 'logs',
          _source: { '@timestamp': TIME, message: SAID, kubernetes: { pod: { name: POD }, namespace: 'shop' } },
        },
      ],
    },
  }),
  'cloud logging': json([{ insertId: 'a', severity: 'ERROR', timestamp: TIME, textPayload: SAID, resource }]),
  'cloud logging, structured': json([{ insertId: 'a', timestamp: TIME, jsonPayload: { message: SAID }, resource }]),
  cloudwatch: json({ events: [{ timestamp: 1, message: JSON.stringify({ log: SAID, kubernetes }) }] }),
  datadog: json({
    data: [
      {
        id: 'A',
        attributes: {
          timestamp: TIME,
          status: 'error',
          message: SAID,
          tags: [`pod_name:${POD}`, 'kube_namespace:shop'],
        },
      },
    ],
  }),
  'new relic': json({
    data: {
      actor: {
        account: { nrql: { results: [{ timestamp: 1, message: SAID, pod_name: POD, namespace_name: 'shop' }] } },
      },
    },
  }),
  loki: JSON.stringify({ line: SAID, timestamp: TIME, fields: { pod: POD, namespace: 'shop' } }),
  victorialogs: JSON.stringify({ _time: TIME, _stream: `{pod="${POD}",namespace="shop"}`, _msg: SAID }),
  'fluent bit': JSON.stringify({ stream: 'stderr', log: SAID, kubernetes }),
};

function logsOf(text: string) {
  return buildScene(
    collect([
      { name: 'pods.txt', text: PODS },
      { name: 'export.txt', text },
    ]).items,
  ).logs;
}

test.each(Object.entries(EXPORTS))('an export of %s is the log of the pods that its entries name', (_, text) => {
  const logs = logsOf(text);
  expect(logs.map(({ pod }) => pod)).toMatchObject([{ kind: 'Pod', name: POD, namespace: 'shop' }]);
  expect(logs[0]?.lines.map((line) => line.text)).toEqual([SAID]);
});

test('a table of logs is taken apart by the pods that its lines name', () => {
  const rows = [
    'Time,Line,pod',
    `${TIME},"connection refused",${POD}`,
    `${TIME},"GET / 200",web-6f7d8c9b54-lq4zt`,
    `${TIME},"connection refused",${POD}`,
  ];
  const logs = logsOf(rows.join('\n'));
  expect(logs.map(({ pod, lines }) => [pod?.name, lines.length])).toEqual([
    [POD, 2],
    ['web-6f7d8c9b54-lq4zt', 1],
  ]);
});

test('what names no pod, or several, is no such export', () => {
  for (const text of [
    json([{ name: 'a', value: 3 }]),
    json({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { message: 'x' } }),
    `${TIME}\tmoved\t${POD}\tweb-6f7d8c9b54-lq4zt`,
    `${TIME} plain line`,
  ])
    expect(logsOf(text).filter(({ pod }) => pod !== undefined)).toEqual([]);
});

const MESSAGE = 'Back-off restarting failed container';
const ALLOY = `name=${POD} kind=Pod objectAPIversion=v1 reason=BackOff type=Warning count=4 msg="${MESSAGE}"`;
const EXPORTER = JSON.stringify({
  involvedObject: { kind: 'Pod', name: POD, namespace: 'shop' },
  type: 'Warning',
  reason: 'BackOff',
  message: MESSAGE,
});

test.each([
  [
    'in a stream',
    json({ data: { resultType: 'streams', result: [{ stream: { namespace: 'shop' }, values: [['1', ALLOY]] }] } }),
  ],
  [
    'in a stream, as JSON',
    json({ data: { resultType: 'streams', result: [{ stream: { app: 'exporter' }, values: [['1', EXPORTER]] }] } }),
  ],
  ['as they stand', `loki_query(query="{namespace=\\"shop\\"}")\n2026-11-26T10:00:00Z ${ALLOY}`],
  ['in the log of their exporter', `kubectl_logs(pod="exporter-0", namespace="ops")\n${EXPORTER}`],
])('events that an exporter logged are events: %s', (_, text) => {
  const { events, logs } = buildScene(collect([{ name: 'export.txt', text }]).items);
  const object = { kind: 'Pod', name: POD, namespace: 'shop' };
  expect(events).toMatchObject([{ type: 'Warning', reason: 'BackOff', message: MESSAGE, object }]);
  expect(logs.flatMap(({ lines }) => lines)).toEqual([]);
});
