import { expect, test } from 'vitest';
import { readCommand, recorderCommand } from '../../src/evidence/command.ts';
import { unpackedCalls } from '../../src/evidence/recorded-calls.ts';
import { calledTool } from '../../src/evidence/tool-call.ts';

const PODS = 'NAME    READY   STATUS\nweb-0   1/1     Running\n';

test.each([
  ['GetResources(resource="pods", namespace="shop")', 'kubectl get pods  -n shop'],
  ["get_resources(resource_type='pods', ns='shop')", 'kubectl get pods  -n shop'],
  ['### Tool: list_resources {"resource_type": "deployments", "ns": "shop"}', 'kubectl get deployments  -n shop'],
  ['DescribeResource(resource="pods", name="web-0", namespace="shop")', 'kubectl describe pods web-0 -n shop'],
  ['GetErrorLogs(namespace="shop", service="web")', 'kubectl logs -l app=web -n shop'],
  ['[4] fetch_recent_logs: {"ns": "shop", "pod": "web-0", "lines": 40}', 'kubectl logs web-0 -n shop'],
  ['CheckConnectivity(from="web", host="db", port=5432)', 'kubectl exec web -- nc -zv db 5432'],
  ['check_connectivity {"host": "db", "port": "5432"}', 'nc -zv db 5432'],
  ['list_namespaced_config_map(namespace="shop")', 'kubectl get configmap  -n shop'],
  ['get_pod_events(pod="web-0", namespace="shop")', 'kubectl events --for Pod/web-0 -n shop'],
  ['[TOOL] top_pods {"namespace": "shop"}', 'kubectl top pod -n shop'],
  ['summarize_errors(service="web", minutes="10")', 'summarize_errors'],
  [
    'query_loki(query={namespace="shop", app="web"} |= "timeout", limit=50)',
    `logcli query '{namespace="shop", app="web"} |= "timeout"'`,
  ],
  [
    'execute_prometheus_query(query=sum by (pod, node) (rate(errors_total{app="web"}[5m])), step=60)',
    `promtool query instant 'sum by (pod, node) (rate(errors_total{app="web"}[5m]))'`,
  ],
  ['run_command({"command": "kubectl get ns"})', 'kubectl get ns'],
])('%s is read as a command', (line, command) => {
  expect(recorderCommand(line)).toBe(command);
});

test.each([
  ['pod_logs(pod="web-0", namespace="shop")', 'kubectl logs web-0 -n shop'],
  ['k8s_pods(namespace="shop", selector="app=web")', 'kubectl get pods  -n shop -l app=web'],
  ['describe_node(name="w1")', 'kubectl describe node w1'],
  ['list(kind="statefulset,svc", namespace="data")', 'kubectl get statefulset,svc  -n data'],
  [String.raw`promql(query="up{job=\"web\"}")`, `promtool query instant 'up{job="web"}'`],
  ['flux_get(kind="sources git")', 'flux get sources git'],
  ['mysql_query(host="db", query="SHOW REPLICA STATUS")', 'mysql_query'],
])('%s is a call where nothing stands above it', (line, command) => {
  expect(recorderCommand(line, true)?.replace(/^kubectl get (\w+) {3}/, 'kubectl get $1  ')).toBe(command);
});

test.each(['main(args)', 'INFO serve(port=80)', 'connect(host="db") failed', 'open(2)'])(
  '%s at the head of a log is no call',
  (line) => {
    expect(recorderCommand(line, true)).toBeUndefined();
  },
);

test.each([
  'get_user(id=4)\tfailed in 3 ms',
  'describe the pod (it restarts)',
  'getConnection(',
  'Get "http://db:80/" (Client.Timeout exceeded)',
  'checks the pods {and more}',
  'check(a, b)',
  'retry_policy(max=3)',
  'update_user(name="a") failed',
])('%s is no call of a tool', (line) => {
  expect(calledTool(line)).toBeUndefined();
});

test.each([
  ['{"function":{"name":"kubectl_logs","arguments":"{\\"pod\\":\\"pan-0\\",\\"namespace\\":\\"salt\\"}"}}'],
  ['{"type":"function","function":{"name":"kubectl_logs","arguments":{"pod":"pan-0","namespace":"salt"}}}'],
  ['{"id":"c1","tool_call":{"name":"get_pod_logs","args":{"pod_name":"pan-0","namespace":"salt"}}}'],
  ['tool=kubectl_logs args={"pod": "pan-0", "namespace": "salt"}'],
  ['kubectl_logs pod=pan-0 namespace=salt'],
  ['fetch_loki_logs(resource_type=pod, search_key=pan-0, namespace=salt)'],
])('%s heads the log of a pod', (line) => {
  expect(readCommand(recorderCommand(line, true) ?? '')).toMatchObject({
    ...{ verb: 'logs', kind: 'Pod', name: 'pan-0', namespace: 'salt' },
  });
});

test.each([
  ['request_finished method=GET path=/pans status=200'],
  ['{"function":{"name":"evaporate","line":12},"level":"info"}'],
  ['get_user id=5 took=3ms'],
])('%s heads nothing', (line) => {
  expect(recorderCommand(line, true)).toBeUndefined();
});

test('a client of a store says which one it asked', () => {
  expect(recorderCommand('redis_cli(host=brine-0, command=INFO memory)', true)).toBe(
    'redis-cli -h brine-0 INFO memory',
  );
  expect(recorderCommand('valkey_info(host="brine-0.brine:6379", section="memory")', true)).toBe(
    'valkey-cli -h brine-0.brine INFO memory',
  );
});

test('calls that were recorded as a list, as messages and one a line are one text', () => {
  const input = { resource: 'pods', namespace: 'shop' };
  const list = JSON.stringify([{ tool: 'GetResources', arguments: input, output: PODS }]);
  const messages = JSON.stringify({
    messages: [
      { role: 'user', content: 'What is wrong?' },
      {
        role: 'assistant',
        tool_calls: [{ id: 'a', function: { name: 'GetResources', arguments: JSON.stringify(input) } }],
      },
      { role: 'tool', tool_call_id: 'a', content: PODS },
    ],
  });
  const blocks = JSON.stringify([
    { role: 'assistant', content: [{ type: 'tool_use', id: 'b', name: 'GetResources', input }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'b', content: [{ type: 'text', text: PODS }] }] },
  ]);
  const one = JSON.stringify({ step: 0, tool_name: 'GetResources', args: input, result: PODS });
  const told = unpackedCalls(list);
  expect(told?.split('\n').slice(1, 3)).toEqual(PODS.trimEnd().split('\n'));
  expect(readCommand(recorderCommand(told?.split('\n')[0] ?? '') ?? '')).toMatchObject({
    kind: 'Pod',
    namespace: 'shop',
  });
  expect([messages, blocks, `${one}\n`].map((text) => unpackedCalls(text))).toEqual([told, told, told]);
});

test('logs by pod are lines, and no other JSON is taken for calls', () => {
  const logs = {
    tool: 'GetErrorLogs',
    arguments: { service: 'web' },
    output: { total: 2, pods: { 'web-0': ['a', 'b'] } },
  };
  expect(
    unpackedCalls(JSON.stringify([logs]))
      ?.split('\n')
      .slice(1, 3),
  ).toEqual(['a', 'b']);
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'x' },
    spec: { containers: [{ name: 'x', args: ['a'] }] },
  };
  expect(unpackedCalls(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [pod] }))).toBeUndefined();
  expect(unpackedCalls('{"args": ')).toBeUndefined();
  expect(unpackedCalls('{"level":30,"tool":"x","args":{},"result":"ok"}\n{"level":50,"msg":"gone"}')).toBeUndefined();
  expect(unpackedCalls('{"name":"web","params":{"id":1},"result":"ok"}\n{"name":"web","msg":"gone"}')).toBeUndefined();
  expect(unpackedCalls('{"msg": "started", "args": {"port": 80}, "name": "web"}')).toBeUndefined();
});

test('what a failed command printed stands below the line in which its recorder holds it', () => {
  const result = (error: string | null) =>
    JSON.stringify({ schema_version: 'v1', status: 'error', error, return_code: 1, invocation: 'kubectl get pods' });
  const refused = 'Error from server (Forbidden): pods is forbidden: User "reader" cannot list resource "pods"';
  const failed = result(`Command \`kubectl get pods\` failed with return code 1\nOutput:\n${refused}`);
  expect(unpackedCalls(`${failed}\nrest`)).toBe(`${failed}\n${refused}\nrest`);
  // Nothing was printed, or nothing failed.
  expect(unpackedCalls(result('Command `kubectl get pods` failed with return code 1\nOutput:\n'))).toBeUndefined();
  expect(unpackedCalls(result(null))).toBeUndefined();
});
