import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import type { Message } from '../../../../src/evidence/messages.ts';
import { type PodView, unsetGates } from '../../../../src/evidence/pods.ts';
import { number } from '../../../../src/json.ts';
import { about, changeable, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, DEPTH, type Draft, look } from '../analyzer.ts';
import { quoted } from '../said.ts';
import { isRejection } from '../scheduling/pod-rejected.ts';
import { endedByEviction } from './pod-evicted.ts';
import { isReplaced } from './replaced-pod.ts';

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
      const gate = unsetGates(pod.source.object);
      return [
        {
          object: workload,
          summary: `${named(workload)}: its pod ${pod.ref.name} is ${state} and not ready for longer than a start takes; ${gate !== undefined ? `its containers are, and nobody sets its readiness gate (${quoted(gate, 240)})` : warning === undefined ? 'the evidence does not show why' : `what is said of it again and again is ${quoted(warning.text, 240)}`}`,
          confidence: gate !== undefined ? 0.85 : warning === undefined ? 0.4 : 0.5,
          severity: 'failed',
          citations: [
            gate === undefined ? warning?.cite() : cite(pod.source, gate),
            cite(pod.source, state) ?? citeAny(pod.source),
          ],
          involves: [workload, pod.ref],
          remedies: [
            look('See its events', describe(pod.ref)),
            ...(gate === undefined
              ? []
              : [look('See whether the controller that sets the gate runs, and what it logs')]),
          ],
        },
      ];
    }),
};
