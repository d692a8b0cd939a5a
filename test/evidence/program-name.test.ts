import { expect, test } from 'vitest';
import { collect } from '../../src/evidence/collect.ts';
import { readCommand } from '../../src/evidence/command.ts';
import { buildScene } from '../../src/evidence/scene.ts';

const SAID = '2026-10-01 10:00:00,001 ERROR app: no route to the ledger';
const STREAM = { app: 'pricing', namespace: 'shop' };

function podsOfLogs(files: Readonly<Record<string, string>>) {
  const texts = Object.entries(files).map(([name, text]) => ({ name, text }));
  return buildScene(collect(texts).items).logs.map(({ pod }) => pod);
}

/** Logs that say of which program they are, and not of which pod. */
const BY_PROGRAM: Readonly<Record<string, string>> = {
  'a selector of kubectl': `$ kubectl logs -n shop -l app.kubernetes.io/name=pricing --tail=20\n${SAID}\n`,
  'the labels of a stream': JSON.stringify({
    status: 'success',
    data: { resultType: 'streams', result: [{ stream: STREAM, values: [['1790000000000000000', SAID]] }] },
  }),
  'the labels of logcli': `$ logcli query '{app="pricing"}'\n2026-06-03T10:20:11Z {app="pricing", namespace="shop"} ${SAID}\n`,
  'a query alone': `{"toolset_name":"grafana/loki","tool_name":"query_loki","match_params":{"query":"{namespace=\\"shop\\", app=\\"pricing\\"}"}}\n${SAID}\n`,
};

test.each(Object.entries(BY_PROGRAM))('a log is of the program that %s names', (_, text) => {
  expect(podsOfLogs({ 'a.txt': text })).toEqual([{ kind: 'Workload', name: 'pricing', namespace: 'shop' }]);
});

test.each(Object.entries(BY_PROGRAM))('and of its workload, where the evidence knows it: %s', (_, text) => {
  const rows =
    '$ kubectl get pods -n shop\nNAME                       READY   STATUS    RESTARTS   AGE\npricing-7c8d9b6f5d-2k8xw   1/1     Running   0          3h\nweb-6f7d8c9b54-lq4zt       1/1     Running   0          3h\n';
  expect(podsOfLogs({ 'pods.txt': rows, 'a.txt': text })).toEqual([
    { kind: 'Deployment', name: 'pricing', namespace: 'shop' },
  ]);
});

test('a program of that name in another namespace is another program', () => {
  const rows =
    '$ kubectl get pods -n other\nNAME                       READY   STATUS    RESTARTS   AGE\npricing-7c8d9b6f5d-2k8xw   1/1     Running   0          3h\nweb-6f7d8c9b54-lq4zt       1/1     Running   0          3h\n';
  expect(podsOfLogs({ 'pods.txt': rows, 'a.txt': BY_PROGRAM['the labels of a stream'] ?? '' })).toEqual([
    { kind: 'Workload', name: 'pricing', namespace: 'shop' },
  ]);
});

test('files that are named after pods, and services of compose', () => {
  expect(podsOfLogs({ 'shop_pricing-7c8d9b6f5d-2k8xw_app.log': SAID })).toEqual([
    { kind: 'Pod', name: 'pricing-7c8d9b6f5d-2k8xw', namespace: 'shop' },
  ]);
  expect(podsOfLogs({ 'pricing.log': SAID })).toEqual([undefined]);
  expect(podsOfLogs({ 'a.txt': `pricing-1  | ${SAID}\nweb-1      | ${SAID}` })).toEqual([
    { kind: 'Workload', name: 'pricing' },
    { kind: 'Workload', name: 'web' },
  ]);
});

test('logs that are read where the kubelet keeps them', () => {
  const id = '0f'.repeat(32);
  for (const command of [
    'cat /var/log/pods/shop_pricing-7c8d9b6f5d-2k8xw_1f0a-22/app/0.log',
    `tail -n 20 /var/log/containers/pricing-7c8d9b6f5d-2k8xw_shop_app-${id}.log`,
  ])
    expect(readCommand(command), command).toMatchObject({
      verb: 'logs',
      kind: 'Pod',
      name: 'pricing-7c8d9b6f5d-2k8xw',
      namespace: 'shop',
      container: 'app',
    });
  expect(readCommand('cat /var/log/syslog').kind).toBeUndefined();
});
