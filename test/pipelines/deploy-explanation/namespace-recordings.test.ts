import { expect, test } from 'vitest';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';

async function explain(...parts: readonly string[]): Promise<Explanation> {
  const evidence = [{ name: 'session.txt', text: `${parts.join('\n')}\n` }];
  const record = await runInProcess(deployExplanation, { evidence }, { predictor: noModel() });
  expect(record.run.error).toBeUndefined();
  return record.run.output as Explanation;
}

const NODES = `$ kubectl get nodes
NAME   STATUS   ROLES           AGE   VERSION
cp     Ready    control-plane   9d    v1.31.2
w1     Ready    <none>          9d    v1.31.2
w2     Ready    <none>          9d    v1.31.2`;
const PODS = `$ kubectl get pods -n shop -o wide
NAME                   READY   STATUS    RESTARTS   AGE   IP           NODE   NOMINATED NODE   READINESS GATES
api-7c9d8b6f5d-x2vbn   1/1     Running   0          8d    10.244.1.5   w1     <none>           <none>
web-5d9f7c8b64-kq7zp   1/1     Running   0          8d    10.244.2.6   w2     <none>           <none>
pay-6b8d5f9c77-m4tws   1/1     Running   0          8d    10.244.2.7   w2     <none>           <none>`;
const SERVICES = `$ kubectl get services -n shop -o wide
NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)    AGE   SELECTOR
api    ClusterIP   10.96.0.20   <none>        8080/TCP   8d    app=api
web    ClusterIP   10.96.0.21   <none>        8080/TCP   8d    app=web
pay    ClusterIP   10.96.0.22   <none>        8080/TCP   8d    app=pay`;
const system = (...names: readonly string[]) => `$ kubectl get pods -n kube-system -o wide
NAME                         READY   STATUS    RESTARTS   AGE   IP            NODE   NOMINATED NODE   READINESS GATES
${['kube-apiserver-cp', 'kube-scheduler-cp', 'kube-controller-manager-cp', ...names].map((name) => `${name.padEnd(26)}   1/1     Running   0          9d    172.18.0.2    cp     <none>           <none>`).join('\n')}`;
const NO_ANSWER = `$ kubectl exec -n shop web-5d9f7c8b64-kq7zp -- nc -zv -w 3 api 8080
nc: api (10.96.0.20:8080): Operation timed out
command terminated with exit code 1`;

test('kube-proxy that no node runs is told where a Service gives no answer although its pod is ready', async () => {
  const told = await explain(NODES, PODS, SERVICES, system('kindnet-x2vbn'), NO_ANSWER);
  expect(told).toMatchObject({
    verdict: 'failed',
    rootCause: { kind: 'kube-proxy-down', object: { kind: 'DaemonSet' } },
  });
});

test.each([
  ['a network plugin that does without it', system('cilium-x2vbn'), NO_ANSWER],
  [
    'a policy that may be the reason',
    system('kindnet-x2vbn'),
    `$ kubectl get networkpolicies -n shop
NAME   POD-SELECTOR   AGE
only   app=api        1d
${NO_ANSWER}`,
  ],
  ['Services that answer', system('kindnet-x2vbn'), ''],
])('kube-proxy is not missed with %s', async (_, parts, check) => {
  const told = await explain(NODES, PODS, SERVICES, parts, check);
  expect(told.rootCause?.kind).not.toBe('kube-proxy-down');
});

const connects = (
  from: string,
  to: string,
  seconds: string,
) => `$ kubectl exec -n shop ${from} -- curl -so /dev/null -w 'dns %{time_namelookup} connect %{time_connect} total %{time_total}' http://${to}:8080/
dns 0.002000 connect ${seconds} total 3.000000`;
const WEB = 'web-5d9f7c8b64-kq7zp';
const API = 'api-7c9d8b6f5d-x2vbn';

test('connections that are slow at one end only name that end; an answer that is slow after a quick one does not', async () => {
  const slow = await explain(
    NODES,
    PODS,
    SERVICES,
    connects(WEB, 'pay', '0.802000'),
    connects(API, 'pay', '0.803000'),
    connects(WEB, 'api', '0.003000'),
  );
  expect(slow.rootCause).toMatchObject({ kind: 'network-degraded', object: { name: 'pay' } });
  const quick = await explain(
    NODES,
    PODS,
    SERVICES,
    connects(WEB, 'pay', '0.003000'),
    connects(API, 'pay', '0.003000'),
  );
  expect(quick.verdict).toBe('healthy');
  const everywhere = await explain(
    NODES,
    PODS,
    SERVICES,
    connects(WEB, 'pay', '0.802000'),
    connects(WEB, 'api', '0.802000'),
  );
  expect(everywhere.rootCause?.object.name).not.toBe('pay');
});

const sums = (state: string) => `$ node-services w2
kubelet: active
containerd: ${state}`;

test('a unit that a tool calls inactive is told with its node; one that is active or only named is not', async () => {
  expect((await explain(NODES, PODS, sums('inactive'))).rootCause).toMatchObject({
    kind: 'container-runtime-down',
    object: { kind: 'Node', name: 'w2' },
  });
  expect((await explain(NODES, PODS, sums('active'))).verdict).toBe('healthy');
  expect((await explain(NODES, PODS, '$ cat notes\nstate: failed')).rootCause?.kind).not.toBe('container-runtime-down');
});

const alerts = (...rows: readonly string[]) =>
  `$ alerts -n shop\nSERVICE   METRIC              CURRENT   USUAL\n${rows.join('\n')}`;

test('a latency far above the usual is no health, and of two that call each other the callee is named', async () => {
  const told = await explain(NODES, PODS, SERVICES, alerts('pay       latency_p95_ms      2410      31'));
  expect(told).toMatchObject({ verdict: 'degraded', rootCause: { kind: 'alert-firing' } });
  expect(told.rootCause?.summary).toContain('usually 31');
  const calm = await explain(
    NODES,
    PODS,
    SERVICES,
    alerts('pay       latency_p95_ms      41        31', 'web       requests_per_sec    900       80'),
  );
  expect(calm.verdict).toBe('healthy');
});
