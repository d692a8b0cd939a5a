import { expect, test } from 'vitest';
import { isPodWithoutHead, parseDescribe } from '../../src/evidence/parse/describe.ts';

const container = [
  '    Image:          shop/api:1',
  '    State:          Waiting',
  '      Reason:       CrashLoopBackOff',
  '    Last State:     Terminated',
  '      Reason:       Error',
  '      Exit Code:    3',
  '    Restart Count:  7',
];
const tail = ['Conditions:', '  Type   Status', '  Ready  False', 'QoS Class:  Burstable', 'Events:     <none>'];

test('a pod that nothing names is read, with the owner that is left', () => {
  const lines = [
    'Namespace:      shop',
    'Controlled By:  ReplicaSet/api-5d9c7b6f4',
    'Containers:',
    '  api:',
    ...container,
    ...tail,
  ];
  expect(isPodWithoutHead(lines)).toBe(true);
  expect(parseDescribe(lines)?.object).toMatchObject({
    kind: 'Pod',
    metadata: { name: '(name cut off)', namespace: 'shop', ownerReferences: [{ name: 'api-5d9c7b6f4' }] },
    status: { containerStatuses: [{ name: 'api', restartCount: 7, lastState: { terminated: { exitCode: 3 } } }] },
  });
});

test.each([
  ['from the name of the container on', ['  api:', ...container, ...tail], 'api'],
  ['within the container', [...container, ...tail], ''],
  ['below the line of its state', [...container.slice(2), ...tail], ''],
])('a description that begins %s', (_, lines, name) => {
  const { object } = parseDescribe(lines, 'kubectl describe pod api-x -n shop | tail -n 20') ?? {};
  expect(object).toMatchObject({
    metadata: { name: 'api-x' },
    status: { containerStatuses: [{ name, state: { waiting: { reason: 'CrashLoopBackOff' } }, restartCount: 7 }] },
  });
});

test.each([
  ['settings', ['Status: ok', 'Labels: a=b', 'Reason: because']],
  ['another kind', ['Replicas: 1 current / 1 desired', 'Pod Template:', '  Containers:', ...container]],
  ['a log', ['started', ...container]],
])('%s are no pod', (_, lines) => {
  expect(isPodWithoutHead(lines)).toBe(false);
});
