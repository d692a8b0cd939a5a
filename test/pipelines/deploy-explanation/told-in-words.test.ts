import { expect, test } from 'vitest';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { withoutClock } from '../../../src/evidence/logs/time.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';

async function rootOf(text: string) {
  const { run } = await runInProcess(
    deployExplanation,
    { evidence: [{ name: 'session.txt', text }] },
    { predictor: noModel() },
  );
  return (run.output as Explanation | undefined)?.rootCause;
}

/** A client that runs and logs one line again and again, told where its database is, and the log of that database. */
function session(said: string, server: readonly string[] = []): string {
  const lines = [50, 40, 30, 20, 10].map((second) => `2026-11-03T08:14:${60 - second}Z ERROR ${said}`);
  return `$ kubectl get pods -n till
NAME                      READY   STATUS    RESTARTS   AGE
receipts-5c9f7d8b6-q8x2v  1/1     Running   0          3d
receipts-db-0             1/1     Running   0          19d

$ kubectl describe deployment receipts -n till
Name:                   receipts
Namespace:              till
Selector:               app=receipts
Replicas:               1 desired | 1 updated | 1 total | 1 available | 0 unavailable
Pod Template:
  Labels:  app=receipts
  Containers:
   receipts:
    Image:      registry.example/receipts:2.4.0
    Environment:
      DB_HOST:  receipts-db:5432

$ kubectl logs receipts-5c9f7d8b6-q8x2v -n till
${lines.join('\n')}

$ kubectl logs receipts-db-0 -n till
${server.length === 0 ? '2026-11-03 06:00:01.101 UTC [1] LOG:  database system is ready to accept connections' : server.join('\n')}
`;
}

const REFUSED = 'pq: password authentication failed for user "till_rw"';

test.each([
  ['psycopg.errors.InsufficientPrivilege: permission denied for table receipt', 'its user lacks a right'],
  ["(1044, \"Access denied for user 'till_rw'@'%' to database 'receipts'\")", 'has no rights in database `receipts`'],
  ["SELECT command denied to user 'till_rw'@'10.2.0.9' for table 'receipt'", 'its user lacks a right'],
  ['FATAL: role "till_rw" does not exist', 'the user `till_rw` does not exist'],
  ['FATAL: role "till_rw" is not permitted to log in', 'the user `till_rw` may not log in'],
  [REFUSED, 'the credentials of user `till_rw` are refused'],
])('a refused client is told why: %s', async (said, words) => {
  const root = await rootOf(session(said));
  expect(root).toMatchObject({ kind: 'credentials-refused', object: { kind: 'Deployment', name: 'receipts' } });
  expect(root?.summary).toContain(words);
});

test.each([
  [
    'DETAIL:  Role "till_rw" does not exist.',
    'the user `till_rw` does not exist, as the log of StatefulSet till/receipts-db says',
  ],
  [
    'DETAIL:  User "till_rw" has no password assigned.',
    'the user `till_rw` has no password, as the log of StatefulSet',
  ],
  ['DETAIL:  Password does not match for user "till_rw".', 'the password of user `till_rw` is not the one'],
])('what a client is not told, the log of its server says: %s', async (detail, words) => {
  const server = [1, 2, 3, 4, 5].flatMap((n) => [
    `2026-11-03 08:14:${10 * n}.331 UTC [${90 + n}] FATAL:  password authentication failed for user "till_rw"`,
    `2026-11-03 08:14:${10 * n}.331 UTC [${90 + n}] ${detail}`,
  ]);
  expect((await rootOf(session(REFUSED, server)))?.summary).toContain(words);
});

test('the mark of the default storage class is no part of its name', async () => {
  const root = await rootOf(`$ kubectl get storageclass
NAME                PROVISIONER         RECLAIMPOLICY   VOLUMEBINDINGMODE   ALLOWVOLUMEEXPANSION   AGE
silver (default)    csi.example.com     Delete          Immediate           true                   80d

$ kubectl describe pvc scans -n xray
Name:          scans
Namespace:     xray
StorageClass:  silver
Status:        Pending
Access Modes:
VolumeMode:    Filesystem
Events:
  Type     Reason              Age   From             Message
  ----     ------              ----  ----             -------
  Warning  ProvisioningFailed  31s   csi.example.com  failed to provision volume with StorageClass "silver": rpc error: code = InvalidArgument desc = multi-writer access mode is not supported
`);
  expect(root?.summary).toContain('cannot be bound: provisioning fails (rpc error');
  expect(root?.object.path).toBe('spec.accessModes');
});

test('minutes are no ports', () => {
  expect(withoutClock('2026/11/03 21:53:40 [error] 10.2.0.10:53 and T08:53:01.123Z')).not.toMatch(/21:53|08:53/);
  expect(withoutClock('2026/11/03 21:53:40 [error] 10.2.0.10:53')).toContain('10.2.0.10:53');
});

/** A pod that selects a label, the scheduler's words about it, and rows of nodes. */
const pending = (clauses: string, nodes = ''): string => `$ kubectl describe pod render-6f7d9c5b8-4t2wq -n film
Name:             render-6f7d9c5b8-4t2wq
Namespace:        film
Node:             <none>
Status:           Pending
Controlled By:    ReplicaSet/render-6f7d9c5b8
Containers:
  render:
    Image:      registry.example/render:3
    Port:       <none>
Conditions:
  Type           Status
  PodScheduled   False
Node-Selectors:              accelerator=l4
Tolerations:                 node.kubernetes.io/not-ready:NoExecute op=Exists for 300s
Events:
  Type     Reason            Age                  From               Message
  ----     ------            ----                 ----               -------
  Warning  FailedScheduling  12s (x9 over 8m10s)  default-scheduler  0/5 nodes are available: ${clauses}. preemption: 0/5 nodes are available: 5 Preemption is not helpful for scheduling.
${nodes}`;
const TAINTED =
  "2 node(s) didn't match Pod's node affinity/selector, 3 node(s) had untolerated taint {dedicated: studio}";
const LABELLED = `
$ kubectl get nodes --show-labels
NAME   STATUS   ROLES    AGE   VERSION   LABELS
w-1    Ready    <none>   90d   v1.33.1   kubernetes.io/hostname=w-1
w-2    Ready    <none>   90d   v1.33.1   kubernetes.io/hostname=w-2
`;

test.each([
  ["5 node(s) didn't match Pod's node affinity/selector", '', 'no node has the label `accelerator=l4`'],
  [TAINTED, '', 'no node whose taints it tolerates has the label `accelerator=l4`'],
  [TAINTED, LABELLED, 'no node has the label `accelerator=l4`'],
])('labels of nodes that were turned down for a taint are not known: %s', async (clauses, nodes, said) => {
  const root = await rootOf(pending(clauses, nodes));
  expect(root?.kind).toBe('node-selector-mismatch');
  expect(root?.summary).toContain(said);
});
