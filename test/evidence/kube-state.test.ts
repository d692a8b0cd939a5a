import { expect, test } from 'vitest';
import { kubeStateObjects } from '../../src/evidence/parse/kube-state.ts';

const answer = (...series: readonly (readonly [labels: Record<string, string>, value: string])[]) => ({
  data: { result: series.map(([metric, value]) => ({ metric, value: [1, value] })) },
});
const condition = (status: string, node = 'a') => ({
  __name__: 'kube_node_status_condition',
  node,
  condition: 'Ready',
  status,
});

test('of the states of a condition the one whose sample is 1 holds', () => {
  const all = answer([condition('true'), '0'], [condition('false'), '0'], [condition('unknown'), '1']);
  expect(kubeStateObjects(all)).toMatchObject([
    { kind: 'Node', metadata: { name: 'a' }, status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } },
  ]);
  expect(kubeStateObjects(answer([condition('true'), '1']))).toMatchObject([
    { status: { conditions: [{ status: 'True' }] } },
  ]);
});

test('a condition of which only the good state is shown, and is 0, is not true', () => {
  expect(kubeStateObjects(answer([condition('true'), '0']))).toMatchObject([
    { status: { conditions: [{ type: 'Ready', status: 'False' }] } },
  ]);
  expect(kubeStateObjects(answer([condition('false'), '0']))).toMatchObject([{ status: { conditions: [] } }]);
});

test('numbers of replicas and phases are those of their objects', () => {
  const labels = { namespace: 'quay', deployment: 'crane' };
  expect(
    kubeStateObjects(
      answer(
        [{ __name__: 'kube_deployment_spec_replicas', ...labels }, '3'],
        [
          {
            __name__: 'kube_persistentvolumeclaim_status_phase',
            namespace: 'quay',
            persistentvolumeclaim: 'data',
            phase: 'Pending',
          },
          '1',
        ],
        [
          {
            __name__: 'kube_persistentvolumeclaim_status_phase',
            namespace: 'quay',
            persistentvolumeclaim: 'data',
            phase: 'Bound',
          },
          '0',
        ],
      ),
    ),
  ).toEqual([
    { kind: 'Deployment', metadata: { name: 'crane', namespace: 'quay' }, spec: { replicas: 3 } },
    { kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'quay' }, status: { phase: 'Pending' } },
  ]);
});

test('a sum that no longer names its metric says nothing', () => {
  expect(kubeStateObjects(answer([{ node: 'a', condition: 'Ready', status: 'true' }, '0']))).toEqual([]);
});
