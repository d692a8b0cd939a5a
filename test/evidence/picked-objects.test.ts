import { expect, test } from 'vitest';
import { pickedObjects } from '../../src/evidence/parse/picked-objects.ts';

const found = (output: string, command: string) => pickedObjects(output, command).map(({ object }) => object);

test('members that jq shows of each object, under names of their own', () => {
  const command = `kubectl get pods -n shop -o json | jq '.items[] | select(.status.phase != "Running") | {name: .metadata.name, phase: .status.phase, node: (.spec.nodeName // "-")}'`;
  expect(
    found(
      '{\n  "name": "web-0",\n  "phase": "Pending",\n  "node": null\n}\n{"name":"web-1","phase":"Failed","node":"a"}',
      command,
    ),
  ).toEqual([
    { kind: 'Pod', metadata: { name: 'web-0', namespace: 'shop' }, status: { phase: 'Pending' } },
    {
      kind: 'Pod',
      metadata: { name: 'web-1', namespace: 'shop' },
      status: { phase: 'Failed' },
      spec: { nodeName: 'a' },
    },
  ]);
});

test('members of a list, and of a part, of one object', () => {
  const pod = { kind: 'Pod', metadata: { name: 'web-0' } };
  expect(
    found(
      '{"name":"web","restartCount":6}',
      "kubectl get po web-0 -o json | jq -c '.status.containerStatuses[] | {name, restartCount}'",
    ),
  ).toEqual([{ ...pod, status: { containerStatuses: [{ name: 'web', restartCount: 6 }] } }]);
  expect(
    found('{"phase":"Failed","why":"Evicted"}', "kubectl get po web-0 -o json | jq '.status | {phase, why: .reason}'"),
  ).toEqual([{ ...pod, status: { phase: 'Failed', reason: 'Evicted' } }]);
});

test('what computes, has no name or is another text tells nothing', () => {
  expect(found('{"n":3}', "kubectl get po web-0 -o json | jq '.status | {n: (.x | length)}'")).toEqual([]);
  expect(found('{"phase":"Failed"}', "kubectl get po -o json | jq '.items[] | {phase: .status.phase}'")).toEqual([]);
  expect(found('jq: error', "kubectl get po web-0 -o json | jq '.status | {phase}'")).toEqual([]);
  expect(found('{"phase":"Failed"}', 'kubectl get po web-0 -o json')).toEqual([]);
});

test('what stands in place of a missing member is no value of it', () => {
  const command = `kubectl get pods -o json | jq '.items[] | {name: .metadata.name, phase: .status.phase, sa: (.spec.serviceAccountName // "missing")}'`;
  expect(found('{"name":"web-0","phase":"Running","sa":"missing"}', command)).toEqual([
    { kind: 'Pod', metadata: { name: 'web-0' }, status: { phase: 'Running' } },
  ]);
});
