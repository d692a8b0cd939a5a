import { command } from '../../../../src/evidence/commands/shell.ts';
import type { Message } from '../../../../src/evidence/messages.ts';
import { sameObject } from '../../../../src/evidence/model.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import { at, text } from '../../../../src/json.ts';
import { about, changeable, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

const PREEMPTED = /Preempted (?:by|in order to admit)[^\n]*/;

/** Who took the place, in a sentence, where the evidence has the pod that the scheduler names by its uid. */
function takenBy(view: View, said: string): string {
  const uid = /Preempted (?:by|in order to admit) pod (?:\([^)]*UID: )?([0-9a-f-]{36})/.exec(said)?.[1];
  const pod = view.pods.find(({ source }) => uid !== undefined && at(source.object, 'metadata', 'uid') === uid);
  if (pod === undefined) return '';
  const priority = text(at(pod.source.object, 'spec', 'priorityClassName'));
  const of = priority === undefined ? '' : `, of PriorityClass \`${priority}\``;
  return `. That is ${named(workloadOf(view.scene, pod.ref))}${of}`;
}

export const podPreempted: Analyzer = {
  kind: 'pod-preempted',
  stage: 'scheduling',
  depth: DEPTH.scheduling - 1,
  title: 'A pod of higher priority took the place of this one',
  about:
    'The scheduler (or the kubelet) preempted the pod for one of a higher PriorityClass, and finds no other node for it.',
  remedy: 'Raise the priority of what matters, add capacity, or set preemptionPolicy Never on the other.',
  find: (view) =>
    view.troubled.flatMap((pod): Draft[] => {
      const told = ({ text, reason }: Message) => reason === 'Preempted' || PREEMPTED.test(text);
      // The pod that had to go is gone; the one made in its place waits.
      const siblings = () =>
        view.messages.find(
          (message) =>
            message.object?.kind === 'Pod' &&
            told(message) &&
            sameObject(workloadOf(view.scene, message.object), workloadOf(view.scene, pod.ref)),
        );
      const message = about(view, pod.ref).find(told) ?? (pod.phase === 'Running' ? undefined : siblings());
      if (message === undefined) return [];
      const workload = changeable(view, pod);
      return [
        {
          object: workload,
          summary: `${named(workload)} had to make room for pods of higher priority: ${message.text.slice(0, 160)}${takenBy(view, message.text)}`,
          confidence: 0.94,
          severity: 'failed',
          citations: [message.cite(), citeAny(pod.source)],
          involves: [workload, pod.ref],
          remedies: [
            look('See which classes there are', command('kubectl', 'get', 'priorityclasses')),
            change('Give the workload a PriorityClass that fits, or add nodes', 'medium'),
          ],
        },
      ];
    }),
};
