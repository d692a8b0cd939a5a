import { expect, test } from 'vitest';
import { answer } from './metamorphic/case.ts';

const explain = (text: string) => answer({ files: [{ name: 'session.txt', text }] });

const events = `$ kubectl get events -n shop
LAST SEEN   TYPE      REASON   OBJECT                     MESSAGE
10s         Warning   Failed   pod/web-7b9d5c6f4-abcde    Failed to pull image "ghcr.io/acme/web:1.2": ghcr.io/acme/web:1.2: not found
`;
const pods = (namespace: string) => `
$ kubectl get pods -n ${namespace}
NAME                    READY   STATUS    RESTARTS   AGE
cart-6d4f9c7b58-x2x9q   1/1     Running   0          9d
`;

test('pods of another namespace do not tell that a pod is gone; those of its own do', () => {
  expect(explain(events + pods('crm')).rootCause?.kind).toBe('image-not-found');
  expect(explain(events + pods('shop')).verdict).toBe('healthy');
});

test('what things are called is not what went wrong with them', () => {
  const log = (line: string) => `$ kubectl get pods -n shop
NAME                             READY   STATUS             RESTARTS      AGE
migration-hub-6d4f9c7b58-x2x9q   1/1     Running            0             9d
front-5d4f9c7b58-z2x9q           0/1     CrashLoopBackOff   4 (1m ago)    9m

$ kubectl logs front-5d4f9c7b58-z2x9q -n shop
${line}
`;
  const kinds = (line: string) => explain(log(line)).findings.map(({ kind }) => kind);
  expect(kinds('ERROR migration-hub failed: status=500')).not.toContain('migration-failed');
  expect(kinds('ERROR migration 42 failed: status=500')).toContain('migration-failed');

  const pull = (image: string, why: string) =>
    explain(`$ kubectl get events -n shop
LAST SEEN   TYPE      REASON   OBJECT                     MESSAGE
10s         Warning   Failed   pod/web-7b9d5c6f4-abcde    Failed to pull image "ghcr.io/${image}": failed to resolve reference "ghcr.io/${image}": ${why}
`).rootCause?.kind;
  expect(pull('acme/certificate-api:2', 'ghcr.io/acme/certificate-api:2: not found')).toBe('image-not-found');
  expect(pull('acme/web:2', 'x509: certificate signed by unknown authority')).toBe('registry-unreachable');
});

test('a pod that a kubelet has started is not bound to a node that is not there', () => {
  const on = (status: string, restarts: string) =>
    explain(`$ kubectl get nodes
NAME       STATUS   ROLES    AGE   VERSION
worker-1   Ready    <none>   60d   v1.31.2

$ kubectl get pods -n shop -o wide
NAME                    READY   STATUS             RESTARTS      AGE   IP       NODE       NOMINATED NODE   READINESS GATES
cart-6d4f9c7b58-x2x9q   0/1     ${status}   ${restarts}   40m   <none>   worker-9   <none>           <none>
`).findings.map(({ kind }) => kind);
  expect(on('CrashLoopBackOff', '7 (1m ago)')).not.toContain('node-missing');
  expect(on('Pending         ', '0         ')).toContain('node-missing');
});

test('a pod that a later list of its namespace would show is gone; one that labels leave out is not', () => {
  const then = (command: string) =>
    explain(`$ kubectl get pods -n pos
NAME                     READY   STATUS             RESTARTS       AGE
till-6d5d7bb6c9-8v8zx    0/1     CrashLoopBackOff   31 (2m ago)    2h20m

$ kubectl logs till-6d5d7bb6c9-8v8zx -n pos --tail=2
panic: parse config: yaml: line 12: did not find expected key

$ ${command}
NAMESPACE   NAME                    READY   STATUS    RESTARTS   AGE
pos         till-7f9b64dd4c-qp2mn   1/1     Running   0          3m
`).verdict;
  expect(then('kubectl get pods -A')).toBe('healthy');
  expect(then('kubectl get pods -A -l version=next')).toBe('failed');
});
