import { expect, test } from 'vitest';
import { awaitedBy, lateRollout, wasInVain } from '../../src/evidence/parse/rollout-status.ts';

test('a command that waits for a rollout names its workload', () => {
  expect(awaitedBy('kubectl rollout status deploy/web -n shop --timeout=90s')).toEqual({
    kind: 'Deployment',
    name: 'web',
    namespace: 'shop',
  });
  expect(awaitedBy('kubectl -n bus rollout status statefulset mq')).toEqual({
    kind: 'StatefulSet',
    name: 'mq',
    namespace: 'bus',
  });
  expect(awaitedBy('kubectl rollout history deploy/web')).toBeUndefined();
  expect(awaitedBy('kubectl rollout status -n shop --watch deploy/web')).toEqual({
    kind: 'Deployment',
    name: 'web',
    namespace: 'shop',
  });
});

test('that a Deployment is late is its own word; that somebody waited no longer is not', () => {
  const command = 'kubectl rollout status deploy/web';
  expect(lateRollout(['error: deployment "web" exceeded its progress deadline'], command)).toMatchObject({
    kind: 'Deployment',
    metadata: { name: 'web' },
    status: { conditions: [{ reason: 'ProgressDeadlineExceeded' }] },
  });
  const impatient = [
    'Waiting for deployment "web" rollout to finish: 0 of 1 updated replicas are available...',
    'error: timed out waiting for the condition',
    '',
  ];
  expect(lateRollout(impatient, command)).toBeUndefined();
  expect(wasInVain(impatient)).toBe(true);
  expect(wasInVain(['deployment "web" successfully rolled out'])).toBe(false);
});
