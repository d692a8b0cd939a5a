import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import type { Message } from '../../../../src/evidence/messages.ts';
import { sameObject } from '../../../../src/evidence/model.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import { number } from '../../../../src/json.ts';
import { about, changeable, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, DEPTH, type Draft, look } from '../analyzer.ts';
import { quoted } from '../said.ts';
import { isRejection } from '../scheduling/pod-rejected.ts';
import { endedByEviction } from './workload-states.ts';

/** Kubernetes' default progress deadline in seconds: what is older and not ready is not merely starting. */
const DEADLINE = 600;

/** States that have kinds of their own, which say more. */
const TOLD = /BackOff|Err|Error|OOM|Evicted|Completed|Succeeded|Failed|^Init:|^$/;

/** How long a pod is known to be there: by its row, or by its events. */
function ageOf(view: View, pod: PodView): number | undefined {
  const ages = about(view, pod.ref).flatMap(({ age, since }) => since ?? age ?? []);
  return number(pod.source.object.age) ?? (ages.length === 0 ? undefined : Math.max(...ages));
}

/** The warning about a pod that came last, and comes again and again. */
function lastWarning(view: View, pod: PodView): Message | undefined {
  return about(view, pod.ref)
    .filter(({ warning, reason, since = 0 }) => warning === true && since >= DEADLINE && reason !== 'BackOff')
    .toSorted((a, b) => (a.age ?? 0) - (b.age ?? 0))[0];
}

/** Whether a pod that goes was told to end a short while ago, as an event about it says. */
function goesNow(view: View, pod: PodView): boolean {
  return about(view, pod.ref).some(({ reason, age }) => reason === 'Killing' && age !== undefined && age < DEADLINE);
}

/** Whether a pod that goes has just been told so, or makes room for one that has just been made: a rollout or a smaller scale. */
function isReplaced(view: View, pod: PodView): boolean {
  if (pod.rowStatus !== 'Terminating') return false;
  if (goesNow(view, pod)) return true;
  const workload = workloadOf(view.scene, pod.ref);
  return view.pods.some(
    (other) =>
      (number(other.source.object.age) ?? DEADLINE) < DEADLINE &&
      sameObject(workloadOf(view.scene, other.ref), workload),
  );
}

export const podNotReady: Analyzer = {
  kind: 'pod-not-ready',
  stage: 'running',
  depth: DEPTH.workload,
  title: 'A pod is not ready, and nothing known says why',
  about:
    'It is older than the progress deadline, so it is not merely starting; the evidence holds no event, condition or log that tells a known reason. A warning that comes again and again is quoted.',
  remedy: 'Describe the pod: its events and conditions say why.',
  find: (view) =>
    view.troubled.flatMap((pod): Draft[] => {
      const age = ageOf(view, pod);
      const state = pod.rowStatus ?? pod.phase;
      if (age === undefined || age < DEADLINE || TOLD.test(state) || isRejection(state) || isReplaced(view, pod))
        return [];
      if (endedByEviction(view, pod)) return [];
      const warning = lastWarning(view, pod);
      const workload = changeable(view, pod);
      return [
        {
          object: workload,
          summary: `${named(workload)}: its pod ${pod.ref.name} is ${state} and not ready for longer than a start takes; ${warning === undefined ? 'the evidence does not show why' : `what is said of it again and again is ${quoted(warning.text, 240)}`}`,
          confidence: warning === undefined ? 0.4 : 0.5,
          severity: 'failed',
          citations: [warning?.cite(), cite(pod.source, state) ?? citeAny(pod.source)],
          involves: [workload, pod.ref],
          remedies: [look('See its events', describe(pod.ref))],
        },
      ];
    }),
};
