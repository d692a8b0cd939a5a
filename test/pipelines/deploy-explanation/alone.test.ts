import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';

/** What is said of one object without anything beside it. */
async function verdictOf(apiVersion: string, kind: string, rest: object): Promise<string> {
  const object = { apiVersion, kind, metadata: { name: 'x', namespace: 'shop', generation: 2 }, ...rest };
  const evidence = [{ name: 'object.yaml', text: stringify(object) }];
  const record = await runInProcess(deployExplanation, { evidence }, { predictor: noModel() });
  return (record.run.output as Explanation).verdict;
}

test.each(['apps/v1', 'apps.kruise.io/v1alpha1'])('a DaemonSet of %s counts nodes', async (apiVersion) => {
  const nodes = (numberReady: number, updatedNumberScheduled: number, spec: object = {}) =>
    verdictOf(apiVersion, 'DaemonSet', {
      spec: { selector: {}, ...spec },
      status: { currentNumberScheduled: 3, desiredNumberScheduled: 3, numberReady, updatedNumberScheduled },
    });
  expect(await nodes(3, 3)).toBe('healthy');
  expect(await nodes(3, 1)).toBe('progressing');
  expect(await nodes(3, 1, { updateStrategy: { type: 'OnDelete' } })).toBe('healthy');
});

test('a request for a certificate waits until it is signed', async () => {
  const approved = [{ type: 'Approved', status: 'True', reason: 'KubectlApprove' }];
  const request = (status: object) =>
    verdictOf('certificates.k8s.io/v1', 'CertificateSigningRequest', { spec: { signerName: 'a.example/b' }, status });
  expect(await request({ conditions: approved, certificate: 'LS0tLS1CRUdJTg==' })).toBe('healthy');
  expect(await request({ conditions: approved })).toBe('progressing');
  const failed = { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message: 'not for this signer' };
  expect(await request({ conditions: [...approved, failed] })).toBe('degraded');
});

test('a Rollout of another group is as it says, and not as its pods are', async () => {
  const rollout = (phase: string, message: string) =>
    verdictOf('rollouts.kruise.io/v1beta1', 'Rollout', {
      spec: { strategy: { canary: {} } },
      status: { phase, message, observedGeneration: 2 },
    });
  expect(await rollout('Healthy', 'Rollout is healthy')).toBe('healthy');
  expect(await rollout('Progressing', 'Rollout is in step(1/4)')).toBe('progressing');
});

test('an Application whose parts are suspended is held, and one whose parts are missing is not well', async () => {
  const application = (status: string, sync: string) =>
    verdictOf('argoproj.io/v1alpha1', 'Application', {
      spec: { project: 'default' },
      status: { health: { status }, sync: { status: sync } },
    });
  expect(await application('Suspended', 'Synced')).toBe('healthy');
  expect(await application('Missing', 'OutOfSync')).not.toBe('healthy');
});

test('a Rollout that waits for its time is under way; one that waits for a person, or for both, is not', async () => {
  const paused = (strategy: object, reasons: readonly string[], more: object = {}) =>
    verdictOf('argoproj.io/v1alpha1', 'Rollout', {
      spec: { replicas: 5, selector: { matchLabels: { app: 'x' } }, strategy, ...more },
      status: {
        phase: 'Paused',
        currentStepIndex: 1,
        conditions: [{ type: 'Paused', status: 'True', reason: 'RolloutPaused', message: 'Rollout is paused' }],
        pauseConditions: reasons.map((reason) => ({ reason, startTime: '2026-10-19T08:10:30Z' })),
        replicas: 6,
        readyReplicas: 6,
        availableReplicas: 6,
        updatedReplicas: 1,
      },
    });
  const canary = (pause: object) => ({ canary: { steps: [{ setWeight: 20 }, { pause }] } });
  expect(await paused(canary({ duration: '10m' }), ['CanaryPauseStep'])).toBe('progressing');
  expect(await paused(canary({}), ['CanaryPauseStep'])).toBe('degraded');
  expect(await paused(canary({ duration: '10m' }), ['CanaryPauseStep', 'InconclusiveAnalysisRun'])).toBe('degraded');
  expect(await paused(canary({ duration: '10m' }), ['CanaryPauseStep'], { paused: true })).toBe('degraded');
  expect(await paused({ blueGreen: { autoPromotionSeconds: 300 } }, ['BlueGreenPause'])).toBe('progressing');
  expect(await paused({ blueGreen: { autoPromotionEnabled: false } }, ['BlueGreenPause'])).toBe('degraded');
});
