import { about, changeable, citeAny, named } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

const PREEMPTED = /Preempted (?:by|in order to admit)[^\n]*/;

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
      const message = about(view, pod.ref).find(({ text, reason }) => reason === 'Preempted' || PREEMPTED.test(text));
      if (message === undefined) return [];
      const workload = changeable(view, pod);
      return [
        {
          object: workload,
          summary: `${named(workload)} had to make room for pods of higher priority: ${message.text.slice(0, 160)}`,
          confidence: 0.94,
          severity: 'failed',
          citations: [message.cite(), citeAny(pod.source)],
          involves: [workload, pod.ref],
          remedies: [
            look('See which classes there are', 'kubectl get priorityclasses'),
            change('Give the workload a PriorityClass that fits, or add nodes', 'medium'),
          ],
        },
      ];
    }),
};
