import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, number, objects, text } from '../../../../src/json.ts';
import { cite, citeAny, named } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

/** `98% (490m) / 60%`, `cpu: 98%/60%`: what is measured and what is wanted, in percent. */
function load(scaler: SceneObject): { now: number; target: number } | undefined {
  const shown = /(\d+)%(?: \([^)]*\))?\s*\/\s*(\d+)%/.exec(text(scaler.object.metricsText) ?? '');
  if (shown !== null) return { now: Number(shown[1]), target: Number(shown[2]) };
  const now = objects(at(scaler.object, 'status', 'currentMetrics')).map((metric) =>
    number(at(metric, 'resource', 'current', 'averageUtilization')),
  )[0];
  const target = objects(at(scaler.object, 'spec', 'metrics')).map((metric) =>
    number(at(metric, 'resource', 'target', 'averageUtilization')),
  )[0];
  return now === undefined || target === undefined ? undefined : { now, target };
}

export const autoscalerAtMaximum: Analyzer = {
  kind: 'autoscaler-at-maximum',
  stage: 'running',
  depth: DEPTH.workload + 4,
  title: 'The autoscaler may not scale any further',
  about:
    'The HorizontalPodAutoscaler has as many replicas as maxReplicas allows, and the load is still over its target.',
  remedy: 'Raise maxReplicas, or find out what makes the load.',
  find: (view) =>
    view.scene.objects.flatMap((scaler): Draft[] => {
      if (scaler.ref.kind !== 'HorizontalPodAutoscaler') return [];
      const limited = objects(at(scaler.object, 'status', 'conditions')).some(
        (c) => c.type === 'ScalingLimited' && c.status === 'True' && c.reason === 'TooManyReplicas',
      );
      const max = number(at(scaler.object, 'spec', 'maxReplicas'));
      const full = max !== undefined && number(at(scaler.object, 'status', 'currentReplicas')) === max;
      const measured = load(scaler);
      const over = measured !== undefined && measured.now > measured.target;
      if (!limited && !(full && over)) return [];
      return [
        {
          object: { ...scaler.ref, path: 'spec.maxReplicas' },
          summary: `${named(scaler.ref)} is at its maximum${max === undefined ? '' : ` of ${max} replicas`} and wants more${over ? ` (${measured.now}% of ${measured.target}%)` : ''}`,
          confidence: 0.75,
          severity: 'degraded',
          citations: [
            cite(scaler, 'TooManyReplicas'),
            cite(scaler, /Max replicas|maxReplicas/) ?? citeAny(scaler),
            cite(scaler, /averageUtilization|\d+%/),
          ],
          remedies: [look('See what is measured', describe(scaler.ref)), change('Raise maxReplicas', 'medium')],
        },
      ];
    }),
};
