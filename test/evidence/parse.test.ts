import { expect, test } from 'vitest';
import { collect } from '../../src/evidence/collect.ts';
import { readCommand, recorderCommand } from '../../src/evidence/command.ts';
import { parseProbe } from '../../src/evidence/parse/container.ts';
import { parseLogLine } from '../../src/evidence/parse/log.ts';
import { ageSeconds, parseTable } from '../../src/evidence/parse/table.ts';
import { podsOf } from '../../src/evidence/pods.ts';
import { promptCommand } from '../../src/evidence/prompt.ts';
import { workloadOf } from '../../src/evidence/relations.ts';
import { buildScene } from '../../src/evidence/scene.ts';
import { at } from '../../src/json.ts';

const scene = (text: string, name = 'x') => buildScene(collect([{ name, text }]).items);

test('prompts are recognised, ordinary lines are not', () => {
  expect(promptCommand('$ kubectl get pods -n shop')).toBe('kubectl get pods -n shop');
  expect(promptCommand('ops@bastion:~$ kubectl describe pod x')).toBe('kubectl describe pod x');
  expect(promptCommand('root@node:/# kubectl logs x')).toBe('kubectl logs x');
  for (const line of [
    '[root@master-0 ~]# kubectl get pods',
    'me@laptop:~/shop (main) $ kubectl get pods',
    '[08:31:02] $ kubectl get pods',
    'PS C:\\Users\\me> kubectl get pods',
    '+ kubectl get pods',
    '> kubectl get pods',
    '=== kubectl get pods ===',
    '--- kubectl get pods ---',
    '### 2. `kubectl get pods`',
    '**kubectl get pods**',
    'Command: kubectl get pods',
    '`kubectl get pods`:',
    'Action: exec_shell("kubectl get pods")',
  ])
    expect(promptCommand(line), line).toBe('kubectl get pods');
  expect(promptCommand('+ docker build .')).toBeUndefined();
  expect(promptCommand('run `kubectl get pods` to see them')).toBeUndefined();

  expect(promptCommand('the price is $ 5')).toBeUndefined();
  expect(promptCommand('# kubectl is a tool')).toBe('kubectl is a tool');
});

test('a command says kind, name and namespace', () => {
  expect(readCommand('kubectl -n shop get deploy/api -o yaml')).toMatchObject({
    verb: 'get',
    kind: 'Deployment',
    name: 'api',
    namespace: 'shop',
    output: 'yaml',
  });
  expect(readCommand('kubectl logs api-1 -c web --previous')).toMatchObject({
    verb: 'logs',
    kind: 'Pod',
    name: 'api-1',
    container: 'web',
    previous: true,
  });
  expect(readCommand('kubectl get pods -A | grep api')).toMatchObject({ kind: 'Pod', allNamespaces: true });
});

test('a recorder header line becomes the command that it recorded', () => {
  expect(recorderCommand('{"tool_name":"kubectl_describe","params":{"kind":"pod","name":"a","namespace":"b"}}')).toBe(
    'kubectl describe pod a -n b',
  );
  expect(recorderCommand('{"level":"error","msg":"x"}')).toBeUndefined();
});

test('tables keep empty cells by position, and read pasted ones by gaps', () => {
  const rows = parseTable([
    'NAME   CLASS     HOSTS         ADDRESS   PORTS   AGE',
    'web    nginx     a.example.com             80      5m',
  ]);
  expect(rows[0]?.cells).toEqual({
    NAME: 'web',
    CLASS: 'nginx',
    HOSTS: 'a.example.com',
    ADDRESS: '',
    PORTS: '80',
    AGE: '5m',
  });
  expect(ageSeconds('5d3h')).toBe(5 * 86_400 + 3 * 3600);
  expect(ageSeconds('soon')).toBeUndefined();
});

test('probes of describe have the shape of the API', () => {
  expect(parseProbe('http-get https://:8443/healthz delay=5s timeout=1s period=10s #success=1 #failure=3')).toEqual({
    httpGet: { scheme: 'HTTPS', port: 8443, path: '/healthz' },
    initialDelaySeconds: 5,
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
});

test('log lines lose prefixes and colours, and tell level and message', () => {
  expect(parseLogLine('2026-11-02T09:00:00Z \u001b[31mERROR\u001b[0m no route', 1)).toMatchObject({
    text: 'ERROR no route',
    level: 'error',
    time: '2026-11-02T09:00:00Z',
  });
  expect(parseLogLine('{"level":"fatal","msg":"giving up","error":"timeout"}', 1)).toMatchObject({
    text: 'giving up: timeout',
    level: 'fatal',
  });
  expect(parseLogLine('E1102 09:00:00.000000 1 main.go:3] x', 1).level).toBe('error');
});

test('a list of objects becomes one piece of evidence an object, with its own lines', () => {
  const yaml = [
    'apiVersion: v1',
    'items:',
    '- apiVersion: v1',
    '  kind: ConfigMap',
    '  metadata:',
    '    name: a',
    '- apiVersion: v1',
    '  kind: ConfigMap',
    '  metadata:',
    '    name: b',
    'kind: List',
    'metadata:',
    '  resourceVersion: ""',
  ].join('\n');
  expect(scene(yaml).objects.map(({ ref, sightings }) => [ref.name, sightings[0]?.item.lines])).toEqual([
    ['a', { from: 3, to: 6 }],
    ['b', { from: 7, to: 10 }],
  ]);
  const json = JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'List',
      items: [
        { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } },
        { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'q' } },
      ],
    },
    null,
    4,
  );
  expect(scene(json).objects.map(({ ref }) => ref.name)).toEqual(['p', 'q']);
});

test('a transcript is split by command; each part knows what printed it', () => {
  const text = [
    '$ kubectl get pods -n shop',
    'NAME    READY   STATUS    RESTARTS   AGE',
    'api-1   1/1     Running   0          5m',
    '',
    '$ kubectl logs api-1 -n shop',
    'hello',
  ].join('\n');
  const { items } = collect([{ name: 't', text }]);
  expect(items.map((item) => [item.source.kind, item.lines.from, item.object?.name])).toEqual([
    ['table', 2, undefined],
    ['log', 6, 'api-1'],
  ]);
  expect(podsOf(buildScene(items))[0]).toMatchObject({ ready: true, ref: { namespace: 'shop' } });
});

test('a pod finds the workload that a person edits, by owner, hash or name', () => {
  const found = scene(
    'apiVersion: v1\nkind: Pod\nmetadata:\n  name: api-6d4f9c7b58-x2x9q\n  namespace: shop\n  labels:\n    pod-template-hash: 6d4f9c7b58\nstatus:\n  phase: Running\n',
  );
  expect(workloadOf(found, { kind: 'Pod', name: 'api-6d4f9c7b58-x2x9q', namespace: 'shop' })).toEqual({
    kind: 'Deployment',
    name: 'api',
    namespace: 'shop',
  });
  expect(workloadOf(found, { kind: 'Pod', name: 'solo', namespace: 'shop' })).toEqual({
    kind: 'Pod',
    name: 'solo',
    namespace: 'shop',
  });
});

test('a custom resource in describe form has the same status as in YAML', () => {
  const text =
    'Name:         orders\nNamespace:    shop\nLabels:       <none>\nAPI Version:  db.example.com/v1\nKind:         Database\nStatus:\n  Conditions:\n    Message:  one\n    Status:   False\n    Type:     Ready\n    Message:  two\n    Status:   True\n    Type:     Synced\nEvents:  <none>\n';
  expect(at(scene(text).objects[0]?.object, 'status', 'conditions')).toEqual([
    { message: 'one', status: 'False', type: 'Ready' },
    { message: 'two', status: 'True', type: 'Synced' },
  ]);
});

test('Loki results read as logs of their pod, oldest first, and quotes stand in the text', () => {
  const text = JSON.stringify({
    status: 'success',
    data: {
      resultType: 'streams',
      result: [
        {
          stream: { pod: 'api-1', namespace: 'shop' },
          values: [
            ['2', 'later "x"'],
            ['1', 'sooner'],
          ],
        },
      ],
    },
  });
  const log = scene(text).logs[0];
  expect(log?.pod).toEqual({ kind: 'Pod', name: 'api-1', namespace: 'shop' });
  expect(log?.lines.map((line) => line.text)).toEqual(['sooner', 'later "x"']);
  for (const line of log?.lines ?? []) expect(text).toContain(line.raw);
});
