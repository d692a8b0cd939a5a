import { describe, rollout } from '../../../../src/evidence/commands/kubectl.ts';
import { at, number, objects } from '../../../../src/json.ts';
import { cite, citeAny, named } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

/** Among more Deployments than these, a paused one that is well is nobody's question. */
const FEW = 3;

export const deploymentPaused: Analyzer = {
  kind: 'deployment-paused',
  stage: 'delivery',
  depth: DEPTH.workload + 3,
  title: 'The Deployment is paused',
  about:
    'spec.paused is set (kubectl rollout pause), so changes of its template are not rolled out. It counts fully only where the evidence is about the Deployment.',
  remedy: 'Resume it, once it is known why it was paused.',
  find: (view) => {
    const all = view.scene.objects.filter(({ ref }) => ref.kind === 'Deployment');
    return all.flatMap((workload): Draft[] => {
      const says = objects(at(workload.object, 'status', 'conditions')).some(
        ({ reason }) => reason === 'DeploymentPaused',
      );
      if (at(workload.object, 'spec', 'paused') !== true && !says) return [];
      const updated = number(at(workload.object, 'status', 'updatedReplicas'));
      const behind = updated !== undefined && updated < (number(at(workload.object, 'spec', 'replicas')) ?? 1);
      return [
        {
          object: { ...workload.ref, path: 'spec.paused' },
          summary: `${named(workload.ref)} is paused, so changes of its pods are not rolled out${behind ? ` (${updated} are of the new revision)` : ''}`,
          confidence: behind || all.length <= FEW ? 0.85 : 0.5,
          severity: 'degraded',
          citations: [cite(workload, /paused"?: true|DeploymentPaused/) ?? citeAny(workload)],
          remedies: [
            look('See who paused it', describe(workload.ref)),
            change('Resume it', 'medium', rollout('resume', workload.ref)),
          ],
        },
      ];
    });
  },
};
