import { describe, expect, test } from 'vitest';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';

const DEPLOYMENTS = `$ kubectl get deployments -n quay -o yaml --show-managed-fields
apiVersion: v1
kind: List
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: ferry
    namespace: quay
    managedFields:
    - {manager: helm, operation: Update, time: "2026-11-01T08:00:00Z"}
    - {manager: kubectl-rollout, operation: Update, time: "2026-11-20T06:02:55Z"}
    - {manager: kubectl-edit, operation: Update, time: "2026-11-22T17:31:00Z"}
    - {manager: kube-controller-manager, operation: Update, subresource: status, time: "2026-11-22T17:32:00Z"}
  spec:
    replicas: 1
    template:
      metadata:
        annotations:
          kubectl.kubernetes.io/restartedAt: "2026-11-20T06:02:55Z"
      spec:
        imagePullSecrets: [{name: registry}]
        containers:
        - name: ferry
          image: registry.test/quay/ferry:2
          env:
          - {name: CREW_MAX, value: "14"}
          envFrom: [{secretRef: {name: tickets}}]
  status: {replicas: 1, readyReplicas: 1, availableReplicas: 1, updatedReplicas: 1}
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: tickets
    namespace: quay
  spec:
    replicas: 1
    template:
      spec:
        containers:
        - name: tickets
          image: registry.test/quay/tickets:2
          env:
          - {name: CREW_MAX, value: "9"}
        volumes:
        - name: keys
          projected: {sources: [{secret: {name: tickets, optional: true}}]}
  status: {replicas: 1, readyReplicas: 1, availableReplicas: 1, updatedReplicas: 1}
`;

const HISTORY = `$ helm history ferry -n quay
REVISION	UPDATED                 	STATUS    	CHART      	APP VERSION	DESCRIPTION
4       	Sun Nov  1 08:00:00 2026	superseded	ferry-1.9.0	2.0        	Upgrade complete
5       	Fri Nov 20 06:00:00 2026	deployed  	ferry-2.0.0	2.1        	Upgrade complete
`;

async function answer(question: string, text = DEPLOYMENTS): Promise<Explanation> {
  const evidence = [{ name: 'a.txt', text }];
  const { run } = await runInProcess(deployExplanation, { evidence, question }, { predictor: noModel() });
  expect(run.error).toBeUndefined();
  return run.output as Explanation;
}

describe('facts that objects tell', () => {
  test.each([
    [
      'which workloads use the secret tickets?',
      'Secret `tickets` is used by Deployment quay/ferry and Deployment quay/tickets, of what the evidence shows.',
    ],
    ['who uses secret registry?', 'Secret `registry` is used by Deployment quay/ferry, of what the evidence shows.'],
    ['what is CREW_MAX set to on tickets?', '`CREW_MAX` is `9` in Deployment quay/tickets.'],
    [
      'what is the value of CREW_MAX?',
      '`CREW_MAX` is `14` in Deployment quay/ferry. `CREW_MAX` is `9` in Deployment quay/tickets.',
    ],
    [
      'when was ferry restarted?',
      'Deployment quay/ferry was restarted by a rollout (`kubectl rollout restart`) last at 2026-11-20T06:02:55Z, by the client `kubectl-rollout`.',
    ],
    [
      'who changed ferry last?',
      'Deployment quay/ferry was changed last at 2026-11-22T17:31:00Z, by the client `kubectl-edit`. Which person that was, objects do not record: the audit log does.',
    ],
  ])('%s', async (question, fact) => {
    const told = await answer(question);
    expect(told).toMatchObject({ verdict: 'healthy', fact: { summary: fact } });
    for (const { evidence, quote } of told.fact?.citations ?? [])
      expect(told.evidence.find(({ id }) => id === evidence)?.text).toContain(quote);
    expect(told.fact?.citations).not.toEqual([]);
  });

  test.each([
    'which pods use the most memory beside tickets?',
    'what is CREW_MIN set to?',
    'when was tickets restarted?',
    'why does nobody use the secret tickets?',
  ])('%s is no such question, or is not answered here', async (question) => {
    expect((await answer(question)).fact).toBeUndefined();
  });

  test('a value in a ConfigMap is an answer although nothing else was looked at', async () => {
    const told = await answer(
      'what is batch.limit set to?',
      '$ kubectl get cm ferry -o yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ferry\n  namespace: quay\ndata:\n  batch.limit: "12"\n',
    );
    expect(told).toMatchObject({
      verdict: 'healthy',
      fact: { summary: '`batch.limit` is `12` in ConfigMap quay/ferry.' },
    });
  });

  test('the newest revision of a release and the one before it', async () => {
    expect((await answer('which version of ferry was deployed last?', HISTORY)).fact?.summary).toBe(
      'The newest of Helm release ferry is revision 5 (ferry-2.0.0, app 2.1, deployed, Fri Nov 20 06:00:00 2026); before it revision 4 (ferry-1.9.0, app 2.0, superseded, Sun Nov 1 08:00:00 2026).',
    );
  });
});

test('a revision that is pending since a day below ten is told', async () => {
  const text = `${HISTORY}6       \tTue Nov  3 08:00:00 2026\tpending-upgrade\tferry-2.0.1\t2.1\tPreparing upgrade\n$ helm upgrade ferry ./ferry -n quay\nError: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress\n`;
  expect((await answer('why does the upgrade of ferry fail?', text)).summary).toContain(
    'revision 6 is pending-upgrade since Tue Nov 3 08:00:00 2026',
  );
});

const PODS = `$ kubectl get pods -n quay
NAME                     READY   STATUS    RESTARTS   AGE
ferry-6d9c8b7f54-2kxzq   1/1     Running   0          9d
`;
const alert = (status: string, endsAt: string) =>
  `$ cat alert.json\n${JSON.stringify({ labels: { alertname: 'FerryLate', namespace: 'quay' }, annotations: {}, status, startsAt: '2026-11-20T05:00:00Z', endsAt })}\n`;

test('an alert that is over is told so; one that fires is not', async () => {
  const over = await answer('FerryLate came, what about ferry?', PODS + alert('resolved', '2026-11-20T06:00:00Z'));
  expect(over.verdict).toBe('healthy');
  expect(over.summary).toContain('The alert `FerryLate` is resolved since 2026-11-20T06:00:00Z.');
  const fires = await answer('FerryLate came, what about ferry?', PODS + alert('firing', '0001-01-01T00:00:00Z'));
  expect(fires.rootCause?.kind).toBe('alert-firing');
});

const log = (error: string, every: number) =>
  `$ kubectl logs ferry-6d9c8b7f54-2kxzq -n quay\n${Array.from(
    { length: 40 },
    (_, n) => `2026-11-20T06:${String(n).padStart(2, '0')}:00Z ${n % every === 1 ? error : `INFO trip ${n} sailed`}`,
  ).join('\n')}\n`;

describe('errors between lines that are well', () => {
  test('the same error again and again counts', async () => {
    const told = await answer('is ferry all right?', PODS + log("ERROR trips: KeyError: 'pier'", 5));
    expect(told).toMatchObject({ verdict: 'degraded', rootCause: { kind: 'requests-failing' } });
    expect(told.summary).toContain('the same error again and again');
  });

  test.each([
    ["ERROR trips: KeyError: 'pier'", 15],
    ['ERROR http: 400 GET /trips: invalid header', 4],
    ['ERROR access "GET /nothing HTTP/1.1" 404', 4],
  ])('%s, every %i lines, does not', async (error, every) => {
    expect((await answer('is ferry all right?', PODS + log(error, every))).verdict).toBe('healthy');
  });
});

test('who dials a bare address is explained by the callee that the same line names', async () => {
  const text = `$ kubectl get pods -n quay
NAME                     READY   STATUS                       RESTARTS   AGE
ferry-6d9c8b7f54-2kxzq   1/1     Running                      0          9d
piers-5b6c7d8f99-9wkx2   0/1     CreateContainerConfigError   0          20m
$ kubectl describe pod piers-5b6c7d8f99-9wkx2 -n quay | tail -4
Events:
  Type     Reason  Age                From     Message
  ----     ------  ----               ----     -------
  Warning  Failed  9s (x90 over 20m)  kubelet  Error: configmap "piers" not found
`;
  const calls = (url: string) =>
    log(`ERROR GET ${url} failed: dial tcp 10.96.4.9:8080: connect: connection refused`, 3);
  expect((await answer('what is wrong with ferry?', text + calls('http://piers:8080/x'))).rootCause?.kind).toBe(
    'configmap-missing',
  );
  expect((await answer('what is wrong with ferry?', text + calls('http://tides:8080/x'))).rootCause?.kind).toBe(
    'cannot-connect',
  );
});
