import { command } from '../../../../src/evidence/commands/shell.ts';
import { couldHost } from '../../../../src/evidence/placement.ts';
import { at } from '../../../../src/json.ts';
import { change, look } from '../analyzer.ts';
import { labelledFor, schedulingAnalyzer, workersOf } from './scheduling.ts';

export const nodeUnschedulable = schedulingAnalyzer({
  kind: 'node-unschedulable',
  title: 'The nodes are cordoned',
  about: 'Nodes are marked unschedulable (cordoned or draining).',
  remedy: 'Uncordon a node when its maintenance is over.',
  clause: /were unschedulable|untolerated taint \{node\.kubernetes\.io\/unschedulable/,
  confidence: 0.93,
  // Cordoned nodes without the labels that it asks for would not take it anyway.
  applies: (pod, _message, view) => {
    const nodes = labelledFor(pod, view);
    return nodes.length === 0 || nodes.some(({ object }) => at(object, 'spec', 'unschedulable') === true);
  },
  // The nodes that its anti-affinity excludes have a pod like it already: the cordoned one is where this pod is to go.
  favour: (_match, _pod, message) => (/anti-affinity/.test(message) && !/Insufficient/.test(message) ? 0.08 : 0),
  object: (_match, pod, view) => {
    const cordoned = view.scene.objects.filter(
      ({ ref, object }) => ref.kind === 'Node' && at(object, 'spec', 'unschedulable') === true,
    );
    return (cordoned.find(({ object }) => couldHost(object, pod.source.object)) ?? cordoned[0])?.ref;
  },
  unsaid: (_pod, view) => {
    const nodes = workersOf(view);
    const cordoned = nodes.filter(({ object }) => at(object, 'spec', 'unschedulable') === true);
    const [first] = cordoned;
    if (first === undefined || cordoned.length < nodes.length) return undefined;
    return {
      says: 'all nodes are cordoned (unschedulable)',
      shown: /Pending/,
      nodes: cordoned,
      object: first.ref,
    };
  },
  says: () => 'nodes are cordoned (unschedulable)',
  remedies: () => [
    look('See who cordoned them and why', command('kubectl', 'get', 'nodes')),
    change('Uncordon a node', 'medium', command('kubectl', 'uncordon', 'NODE')),
  ],
});
