import { expect, test } from 'vitest';
import { collect } from '../../src/evidence/collect.ts';
import { controllersSay } from '../../src/evidence/controller-log.ts';
import { buildScene } from '../../src/evidence/scene.ts';

const says = (log: string) =>
  controllersSay(
    buildScene(
      collect([{ name: 'operator.txt', text: `$ kubectl logs db-operator-6c8d8f6d6b-z8qgn -n ops\n${log}\n` }]).items,
    ),
  ).map(({ object, text }) => ({ object, text }));

const REFUSED = 'pods "db-2" is forbidden: exceeded quota: compute, requested: cpu=2, used: cpu=9, limited: cpu=10';
const CLUSTER = { kind: 'Cluster', name: 'db', namespace: 'shop' };

test('what the API server refused a controller is said of the object that it works on, in any format of its logger', () => {
  const json = JSON.stringify({
    level: 'error',
    msg: 'Reconciler error',
    controllerGroup: 'db.example',
    controllerKind: 'Cluster',
    Cluster: { name: 'db', namespace: 'shop' },
    error: REFUSED,
  });
  const members = JSON.stringify({ controllerKind: 'Cluster', namespace: 'shop', name: 'db', error: REFUSED });
  const klog = `E0102 03:04:05.600000       1 controller.go:324] "Reconciler error" err=${JSON.stringify(REFUSED)} controllerKind="Cluster" Cluster="shop/db"`;
  for (const line of [json, `2026-01-02T03:04:05Z\tERROR\tReconciler error\t${members}`, klog])
    expect(says(line)).toEqual([{ object: CLUSTER, text: `Reconciler error: ${REFUSED}` }]);
});

test('not so where it went on with the object, lacks a right itself, or has another trouble', () => {
  const line = (level: string, msg: string, error?: string) =>
    JSON.stringify({ level, msg, controllerKind: 'Cluster', namespace: 'shop', name: 'db', ...(error && { error }) });
  expect(says(`${line('error', 'Reconciler error', REFUSED)}\n${line('info', 'Cluster is healthy')}`)).toEqual([]);
  expect(
    says(line('error', 'Reconciler error', 'secrets "x" is forbidden: User "system:serviceaccount:ops:db" cannot get')),
  ).toEqual([]);
  expect(says(line('error', 'Reconciler error', 'dial tcp 10.0.0.1:5432: connect: connection refused'))).toEqual([]);
});
