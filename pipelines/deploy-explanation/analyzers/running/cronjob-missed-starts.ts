import { list } from '../../../../src/evidence/commands/kubectl.ts';
import { cite, named } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

export const cronjobMissedStarts: Analyzer = {
  kind: 'cronjob-missed-starts',
  stage: 'running',
  depth: DEPTH.workload,
  title: 'The CronJob misses its starts',
  about:
    'The controller says that too many start times were missed, or that a start came too late: the controller was down, a Job before never ended (Forbid), or the deadline is too short.',
  remedy: 'End the Job that blocks it, or set startingDeadlineSeconds.',
  find: (view) =>
    view.messages.flatMap((message): Draft[] => {
      const told =
        /^(?:TooManyMissedTimes|FailedNeedsStart|MissSchedule)$/.test(message.reason) ||
        /too many missed start times/.test(message.text);
      if (!told || message.object?.kind !== 'CronJob') return [];
      const cron = view.scene.objects.find(({ ref }) => ref.kind === 'CronJob' && ref.name === message.object?.name);
      return [
        {
          object: { ...message.object, path: 'spec.startingDeadlineSeconds' },
          summary: `${named(message.object)} misses its starts: ${message.text.slice(0, 200)}`,
          confidence: 0.88,
          severity: 'degraded',
          citations: [message.cite(), cite(cron, /Concurrency Policy|concurrencyPolicy/)],
          remedies: [
            look('See the Jobs that it made', list('jobs', message.object)),
            change('Set startingDeadlineSeconds, or end the Job that blocks it'),
          ],
        },
      ];
    }),
};
