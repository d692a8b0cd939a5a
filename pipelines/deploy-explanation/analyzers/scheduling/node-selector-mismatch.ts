import { command, operand } from '../../../../src/evidence/commands/shell.ts';
import { hasLabels } from '../../../../src/evidence/placement.ts';
import { at, strings } from '../../../../src/json.ts';
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

export const nodeSelectorMismatch = schedulingAnalyzer({
  kind: 'node-selector-mismatch',
  title: 'No node has the labels of the node selector',
  about: "The pod's nodeSelector asks for labels that no (free) node has.",
  remedy: 'Correct nodeSelector, or label a node.',
  clause:
    /didn't match Pod's node (?:affinity\/selector|selector)|didn't match node selector|MatchNodeSelector|incompatible requirements, (?:label|key) "?[\w./-]+/,
  confidence: 0.95,
  field: 'nodeSelector',
  // Other nodes do not match, but where one does, something else is wrong with that one.
  applies: (pod, message, view) =>
    labelledFor(pod, view).length === 0 &&
    !someNodeFits(message) &&
    !affinityUnseen(pod, message, view) &&
    (Object.keys(nodeSelectorOf(pod, view)).length > 0 ||
      (!/affinity/.test(JSON.stringify(wholePod(pod, view).spec ?? {})) &&
        !/node\(s\) didn't match Pod's node affinity(?!\/)/.test(message))),
  unsaid: (pod, view) => {
    const pairs = Object.entries(nodeSelectorOf(pod, view));
    const nodes = workersOf(view);
    if (pairs.length === 0 || nodes.length === 0 || !nodes.every(({ object }) => hasLabels(object))) return undefined;
    const fits = nodes.some(({ object }) => {
      const labels = strings(at(object, 'metadata', 'labels'));
      return pairs.every(([key, value]) => labels[key] === value);
    });
    if (fits) return undefined;
    const asked = pairs.map(([key, value]) => `${key}=${value}`).join(', ');
    return { says: `no node has the label \`${asked}\` that its nodeSelector asks for`, shown: /nodeSelector/, nodes };
  },
  says: (match, pod, view) => {
    const pairs = Object.entries(nodeSelectorOf(pod, view)).map(([key, value]) => `${key}=${value}`);
    return pairs.length === 0
      ? `${comparedNodes(match, view)} matches its node selector or affinity`
      : `${comparedNodes(match, view)} has the label \`${pairs.join(', ')}\` that its nodeSelector asks for`;
  },
  remedies: (_match, pod, view) => {
    const pairs = Object.entries(nodeSelectorOf(pod, view)).map(([key, value]) => `${key}=${value}`);
    return [
      look('See the labels of the nodes', command('kubectl', 'get', 'nodes', '--show-labels')),
      change('Correct or remove the nodeSelector'),
      change(
        'Label a node',
        'medium',
        pairs.length === 0
          ? undefined
          : command(
              'kubectl',
              'label',
              'node',
              'NODE',
              pairs.map((pair) => operand(pair)),
            ),
      ),
    ];
  },
});
