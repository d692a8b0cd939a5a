import { expect, test } from 'vitest';
import { pickedRows } from '../../src/evidence/parse/picked.ts';

const PODS = 'kubectl get pods -n shop -o';
const metadata = { name: 'web-0', namespace: 'shop' };
const waiting = {
  kind: 'Pod',
  metadata,
  status: { phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'ErrImagePull' } } }] },
};

test.each([
  [
    `${PODS} jsonpath='{range .items[*]}{.metadata.name}{"\\t"}{.status.phase}{"\\t"}{.status.containerStatuses[*].state.waiting.reason}{"\\n"}{end}'`,
    '\t',
  ],
  [
    `${PODS} jsonpath="{range .items[*]}{.metadata.name} {.status.phase} {.status.containerStatuses[0].state.waiting.reason}{'\\n'}{end}"`,
    ' ',
  ],
  [
    `${PODS} go-template='{{range .items}}{{.metadata.name}} {{.status.phase}} {{range .status.containerStatuses}}{{.state.waiting.reason}}{{end}}{{"\\n"}}{{end}}'`,
    ' ',
  ],
  [
    `${PODS} json | jq -r '.items[] | select(.status.phase != "Running") | [.metadata.name, .status.phase, (.status.containerStatuses[0].state.waiting.reason // "-")] | @tsv'`,
    '\t',
  ],
  [
    `${PODS} json | jq -r '.items[] | "\\(.metadata.name) \\(.status.phase) \\(.status.containerStatuses[0].state.waiting.reason)"'`,
    ' ',
  ],
  [
    `${PODS} json | jq -r '.items[] | .metadata.name + " " + .status.phase + " " + .status.containerStatuses[0].state.waiting.reason'`,
    ' ',
  ],
])('a line for each object, as an expression made it: %s', (command, mark) => {
  const rows = pickedRows(['odd', `web-0${mark}Pending${mark}ErrImagePull`, ''].join('\n'), command);
  expect(rows).toEqual([{ object: waiting, index: 1 }]);
});

test.each([
  '-o go-template=\'{{range .status.conditions}}{{.type}}={{.status}} {{.message}}{{"\\n"}}{{end}}\'',
  '-o jsonpath=\'{range .status.conditions[*]}{.type}={.status} {.message}{"\\n"}{end}\'',
  '-o json | jq -r \'.status.conditions[] | "\\(.type)=\\(.status) \\(.message)"\'',
])('a line for each member of a list of one object: %s', (how) => {
  expect(
    pickedRows('Ready=False no disk\nReleased=True all done\n', `kubectl get bucket logs -n infra ${how}`),
  ).toEqual([
    {
      object: {
        kind: 'Bucket',
        metadata: { name: 'logs', namespace: 'infra' },
        status: {
          conditions: [
            { type: 'Ready', status: 'False', message: 'no disk' },
            { type: 'Released', status: 'True', message: 'all done' },
          ],
        },
      },
      index: 0,
    },
  ]);
});

test('several members of one object on one line', () => {
  const command = `kubectl get deploy web -n shop -o jsonpath='{.status.readyReplicas}/{.spec.replicas}{"\\n"}'`;
  expect(pickedRows('0/3\n', command)).toEqual([
    {
      object: {
        kind: 'Deployment',
        metadata: { name: 'web', namespace: 'shop' },
        status: { readyReplicas: '0' },
        spec: { replicas: '3' },
      },
      index: 0,
    },
  ]);
  expect(pickedRows('/3\n', command)).toEqual([
    { object: { kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' }, spec: { replicas: '3' } }, index: 0 },
  ]);
});

test.each([
  [`${PODS} jsonpath='{range .items[*]}{.metadata.name}{.status.phase}{"\\n"}{end}'`, 'web-0Pending'],
  [
    `${PODS} go-template='{{range .items}}{{if .x}}{{.metadata.name}} {{.status.phase}}{{end}}{{end}}'`,
    'web-0 Pending',
  ],
  [`${PODS} json | jq -r '.items | group_by(.x) | [.a, .b] | @tsv'`, 'web-0\tPending'],
  [`${PODS} jsonpath='{range .items[*]}{.status.phase} {.spec.nodeName}{"\\n"}{end}'`, 'Pending a'],
  ['kubectl top pods -o jsonpath={.a} {.b}', 'a b'],
])('what does not tell which member is where, or of which object, tells nothing: %s', (command, output) => {
  expect(pickedRows(output, command)).toEqual([]);
});

test('a sentence with a blank behind it ends nobody knows where', () => {
  const command = `${PODS} jsonpath='{range .items[*]}{.metadata.name} {.status.message} {.status.phase}{"\\n"}{end}'`;
  expect(pickedRows('web-0 evicted for its memory Failed', command)).toEqual([]);
});

test('what jq puts in place of a missing member is no value of it', () => {
  const command = `${PODS} json | jq -r '.items[] | [.metadata.name, .status.phase, .spec.serviceAccountName // "missing"] | @tsv'`;
  expect(pickedRows('web-0\tRunning\tmissing', command).map(({ object }) => object)).toEqual([
    { kind: 'Pod', metadata, status: { phase: 'Running' } },
  ]);
});

test('an expression that ends in nothing is given up at once', () => {
  const start = performance.now();
  expect(pickedRows('x', `kubectl get pod web-0 -o jsonpath='{${'(@)'.repeat(26)}'`)).toEqual([]);
  expect(performance.now() - start).toBeLessThan(1000);
});
