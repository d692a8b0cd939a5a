import { expect, test } from 'vitest';
import { parseMembers } from '../../src/evidence/parse/members.ts';

const metadata = { name: 'web-0', namespace: 'shop' };
const GET = 'kubectl get pod web-0 -n shop';

test('a jsonpath places what it printed where the object has it', () => {
  expect(parseMembers('{"running":{}}', `${GET} -o jsonpath='{.status.containerStatuses[0].state}'`)).toEqual([
    { kind: 'Pod', metadata, status: { containerStatuses: [{ state: { running: {} } }] } },
  ]);
});

test.each([
  "kubectl get pod web-0 -o jsonpath='{.status.phase}' -n shop",
  "kubectl get pod web-0 --output=jsonpath='{.status.phase}' --namespace shop",
  "kubectl -n shop get pod web-0 -o 'jsonpath={.status.phase}'; echo",
  'kubectl get pod web-0 -n shop -ojsonpath={.status.phase} | tr -d x',
  "kubectl get pod web-0 -o json -n shop | jq -r '.status.phase'",
])('flags may follow: %s', (command) => {
  expect(parseMembers('"Failed"', command)).toEqual([{ kind: 'Pod', metadata, status: { phase: 'Failed' } }]);
});

test('jq prints several members, one document each', () => {
  const text = '{\n  "limits": {}\n}\n"Always"\nnull';
  expect(parseMembers(text, `${GET} -o json | jq '.spec.resources, .spec.restartPolicy, .spec.affinity'`)).toEqual([
    { kind: 'Pod', metadata, spec: { resources: { limits: {} } } },
    { kind: 'Pod', metadata, spec: { restartPolicy: 'Always' } },
    undefined,
  ]);
});

test('documents of one output that are texts of their own keep their places', () => {
  expect(parseMembers('[]', `${GET} -o json | jq '.spec.affinity, .status.conditions'`, 1)).toEqual([
    { kind: 'Pod', metadata, status: { conditions: [] } },
  ]);
});

test('a text without quotes, a condition by its type, and rows over all items', () => {
  expect(
    parseMembers('no node fits', `${GET} -o jsonpath='{.status.conditions[?(@.type=="PodScheduled")].message}'`),
  ).toEqual([{ kind: 'Pod', metadata, status: { conditions: [{ type: 'PodScheduled', message: 'no node fits' }] } }]);
  const rows =
    'kubectl get pods -n shop -o jsonpath=\'{range .items[*]}{.metadata.name}{"\\t"}{.status.phase}{"\\n"}{end}\'';
  expect(parseMembers('web-0\tRunning\nodd\n', rows)).toEqual([
    { kind: 'Pod', metadata, status: { phase: 'Running' } },
  ]);
});

test('what is no plain path of one object, or no JSON, tells nothing', () => {
  expect(parseMembers('[1]', 'kubectl get pods -o jsonpath={.items[0].spec}')).toEqual([]);
  expect(parseMembers('[1]', `${GET} -o json | jq '.status | keys'`)).toEqual([]);
  expect(parseMembers('a\nb', `${GET} -o jsonpath={.status.phase}`)).toEqual([]);
  expect(parseMembers('{}', 'kubectl describe pod web-0 -o jsonpath={.spec}')).toEqual([]);
  expect(parseMembers('{\n'.repeat(30_000), `${GET} -o jsonpath={.spec}`)).toEqual([]);
});
