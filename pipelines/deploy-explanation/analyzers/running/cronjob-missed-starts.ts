import { list, logs } from '../../../../src/evidence/commands/kubectl.ts';
import { refKey, sameObject } from '../../../../src/evidence/model.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import { number } from '../../../../src/json.ts';
import { cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

/** A Job that is still running after so long (seconds) while the next ones are not started is no short overlap. */
const LONG = 3600;

/** CronJobs that start no Job, because the one before still runs and the policy is Forbid. */
function blocked(view: View): Draft[] {
  const found = new Map<string, Draft>();
  for (const message of view.messages) {
    const { object } = message;
    if (message.reason !== 'JobAlreadyActive' || object?.kind !== 'CronJob') continue;
    const running = view.pods.find(
      (pod) =>
        !pod.completed &&
        sameObject(workloadOf(view.scene, pod.ref), object) &&
        (number(pod.source.object.age) ?? 0) > LONG,
    );
    if (running === undefined) continue;
    found.set(refKey(object), {
      object,
      summary: `${named(object)} starts no new Job: its concurrency policy is Forbid, and the Job before still runs (${named(running.ref)})`,
      confidence: 0.78,
      severity: 'degraded',
      onlyIfNamed: true,
      citations: [message.cite(), citeAny(running.source)],
      involves: [running.ref],
      remedies: [
        look('See what the Job that runs waits for', logs(running.ref)),
        change('End the Job that blocks it; set activeDeadlineSeconds, so that none blocks the next ones for ever'),
      ],
    });
  }
  return [...found.values()];
}

export const cronjobMissedStarts: Analyzer = {
  kind: 'cronjob-missed-starts',
  stage: 'running',
  depth: DEPTH.workload,
  title: 'The CronJob misses its starts',
  about:
    'The controller says that too many start times were missed, or that a start came too late: the controller was down, a Job before never ended (Forbid), or the deadline is too short.',
  remedy: 'End the Job that blocks it, or set startingDeadlineSeconds.',
  find: (view) => [
    ...blocked(view),
    ...view.messages.flatMap((message): Draft[] => {
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
  ],
};
