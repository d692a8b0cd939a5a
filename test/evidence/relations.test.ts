import { expect, test } from 'vitest';
import { collect } from '../../src/evidence/collect.ts';
import { workloadOf } from '../../src/evidence/relations.ts';
import { buildScene } from '../../src/evidence/scene.ts';

const scene = (text: string) => buildScene(collect([{ name: 'pods.txt', text }]).items);

test.each([
  ['report-29912345-x2k4b', { kind: 'CronJob', name: 'report' }],
  // The minutes since 1970 have begun with 3 since January 2027.
  ['report-30012345-x2k4b', { kind: 'CronJob', name: 'report' }],
  ['backup-20261126-x2k4b', { kind: 'Pod', name: 'backup-20261126-x2k4b' }],
  ['cart-6d5f7c9b8d-x2k4b', { kind: 'Deployment', name: 'cart' }],
  ['ledger-0', { kind: 'StatefulSet', name: 'ledger' }],
  ['etcd-node-1', { kind: 'Pod', name: 'etcd-node-1' }],
])('by its name the pod %s is of %o', (name, workload) => {
  const seen = scene(`NAME  READY  STATUS  RESTARTS  AGE\n${name}  0/1  Error  0  5m\n`);
  expect(workloadOf(seen, { kind: 'Pod', name })).toMatchObject(workload);
});
