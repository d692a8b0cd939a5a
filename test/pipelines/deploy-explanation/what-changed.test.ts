import { describe, expect, test } from 'vitest';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';

async function explain(texts: readonly string[], question: string): Promise<Explanation> {
  const evidence = texts.map((text, index) => ({ name: `${index}.txt`, text }));
  const { run } = await runInProcess(deployExplanation, { evidence, question }, { predictor: noModel() });
  return run.output as Explanation;
}

const changes = (...records: readonly object[]) =>
  `{"tool_name":"fetch_configuration_changes","match_params":{"hours":"2"}}\n${JSON.stringify(records, null, 2)}\n`;
const LIMIT = {
  kind: 'Deployment',
  namespace: 'quay',
  name: 'crane',
  timestamp: '2026-03-01T10:00:00Z',
  user: 'ada',
  changes: [{ path: 'spec.template.spec.containers[0].resources.limits.memory', old: '1Gi', new: '96Mi' }],
};
const KILLED = `$ kubectl describe pod crane-6d9c8b7f54-2kxzq -n quay
Name:             crane-6d9c8b7f54-2kxzq
Namespace:        quay
Node:             w-1/10.0.0.1
Status:           Running
Controlled By:    ReplicaSet/crane-6d9c8b7f54
Containers:
  crane:
    State:          Waiting
      Reason:       CrashLoopBackOff
    Last State:     Terminated
      Reason:       OOMKilled
      Exit Code:    137
    Ready:          False
    Restart Count:  7
    Limits:
      memory:  96Mi
`;

test('the change of the object at fault stands beside its cause, with a way back', async () => {
  const output = await explain([changes(LIMIT), KILLED], 'why does crane restart?');
  expect(output.rootCause?.kind).toBe('oom-killed');
  expect(output.change?.summary).toBe(
    'Deployment quay/crane was changed at 2026-03-01T10:00:00Z by `ada`: memory limit 1Gi → 96Mi',
  );
  expect(output.remedies.map(({ title }) => title)).toContain('Set it back in Deployment quay/crane: 1Gi');
});

test('a change of another thing is not told as the cause', async () => {
  const other = { ...LIMIT, name: 'dock' };
  const output = await explain([changes(other), KILLED], 'why does crane restart?');
  expect(output.rootCause?.kind).toBe('oom-killed');
  expect(output.change).toBeUndefined();
});

const CALLS = `{"tool_name":"fetch_pod_logs","match_params":{"pod_name":"crane-6d9c8b7f54-2kxzq","namespace":"quay"}}
2026-03-01T10:05:00Z ERROR GET http://tides.quay.svc.cluster.local:9911/now: connect ECONNREFUSED 10.96.0.7:9911
2026-03-01T10:05:10Z ERROR GET http://tides.quay.svc.cluster.local:9911/now: connect ECONNREFUSED 10.96.0.7:9911
`;
const SERVICES = `$ kubectl get services -n quay
NAME    TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)    AGE
tides   ClusterIP   10.96.0.7    <none>        9910/TCP   90d
`;
const MAP = {
  kind: 'ConfigMap',
  namespace: 'quay',
  name: 'crane-flags',
  time: '2026-03-01T10:00:00Z',
  changes: [
    {
      path: 'data.TIDES',
      old: 'http://tides.quay.svc.cluster.local:9910',
      new: 'http://tides.quay.svc.cluster.local:9911',
    },
  ],
};

test('an address that a program has from a ConfigMap is changed there', async () => {
  const output = await explain([changes(MAP), CALLS, SERVICES], 'crane fails');
  expect(output.rootCause).toMatchObject({
    kind: 'service-reference-wrong',
    object: { kind: 'ConfigMap', name: 'crane-flags', path: 'data.TIDES' },
  });
});

test('a ConfigMap whose change the error does not speak of is not blamed', async () => {
  const elsewhere = { ...MAP, changes: [{ path: 'data.COLOUR', old: 'red', new: 'green' }] };
  const output = await explain([changes(elsewhere), CALLS, SERVICES], 'crane fails');
  expect(output.rootCause?.object.kind).not.toBe('ConfigMap');
});

describe('facts', () => {
  const up = `$ kubectl get deployments -n quay
NAME    READY   UP-TO-DATE   AVAILABLE   AGE
crane   2/2     2            2           90d
`;
  test('what changed of a workload is told newest first', async () => {
    const output = await explain([changes(LIMIT), up], 'what changed in crane today?');
    expect(output.verdict).toBe('healthy');
    expect(output.fact?.summary).toContain('memory limit 1Gi → 96Mi');
  });

  test('who changed it is told with what was changed', async () => {
    const output = await explain([changes(LIMIT), up], 'who changed crane?');
    expect(output.fact?.summary).toMatch(/`ada` changed Deployment quay\/crane \(.*1Gi → 96Mi\)/);
  });

  const application = (target: string) => `$ argocd app get harbour
Name:               argocd/harbour
Project:            default
Server:             https://kubernetes.default.svc
Namespace:          quay
Source:
- Repo:             https://git.test/harbour.git
  Target:           ${target}
  Path:             chart
Sync Policy:        Automated
Sync Status:        Synced to ${target} (1a2b3c4)
Health Status:      Healthy
`;
  const asked = 'We released harbour 2.5.0. Why is 2.4.1 still shown?';
  test('an Application that follows an older tag does not deploy the new one', async () => {
    const output = await explain([application('v2.4.1')], asked);
    expect(output.fact?.summary).toContain('is told to follow `v2.4.1`');
  });

  test('one that follows a branch, or the new tag, says nothing of that', async () => {
    for (const target of ['main', 'v2.5.0']) expect((await explain([application(target)], asked)).fact).toBeUndefined();
  });

  test('how full a volume is df says', async () => {
    const df = `$ kubectl exec crane-0 -n quay -- df -h
Filesystem      Size  Used Avail Use% Mounted on
tmpfs            64M     0   64M   0% /dev
/dev/sdb         98G   40G   58G  41% /data
`;
    const output = await explain([df, up], 'is the disk of crane full?');
    expect(output.fact?.summary).toBe('`/data` of Pod quay/crane-0 is 41% used (40G of 98G, 58G left).');
  });
});

describe('exit codes', () => {
  const crashed = KILLED.replace('OOMKilled', 'Error')
    .replace('137', '61')
    .replace(/ {4}Limits:\n.*\n/, '');
  const page = (body: string) => `{"tool_name":"fetch_runbook","match_params":{"id":"crane"}}\n${body}\n`;
  test('what a document says of the code is told', async () => {
    for (const body of [
      '# crane\n\n| exit code | meaning |\n|---|---|\n| 60 | no rope |\n| 61 | the hook is bent |',
      'Exit codes of crane:\n- 60: no rope\n- 61: the hook is bent',
      'Exit statuses\n60 = no rope\n61 = the hook is bent',
    ]) {
      const output = await explain([page(body), crashed], 'why does crane crash?');
      expect(output.rootCause?.summary).toContain('`the hook is bent`');
    }
  });

  test('a number that is no exit code is not', async () => {
    const output = await explain(
      [page('# crane\n\nSteps:\n- 61: tighten the rope\n'), crashed],
      'why does crane crash?',
    );
    expect(output.rootCause?.summary).not.toContain('tighten');
  });
});
