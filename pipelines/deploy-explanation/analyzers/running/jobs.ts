import { logs } from '../../../../src/evidence/commands/kubectl.ts';
import { type ObjectRef, sameObject } from '../../../../src/evidence/model.ts';
import { isSuperseded } from '../../../../src/evidence/pods.ts';
import { findObject, workloadOf } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, number, objects } from '../../../../src/json.ts';
import { cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

/** Jobs that ended for this reason, as a condition or an event says, but for those of which a later one came to its end. */
export function jobFailure(
  view: View,
  kind: 'BackoffLimitExceeded' | 'DeadlineExceeded',
): { job: ObjectRef; citations: Draft['citations'] }[] {
  const fromConditions = view.scene.objects
    .filter(
      ({ ref, object }) =>
        ref.kind === 'Job' &&
        objects(at(object, 'status', 'conditions')).some(
          (condition) => condition.type === 'Failed' && condition.status === 'True' && condition.reason === kind,
        ),
    )
    .map((job) => ({ job: job.ref, citations: [cite(job, kind), citeAny(job)] }));
  const fromEvents = view.messages
    .filter(
      (message) =>
        message.origin === 'event' &&
        message.reason === kind &&
        (message.object?.kind === 'Job' || message.object === undefined),
    )
    .map((message) => ({
      job: message.object ?? { kind: 'Job', name: message.item.source.name },
      citations: [message.cite()],
    }));
  return [...fromConditions, ...fromEvents].filter(({ job }) => !isSuperseded(view.scene, view.pods, job));
}

/** A Job that failed longer ago (seconds) and is left to lie there is history, unless the question is about it. */
const HISTORY = 24 * 3600;

/**
 * Jobs of which no more is seen than a row that says that they failed: the newest of each workload. Most fail for their backoffLimit; a
 * row does not tell.
 */
function failedByRow(view: View): SceneObject[] {
  const failed = view.scene.objects.filter(
    ({ ref, object }) =>
      ref.kind === 'Job' &&
      objects(at(object, 'status', 'conditions')).some(
        ({ type, status, reason }) => type === 'Failed' && status === 'True' && reason === undefined,
      ) &&
      !isSuperseded(view.scene, view.pods, ref) &&
      !view.messages.some(({ object: of }) => of !== undefined && sameObject(of, ref)),
  );
  const age = ({ object }: SceneObject) => number(object.age) ?? 0;
  return failed.filter((job) => {
    const own = workloadOf(view.scene, job.ref);
    return failed.every((other) => age(other) >= age(job) || !sameObject(workloadOf(view.scene, other.ref), own));
  });
}

function byRow(view: View): Draft[] {
  return failedByRow(view).map(
    (job): Draft => ({
      object: job.ref,
      summary: `${named(job.ref)} failed and will not try again; the evidence does not show why`,
      confidence: 0.6,
      severity: 'failed',
      onlyIfNamed: (number(job.object.age) ?? 0) > HISTORY,
      citations: [cite(job, 'Failed') ?? citeAny(job)],
      involves: [workloadOf(view.scene, job.ref)],
      remedies: [look("Read its pods' logs", logs(job.ref))],
    }),
  );
}

export const backoffLimitExceeded: Analyzer = {
  kind: 'job-backoff-limit-exceeded',
  stage: 'running',
  depth: DEPTH.workload,
  title: 'A Job failed too often',
  about: 'The pods of a Job failed as often as its backoffLimit allows; it will not try again.',
  remedy: 'Read the log of one of its pods; correct the cause and make the Job anew.',
  find: (view) => [
    ...byRow(view),
    ...jobFailure(view, 'BackoffLimitExceeded').map(({ job, citations }): Draft => {
      const pods = view.pods.filter((pod) => sameObject(workloadOf(view.scene, pod.ref), job));
      const codes = new Set(
        pods.flatMap(({ containers }) => containers.flatMap(({ terminated }) => terminated?.exitCode || [])),
      );
      const ended = codes.size === 0 ? '' : ` (exit code ${[...codes].join(', ')})`;
      return {
        object: job,
        summary: `${named(job)} failed as often as its backoffLimit allows and will not try again${ended}`,
        confidence: 0.85,
        severity: 'failed',
        citations,
        involves: pods.map((pod) => pod.ref),
        remedies: [look("Read its pods' logs", logs(job))],
      };
    }),
  ],
};

export const jobDeadlineExceeded: Analyzer = {
  kind: 'job-deadline-exceeded',
  stage: 'running',
  depth: DEPTH.workload - 2,
  title: 'A Job ran longer than it may',
  about: 'activeDeadlineSeconds passed before the Job was done, so that it was ended.',
  remedy: 'Find out what takes so long, or raise activeDeadlineSeconds.',
  find: (view) =>
    jobFailure(view, 'DeadlineExceeded').map(({ job, citations }): Draft => {
      const shown = findObject(view.scene, job);
      const seconds = number(at(shown?.object, 'spec', 'activeDeadlineSeconds'));
      return {
        object: { ...job, path: 'spec.activeDeadlineSeconds' },
        summary: `${named(job)} ran longer than its activeDeadlineSeconds allows${seconds === undefined ? '' : ` (${seconds} s)`} and was ended`,
        confidence: 0.9,
        severity: 'failed',
        citations: [...citations, seconds === undefined ? undefined : cite(shown, /active ?deadline ?seconds/i)],
        involves: [job],
        remedies: [look('See what took so long', logs(job)), change('Raise activeDeadlineSeconds')],
      };
    }),
};
