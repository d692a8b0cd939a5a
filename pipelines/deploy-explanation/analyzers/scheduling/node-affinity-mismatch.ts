import { command } from '../../../../src/evidence/commands/shell.ts';
import { fitsLabels, hasLabels } from '../../../../src/evidence/placement.ts';
import { at } from '../../../../src/json.ts';
import { change, look } from '../analyzer.ts';
import {
  affinityUnseen,
  comparedNodes,
  labelledFor,
  nodeSelectorOf,
  schedulingAnalyzer,
  someNodeFits,
  wholePod,
  workersOf,
} from './scheduling.ts';

export const nodeAffinityMismatch = schedulingAnalyzer({
  kind: 'node-affinity-mismatch',
  title: 'No node matches the node affinity',
  about: "The pod's required node affinity excludes every (free) node.",
  remedy: 'Correct the affinity, or label a node.',
  clause: /didn't match Pod's node affinity/,
  confidence: 0.94,
  field: 'affinity',
  applies: (pod, message, view) =>
    !someNodeFits(message) &&
    (affinityUnseen(pod, message, view) ||
      (labelledFor(pod, view).length === 0 &&
        Object.keys(nodeSelectorOf(pod, view)).length === 0 &&
        at(wholePod(pod, view), 'spec', 'affinity', 'nodeAffinity') !== undefined)),
  unsaid: (pod, view) => {
    const nodes = workersOf(view);
    const whole = wholePod(pod, view);
    if (nodes.length === 0 || !nodes.every(({ object }) => hasLabels(object))) return undefined;
    if (Object.keys(nodeSelectorOf(pod, view)).length > 0 || nodes.some(({ object }) => fitsLabels(object, whole)))
      return undefined;
    return { says: 'no node has the labels that its required node affinity asks for', shown: /nodeAffinity/, nodes };
  },
  says: (match, _pod, view) => `${comparedNodes(match, view)} matches its required node affinity`,
  remedies: () => [
    look('See the labels of the nodes', command('kubectl', 'get', 'nodes', '--show-labels')),
    change('Correct the node affinity, or label a node'),
  ],
});
