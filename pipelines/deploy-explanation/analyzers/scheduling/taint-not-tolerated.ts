import { at, objects } from '../../../../src/evidence/json.ts';
import { change, look } from '../analyzer.ts';
import { labelledFor, schedulingAnalyzer } from './scheduling.ts';

export const taintNotTolerated = schedulingAnalyzer({
  kind: 'taint-not-tolerated',
  title: 'The pod does not tolerate the taints of the nodes',
  about: 'Nodes carry a taint for which the pod has no toleration.',
  remedy: 'Add a toleration, or remove the taint.',
  clause:
    /had (?:untolerated taint(?:\(s\))?(?: \{(?!node\.kubernetes\.io\/(?:not-ready|unreachable|unschedulable))([^}]+)\}|(?! \{))|taint \{([^}]+)\}, that the pod didn't tolerate|taints that the pod didn't tolerate)/,
  confidence: 0.92,
  field: 'tolerations',
  applies: (_pod, message) =>
    !/untolerated taint \{node\.kubernetes\.io\/(?:not-ready|unreachable|unschedulable)/.test(message) ||
    /untolerated taint \{(?!node\.kubernetes\.io)/.test(message),
  // Of nodes that carry what the pod asks for, their taint counts, not that of others.
  prefer: (match, pod, view) => {
    const key = (match[1] ?? match[2] ?? '').split(/[:=]/)[0]?.trim();
    return labelledFor(pod, view).some(({ object }) =>
      objects(at(object, 'spec', 'taints')).some((one) => one.key === key),
    );
  },
  says: (match) =>
    `the nodes have the taint \`${(match[1] ?? match[2] ?? '').trim()}\`, which it does not tolerate`.replace(
      ' the taint ``,',
      ' taints,',
    ),
  remedies: (match) => [
    look('See the taints', 'kubectl get nodes -o custom-columns=NAME:.metadata.name,TAINTS:.spec.taints'),
    change(`Add a toleration for \`${(match[1] ?? match[2] ?? 'the taint').trim()}\`, or remove the taint`, 'medium'),
  ],
});
