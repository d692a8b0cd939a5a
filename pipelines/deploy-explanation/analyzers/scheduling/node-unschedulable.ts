import { command } from '../../../../src/evidence/commands/shell.ts';
import { sameObject } from '../../../../src/evidence/model.ts';
import { couldHost } from '../../../../src/evidence/placement.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { findObject, workloadOf } from '../../../../src/evidence/relations.ts';
import { at, number } from '../../../../src/json.ts';
import type { View } from '../../view.ts';
import { change, look } from '../analyzer.ts';
import { labelledFor, schedulingAnalyzer, workersOf } from './scheduling.ts';

const counted = (message: string, clause: RegExp): number => Number(clause.exec(message)?.[1] ?? 0);

/** Whether a workload of which each node takes one pod has no more pods than nodes, the cordoned ones among them. */
function fitsUncordoned(pod: PodView, message: string, view: View): boolean {
  const workload = workloadOf(view.scene, pod.ref);
  const own = view.pods.filter(({ ref }) => sameObject(workloadOf(view.scene, ref), workload)).length;
  const wanted = number(at(findObject(view.scene, workload)?.object, 'spec', 'replicas')) ?? own;
  const taken = counted(message, /(\d+) node\(s\) didn't (?:match|satisfy) [^,.]*anti-affinity/);
  const cordoned = /(\d+) node\(s\) (?:were unschedulable|had untolerated taint \{node\.kubernetes\.io\/unschedulable)/;
  return wanted <= taken + counted(message, cordoned);
}

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
  favour: (_match, pod, message, view) =>
    /anti-affinity/.test(message) && !/Insufficient/.test(message) && fitsUncordoned(pod, message, view) ? 0.08 : 0,
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
