import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import { inNamespace, nameOf } from '../../../../src/evidence/commands/names.ts';
import { command } from '../../../../src/evidence/commands/shell.ts';
import { at } from '../../../../src/json.ts';
import { cite, citeAny, named } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

export const cronjobSuspended: Analyzer = {
  kind: 'cronjob-suspended',
  stage: 'running',
  depth: DEPTH.workload,
  title: 'The CronJob is suspended',
  about:
    'spec.suspend is true, so no Job is made. It counts only where the evidence or the question is about the CronJob: suspended ones among many other things are deliberate.',
  remedy: 'Resume it, once it is known why it was suspended.',
  find: (view) =>
    view.scene.objects.flatMap((cron): Draft[] => {
      if (cron.ref.kind !== 'CronJob' || at(cron.object, 'spec', 'suspend') !== true) return [];
      const { namespace, name } = cron.ref;
      const alone = !view.pods.some(
        ({ ref }) => [ref.namespace, namespace].includes(undefined) || ref.namespace === namespace,
      );
      const meant = alone || cron.sightings.some(({ item }) => item.command?.includes(name));
      return [
        {
          object: { ...cron.ref, path: 'spec.suspend' },
          summary: `${named(cron.ref)} is suspended, so it makes no Jobs`,
          confidence: 0.8,
          severity: 'degraded',
          onlyIfNamed: !meant,
          citations: [cite(cron, /[Ss]uspend"?:\s+[Tt]rue|\bTrue\b/) ?? citeAny(cron)],
          remedies: [
            look('Find out who suspended it', describe(cron.ref)),
            change(
              'Resume it',
              'low',
              command(
                'kubectl',
                'patch',
                'cronjob',
                nameOf(cron.ref),
                inNamespace(cron.ref),
                '-p',
                '{"spec":{"suspend":false}}',
              ),
            ),
          ],
        },
      ];
    }),
};
