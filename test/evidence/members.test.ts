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

test('a text without quotes, and a condition by its type', () => {
  expect(
    parseMembers('no node fits', `${GET} -o jsonpath='{.status.conditions[?(@.type=="PodScheduled")].message}'`),
  ).toEqual([{ kind: 'Pod', metadata, status: { conditions: [{ type: 'PodScheduled', message: 'no node fits' }] } }]);
});

test('an array whose members stand by themselves, and a boolean', () => {
  const asked = 'kubectl get rollout web -n shop -o';
  const web = { kind: 'Rollout', metadata: { name: 'web', namespace: 'shop' } };
  const steps = { spec: { steps: [{ setWeight: 20 }, { pause: {} }] } };
  const text = '{"setWeight":20}\n{"pause":{}}';
  expect(parseMembers(text, `${asked} jsonpath='{.spec.steps}' | jq -c '.[]'`)).toEqual([{ ...web, ...steps }]);
  expect(parseMembers(text, `${asked} json | jq -c '.spec.steps[]'`)).toEqual([{ ...web, ...steps }]);
  // Of an array that is cut nothing is known.
  expect(parseMembers('{"pause":{}}', `${asked} json | jq -c '.spec.steps[]'`, 1)).toEqual([]);
  expect(parseMembers('true', `${asked} jsonpath={.spec.paused}`)).toEqual([{ ...web, spec: { paused: true } }]);
  expect(parseMembers('true', `${asked} jsonpath={.spec.selector.matchLabels.live}`)).toEqual([
    { ...web, spec: { selector: { matchLabels: { live: 'true' } } } },
  ]);
});

test('what is no plain path of one object, or no JSON, tells nothing', () => {
  expect(parseMembers('[1]', 'kubectl get pods -o jsonpath={.items[0].spec}')).toEqual([]);
  expect(parseMembers('[1]', `${GET} -o json | jq '.status | keys'`)).toEqual([]);
  expect(parseMembers('a\nb', `${GET} -o jsonpath={.status.phase}`)).toEqual([]);
  expect(parseMembers('{}', 'kubectl describe pod web-0 -o jsonpath={.spec}')).toEqual([]);
  expect(parseMembers('{\n'.repeat(30_000), `${GET} -o jsonpath={.spec}`)).toEqual([]);
});
