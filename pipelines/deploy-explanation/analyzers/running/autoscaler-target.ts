import { list } from '../../../../src/evidence/commands/kubectl.ts';
import { at, objects, text } from '../../../../src/json.ts';
import { about, cite, named } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

export const autoscalerTargetMissing: Analyzer = {
  kind: 'autoscaler-target-missing',
  stage: 'running',
  depth: DEPTH.workload - 1,
  title: 'What the autoscaler is to scale does not exist',
  about:
    'The HorizontalPodAutoscaler cannot read the scale of its scaleTargetRef (FailedGetScale): no workload of that kind and name is there, or its kind cannot be scaled.',
  remedy: 'Correct kind, apiVersion and name of spec.scaleTargetRef, or remove the autoscaler.',
  find: (view) =>
    view.scene.objects.flatMap((scaler): Draft[] => {
      if (scaler.ref.kind !== 'HorizontalPodAutoscaler') return [];
      const able = objects(at(scaler.object, 'status', 'conditions')).find(({ type }) => type === 'AbleToScale');
      const event = about(view, scaler.ref).find(({ reason }) => reason === 'FailedGetScale');
      const refused = able?.status === 'False' && able.reason === 'FailedGetScale';
      // An event outlives what it tells of: one that can scale now has found its target.
      if (!refused && (event === undefined || able?.status === 'True')) return [];
      const said = (refused ? text(able?.message) : event?.text) ?? '';
      return [
        {
          object: { ...scaler.ref, path: 'spec.scaleTargetRef' },
          summary: `${named(scaler.ref)} cannot read the scale of its target: ${said.slice(0, 240)}`,
          confidence: 0.92,
          severity: 'degraded',
          citations: [cite(scaler, 'FailedGetScale'), event?.cite()],
          remedies: [
            look('See the workloads', list('deployments,statefulsets', scaler.ref)),
            change('Correct spec.scaleTargetRef'),
          ],
        },
      ];
    }),
};
