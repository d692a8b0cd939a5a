import { hasLabels } from '../../../../src/evidence/placement.ts';
import { findObject, workloadOf } from '../../../../src/evidence/relations.ts';
import { at, objects, strings, text } from '../../../../src/json.ts';
import { change } from '../analyzer.ts';
import { schedulingAnalyzer, wholePod, workersOf } from './scheduling.ts';

export const topologySpread = schedulingAnalyzer({
  kind: 'topology-spread-unsatisfiable',
  title: 'Topology spread constraints exclude every node',
  about: 'A topologySpreadConstraint with DoNotSchedule leaves no node.',
  remedy: 'Allow a larger skew or ScheduleAnyway, or add nodes in the missing zone.',
  clause: /didn't match pod topology spread constraints/,
  confidence: 0.93,
  field: 'topologySpreadConstraints',
  unsaid: (pod, view) => {
    const nodes = workersOf(view);
    if (nodes.length === 0 || !nodes.every(({ object }) => hasLabels(object))) return undefined;
    // A description of a pod shows its constraints in a line of its own.
    const template = at(findObject(view.scene, workloadOf(view.scene, pod.ref))?.object, 'spec', 'template');
    const asked = [wholePod(pod, view), template].flatMap((one) =>
      objects(at(one, 'spec', 'topologySpreadConstraints')),
    );
    const key = asked
      .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule')
      .flatMap(({ topologyKey }) => text(topologyKey) ?? [])
      .find((label) => nodes.every(({ object }) => strings(at(object, 'metadata', 'labels'))[label] === undefined));
    if (key === undefined) return undefined;
    return { says: `no node has the label \`${key}\` by which it is to be spread`, shown: /topologyKey/, nodes };
  },
  says: () => 'its topology spread constraints exclude every node',
  remedies: () => [change('Raise maxSkew, use ScheduleAnyway, or add nodes in the missing zone', 'medium')],
});
