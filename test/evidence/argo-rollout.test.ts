import { expect, test } from 'vitest';
import { isRolloutList, parseRolloutList, parseRolloutStatus } from '../../src/evidence/parse/argo-rollout.ts';

const LIST = [
  'NAMESPACE  NAME  STRATEGY   STATUS        STEP  SET-WEIGHT  READY  DESIRED  UP-TO-DATE  AVAILABLE',
  'shop       cart  Canary     Degraded      0/4   0           5/5    5        0           5',
  'shop       find  BlueGreen  Healthy       -     -           2/2    2        2           2',
];

test('each row of the list is a Rollout', () => {
  expect(isRolloutList(LIST[0] ?? '')).toBe(true);
  expect(isRolloutList('NAME   READY   UP-TO-DATE   AVAILABLE   AGE')).toBe(false);
  const found = parseRolloutList(LIST, undefined).map(({ object }) => object);
  expect(found[0]).toMatchObject({
    kind: 'Rollout',
    metadata: { name: 'cart', namespace: 'shop' },
    spec: { replicas: 5 },
    status: { phase: 'Degraded', readyReplicas: 5, updatedReplicas: 0 },
  });
  expect(found[1]).toMatchObject({ metadata: { name: 'find' }, status: { phase: 'Healthy', updatedReplicas: 2 } });
});

test('of the phases that `status` prints the last counts', () => {
  const command = 'kubectl argo rollouts status cart -n shop --timeout 60s';
  const lines = ['Progressing - more replicas need to be updated', 'Degraded - RolloutAborted: by hand', 'Error: x'];
  expect(parseRolloutStatus(lines, command)).toMatchObject({
    metadata: { name: 'cart', namespace: 'shop' },
    status: { phase: 'Degraded', message: 'RolloutAborted: by hand' },
  });
  expect(parseRolloutStatus(['Healthy'], command)).toMatchObject({ status: { phase: 'Healthy' } });
  expect(parseRolloutStatus(lines, 'kubectl rollout status deployment/cart')).toBeUndefined();
  expect(parseRolloutStatus(['Error: not found'], command)).toBeUndefined();
});
