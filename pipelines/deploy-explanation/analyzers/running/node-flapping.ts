import { citeLines, citeText } from '../../../../src/evidence/cite.ts';
import { ageText } from '../../../../src/evidence/cluster/tables.ts';
import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import { findObject, workloadOf } from '../../../../src/evidence/relations.ts';
import { at, objects } from '../../../../src/json.ts';
import type { View } from '../../view.ts';
import { type Draft, look } from '../analyzer.ts';
import { podsOn } from './node-not-ready.ts';

/** So many times within so many seconds, the last of them so long ago, and a node that is ready now is not to be relied on. */
const TIMES = 3;
const WITHIN = 6 * 3600;
const LATELY = 30 * 60;

/** Nodes that are ready now, and were not again and again: kubelet, network or machine come and go. */
export function flappingNodes(view: View): Draft[] {
  return view.scene.events.flatMap(({ object: node, reason, count, age, since, item, index }): Draft[] => {
    if (node?.kind !== 'Node' || reason !== 'NodeNotReady' || count < TIMES) return [];
    if (age === undefined || age > LATELY || since === undefined || since > WITHIN) return [];
    const conditions = objects(at(findObject(view.scene, node)?.object, 'status', 'conditions'));
    if (conditions.some(({ type, status }) => type === 'Ready' && status !== 'True')) return [];
    const pods = podsOn(view, node.name);
    return [
      {
        object: node,
        summary: `Node ${node.name} comes and goes: it was not ready ${count} times within ${ageText(since * 1000)}, the last time ${ageText(age * 1000)} ago`,
        confidence: 0.8,
        severity: 'degraded',
        citations: [item.source.kind === 'object' ? citeText(item, 'NodeNotReady') : citeLines(item, index)],
        involves: [...pods, ...pods.map((pod) => workloadOf(view.scene, pod))],
        remedies: [
          look('See what the node says', describe(node)),
          look('Look at its kubelet, its network and its load at the times of these events'),
        ],
      },
    ];
  });
}
