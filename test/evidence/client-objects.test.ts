import { expect, test } from 'vitest';
import { inNamesOfApi, openedObjects } from '../../src/evidence/parse/client-objects.ts';
import { parseObjects } from '../../src/evidence/parse/objects.ts';
import { printedTable } from '../../src/evidence/recorded-values.ts';

test('an object of a client in Python gets the names of the API, and the names that people gave stay', () => {
  const pod = {
    api_version: null,
    kind: 'Pod',
    metadata: {
      name: 'web-0',
      creation_timestamp: '2026-11-20T09:00:00Z',
      labels: { app_name: 'web' },
      finalizers: null,
    },
    spec: {
      node_selector: { disk_type: 'nvme' },
      containers: [{ image_pull_policy: 'Always', resources: { limits: { my_gpu: '1' } } }],
    },
    status: {
      host_ip: '10.0.0.1',
      pod_i_ps: null,
      container_statuses: [{ last_state: { terminated: { exit_code: 137 } } }],
    },
  };
  expect(inNamesOfApi(pod)).toEqual({
    kind: 'Pod',
    metadata: { name: 'web-0', creationTimestamp: '2026-11-20T09:00:00Z', labels: { app_name: 'web' } },
    spec: {
      nodeSelector: { disk_type: 'nvme' },
      containers: [{ imagePullPolicy: 'Always', resources: { limits: { my_gpu: '1' } } }],
    },
    status: { hostIP: '10.0.0.1', containerStatuses: [{ lastState: { terminated: { exitCode: 137 } } }] },
  });
});

test('the selector of a Service is labels, that of a Deployment is none', () => {
  const metadata = { name: 'web', creation_timestamp: null };
  expect(inNamesOfApi({ metadata, spec: { cluster_ip: '10.0.0.9', selector: { app_name: 'web' } } }).spec).toEqual({
    clusterIP: '10.0.0.9',
    selector: { app_name: 'web' },
  });
  expect(inNamesOfApi({ metadata, spec: { selector: { match_labels: { app_name: 'web' } } } }).spec).toEqual({
    selector: { matchLabels: { app_name: 'web' } },
  });
});

test.each([
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', creation_timestamp: 'x' }, data: { a_b: '1' } },
  { level: 'error', error_code: 5 },
  { kind: 'Pod', metadata: { name: 'web-0' }, spec: { host_network: true } },
])('%j stays as it is', (object) => {
  expect(inNamesOfApi(object)).toBe(object);
});

test('objects beside other things are opened, with the events that are of them', () => {
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-0', namespace: 'shop' } };
  const event = { type: 'Warning', reason: 'BackOff', message: 'Back-off restarting failed container' };
  const involvedObject = { kind: 'Pod', name: 'web-0', namespace: 'shop' };
  expect(parseObjects(JSON.stringify({ object, events: [event] }))).toEqual([object, { ...event, involvedObject }]);
  expect(openedObjects(object)).toBeUndefined();
  expect(openedObjects({ events: [event] })).toBeUndefined();
});

test('nodes that a cluster’s configuration sums up are Nodes; what merely has a capacity is none', () => {
  const node = { name: 'w1', capacity: { cpu: '4', memory: '8Gi' }, labels: { pool: 'a' }, taints: [] };
  expect(openedObjects({ nodes: [node] })).toMatchObject([
    { kind: 'Node', metadata: { name: 'w1', labels: { pool: 'a' } } },
  ]);
  expect(openedObjects({ disks: [{ name: 'd1', capacity: { storage: '4Gi' } }] })).toBeUndefined();
});

test('rows of a table in JSON are that table, whatever the names of its columns look like', () => {
  const rows = [
    {
      name: 'web',
      type: 'ClusterIP',
      cluster_ip: '10.0.0.9',
      ports: [{ port: 80, protocol: 'TCP' }],
      selector: { app: 'web' },
    },
    { name: 'db', type: 'ClusterIP', cluster_ip: '10.0.0.10', ports: [{ port: 5432 }], selector: null },
  ];
  expect(
    printedTable(rows)
      ?.split('\n')
      .map((line) => line.split(/\s{2,}/)),
  ).toEqual([
    ['NAME', 'TYPE', 'CLUSTER-IP', 'PORT(S)', 'SELECTOR'],
    ['web', 'ClusterIP', '10.0.0.9', '80/TCP', 'app=web'],
    ['db', 'ClusterIP', '10.0.0.10', '5432/TCP', '<none>'],
  ]);
  expect(printedTable({ pods: [{ name: 'a', phase: 'Running', restart_count: 0 }], count: 1 })).toBe(
    'NAME   STATUS    RESTARTS\na      Running   0',
  );
  expect(printedTable(['a', 'b-2'])).toBe('NAME\na\nb-2');
});

test.each([
  [[{ name: 'HighLatency', labels: { severity: 'page' }, expr: 'x > 1' }]],
  [[{ service: 'web', metric: 'p99', value: 4 }]],
  [[{ metadata: { name: 'web' }, status: {} }]],
  [['two words']],
  [[]],
])('%j is no table', (value) => {
  expect(printedTable(value)).toBeUndefined();
});
