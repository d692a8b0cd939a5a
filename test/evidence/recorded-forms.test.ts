import { expect, test } from 'vitest';
import { callOfFile } from '../../src/evidence/called-file.ts';
import { collect } from '../../src/evidence/collect.ts';
import { recorderCommand } from '../../src/evidence/command.ts';
import { mergeObjects } from '../../src/evidence/merge.ts';
import type { EvidenceItem } from '../../src/evidence/model.ts';
import { lineRows, separatedRows } from '../../src/evidence/recorded/rows.ts';
import { unpackedCalls } from '../../src/evidence/recorded-calls.ts';
import { flushRight } from '../../src/evidence/records/flush-right.ts';
import { recordsIn } from '../../src/evidence/records/read.ts';
import { unwrap } from '../../src/evidence/wrap.ts';

const PODS = 'NAME    READY   STATUS\nweb-0   1/1     Running';
const GIVEN = { kind: 'pods', namespace: 'shop' };
const TOLD = `{"tool":"GetResources","arguments":{"kind":"pods","namespace":"shop"}}\n${PODS}\n`;
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

test.each([
  [
    'a call with its output beside it',
    JSON.stringify([{ step: 1, action: { tool: 'GetResources', input: GIVEN }, observation: PODS }]),
  ],
  ['a table of calls', `id,tool,arguments,output\n1,GetResources,${quoted(JSON.stringify(GIVEN))},${quoted(PODS)}\n`],
  [
    'YAML',
    `calls:\n- tool: GetResources\n  arguments:\n    kind: pods\n    namespace: shop\n  output: |\n    ${PODS.replaceAll('\n', '\n    ')}\n`,
  ],
  ['an object keyed by tools and arguments', JSON.stringify({ GetResources: { [JSON.stringify(GIVEN)]: PODS } })],
  ['lists of calls under their tool', JSON.stringify({ GetResources: [{ params: GIVEN, response: PODS }] })],
])('%s is unpacked', (_, source) => {
  expect(unpackedCalls(source)).toBe(TOLD);
});

test('calls in a file that is named after their tool are unpacked, and in no other', () => {
  const source = JSON.stringify([{ params: GIVEN, response: PODS }]);
  expect(unpackedCalls(source, 'run/GetResources.json')).toBe(TOLD);
  expect(unpackedCalls(source, 'run/settings.json')).toBeUndefined();
});

test('calls under labels alone are unpacked where nothing else stands between them, and keep their lines', () => {
  const call = `[step 1] TOOL: GetResources\nARGS: ${JSON.stringify(GIVEN)}\nRESULT:\n${PODS}\n`;
  const told = unpackedCalls(call)?.split('\n');
  expect(told?.slice(3, 5)).toEqual(PODS.split('\n'));
  expect(told?.filter((line) => recorderCommand(line) === 'kubectl get pods  -n shop')).toHaveLength(1);
  expect(unpackedCalls(`Args: --verbose\nResult: done\nTool: none\n`)).toBeUndefined();
});

test('rows of sqlite3 keep the lines of their values, and a file of settings is none', () => {
  const rows = '  id = 1\ntool = A\n out = x\na = b\n\n  id = 2\ntool = B\n out = y\n';
  expect(lineRows(rows)).toEqual([
    { id: '1', tool: 'A', out: 'x\na = b\n' },
    { id: '2', tool: 'B', out: 'y\n' },
  ]);
  expect(lineRows('port = 80\nhost = db\nuser = web\n')).toBeUndefined();
});

test('a row of another length makes no table', () => {
  expect(separatedRows('a,b\n1,"x, ""y"""\n')).toEqual([{ a: '1', b: 'x, "y"' }]);
  expect(separatedRows('a,b\n1,2,3\n')).toBeUndefined();
  expect(unpackedCalls('time,level,message\n1,ERROR,"no such host"\n')).toBeUndefined();
});

test.each([
  ['run/GetResources/pods_shop.json', 'kubectl get pods  -n shop'],
  ['GetResources/kind=pods__namespace=shop.txt', 'kubectl get pods  -n shop'],
  ['describe_resource/pod_web-0_shop.json', 'kubectl describe pod web-0 -n shop'],
  ['GetRecentLogs/web-6c9d7f5b8-q4m2x_50_shop.txt', 'kubectl logs web-6c9d7f5b8-q4m2x -n shop'],
  ['GetErrorLogs/web_shop.json', 'kubectl logs -l app=web -n shop'],
  ['CheckServiceConnectivity/db_5432_shop.txt', 'nc -zv db 5432'],
  ['CheckNodeServiceStatus/worker-1_kubelet.json', 'ssh worker-1 systemctl status kubelet'],
])('the output in %s is that of a call', (file, command) => {
  expect(recorderCommand(callOfFile(file) ?? '')).toBe(command);
});

test.each(['logs/web-0.log', 'GetResources.json', 'k8s/deployment_web.yaml', 'getting/started_now.txt'])(
  '%s names no call',
  (file) => {
    expect(callOfFile(file)).toBeUndefined();
  },
);

test('a file that is named after a call keeps its lines, and a command of its own counts more', () => {
  const [item] = collect([{ name: 'GetResources/pods_shop.txt', text: PODS }]).items;
  expect(item).toMatchObject({ command: 'kubectl get pods  -n shop', lines: { from: 1, to: 2 } });
  const [own] = collect([{ name: 'GetResources/pods_shop.txt', text: `$ kubectl get pods -n other\n${PODS}` }]).items;
  expect(own?.command).toBe('kubectl get pods -n other');
});

const FLUSH = [
  '                    name  status ready taints',
  'web-6c9d7f5b8-q4m2x long Running   0/1       ',
  'api-6c9d7f5b8-q4m2x long Running   1/1    a:b',
];

test('a table set flush right is read without numbers, also with empty cells, and not joined as broken lines', () => {
  expect(flushRight(FLUSH.map((line) => line.replace(' long', '     ')))?.map(({ fields }) => fields.ready)).toEqual([
    '0/1',
    '1/1',
  ]);
  const wide = ['type  message', ...[1, 2, 3, 4].map((n) => ` Bad  node ${n}`)].map((line) => line.padStart(90, ' '));
  expect(unwrap(wide).lines).toEqual(wide);
});

test.each([[PODS], ['  Active: active\n   Tasks: 18\n'], ['one two\nthree four five six\n']])(
  '%j is no table set flush right',
  (source) => {
    expect(flushRight(source.split('\n'))).toBeUndefined();
  },
);

test('a map of things under their names is a list of them, whatever they are called; a map of lists is none', () => {
  const map = {
    gateway: { type: 'ClusterIP', cluster_ip: '10.0.0.1' },
    web: { type: 'ClusterIP', cluster_ip: '10.0.0.2' },
  };
  expect(recordsIn(JSON.stringify(map, null, 1).split('\n'))?.map(({ fields }) => fields.name)).toEqual([
    'gateway',
    'web',
  ]);
  expect(recordsIn(JSON.stringify({ pods: map.web, services: map.gateway }).split('\n'))).toBeUndefined();
  expect(recordsIn(JSON.stringify({ status: { phase: 'Running', ready: true } }).split('\n'))).toBeUndefined();
});

test('conditions that are told by their state alone add to those that were described', () => {
  const item = {} as EvidenceItem;
  const node = (conditions: unknown[]) => ({ kind: 'Node', metadata: { name: 'w1' }, status: { conditions } });
  const full = { type: 'MemoryPressure', status: 'True', reason: 'KubeletHasInsufficientMemory', message: 'short' };
  const [merged] = mergeObjects([
    { item, object: node([full]), partial: true },
    { item, object: node([{ type: 'Ready', status: 'True' }]), partial: false },
  ]);
  expect(merged?.object.status).toEqual({ conditions: [{ type: 'Ready', status: 'True' }, full] });
});
