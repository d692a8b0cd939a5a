import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCommand } from '../../src/evidence/command.ts';
import { eventsInRecords } from '../../src/evidence/records/events.ts';
import { objectsInRecords } from '../../src/evidence/records/objects.ts';
import { recordsIn } from '../../src/evidence/records/read.ts';

const PODS = readCommand('kubectl get pods -n shop');
const FORMS: Readonly<Record<string, string>> = {
  'JSON in names of its own':
    '[{"podName": "web-0", "state": "CrashLoopBackOff", "readyContainers": "0/1", "restartCount": 4, "nodeName": "w1"}]',
  'a list as Python prints it':
    "[{'pod': 'web-0', 'status': 'CrashLoopBackOff', 'ready': '0/1', 'restarts': 4, 'node': 'w1'}]",
  'lines between bars': 'Pod: web-0 | Status: CrashLoopBackOff | Ready: 0/1 | Restarts: 4 | Node: w1',
  'a table of Markdown':
    '| Pod   | Phase/Reason     | Ready   |   Restarts | Node   |\n|-------|------------------|---------|------------|--------|\n| web-0 | CrashLoopBackOff | 0/1     |          4 | w1     |',
  pandas:
    '    name            status ready restarts node\n0  web-0  CrashLoopBackOff   0/1        4   w1\n1  web-1           Running   1/1        0   w2',
  'a list of YAML':
    '- name: web-0\n  status: CrashLoopBackOff\n  ready: 0/1\n  restarts: 4\n  node: w1\n- name: web-1\n  status: Running\n  ready: 1/1\n  restarts: 0\n  node: w2',
  'blocks of lines':
    'Name: web-0\nStatus: CrashLoopBackOff\nReady: 0/1\nRestarts: 4\nNode: w1\n\nName: web-1\nStatus: Running\nReady: 1/1\nRestarts: 0\nNode: w2',
};

test.each(Object.entries(FORMS))('pods as %s', (_, text) => {
  const [first] = objectsInRecords(recordsIn(text.split('\n')) ?? [], PODS);
  expect(first?.object).toMatchObject({
    kind: 'Pod',
    metadata: { name: 'web-0', namespace: 'shop' },
    spec: { nodeName: 'w1' },
    row: { status: 'CrashLoopBackOff', ready: 0, total: 1, restarts: 4 },
  });
});

test('a Service with where it sends and what stands behind it', () => {
  const text =
    "[{'name': 'web', 'cluster_ip': '10.0.0.9', 'ports': ['80->8080/TCP'], 'selector': {'app': 'web'}, 'endpoints': []}]";
  const found = objectsInRecords(recordsIn([text]) ?? [], readCommand('kubectl get services -n shop'));
  expect(found.map(({ object }) => object)).toMatchObject([
    { kind: 'Service', spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }] } },
    { kind: 'Endpoints', addresses: [] },
  ]);
});

test('rules of one Ingress in rows of their own', () => {
  const text =
    'name  class  host          path  backend\n----  -----  ------------  ----  --------\nshop  nginx  shop.example  /     web:80\nshop  nginx  shop.example  /api  api:8080';
  const found = objectsInRecords(recordsIn(text.split('\n')) ?? [], readCommand('kubectl get ingresses -n shop'));
  expect(found).toHaveLength(1);
  expect(JSON.stringify(found[0]?.object)).toContain('"name":"api","port":{"number":8080}');
});

test('events under names of their own, and nothing else', () => {
  const event = {
    severity: 'Warning',
    reason: 'BackOff',
    involvedKind: 'Pod',
    involvedName: 'web-0',
    note: 'Back-off',
    times: 4,
  };
  const read = (value: unknown) => eventsInRecords(recordsIn([JSON.stringify(value)]) ?? [], 'shop');
  expect(read([event])).toMatchObject([
    {
      type: 'Warning',
      reason: 'BackOff',
      message: 'Back-off',
      count: 4,
      object: { kind: 'Pod', name: 'web-0', namespace: 'shop' },
    },
  ]);
  expect(read([{ ...event, severity: 'page' }])).toBeUndefined();
  expect(read([{ ...event, note: undefined }])).toBeUndefined();
});

test('events as the API has them, without a kind of their own, in JSON and YAML', () => {
  const event = {
    type: 'Warning',
    reason: 'BackOff',
    message: 'Back-off restarting',
    involvedObject: { kind: 'Pod', name: 'web-0', namespace: 'shop' },
  };
  const yaml = `- type: Warning
  reason: BackOff
  message: Back-off restarting
  involvedObject: {kind: Pod, name: web-0, namespace: shop}`;
  for (const text of [JSON.stringify([event]), yaml])
    expect(eventsInRecords(recordsIn(text.split('\n')) ?? [])).toMatchObject([
      { reason: 'BackOff', object: { kind: 'Pod', name: 'web-0', namespace: 'shop' } },
    ]);
});

test('any text gives an answer', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (lines) => {
      const found = recordsIn(lines);
      for (const { index } of found ?? []) expect(index).toBeLessThan(Math.max(1, lines.length));
      objectsInRecords(found ?? [], PODS);
    }),
  );
});
