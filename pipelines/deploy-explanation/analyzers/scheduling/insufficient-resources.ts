import { command } from '../../../../src/evidence/commands/shell.ts';
import { quantity, requestsOf } from '../../../../src/evidence/placement.ts';
import { podSpecOf } from '../../../../src/evidence/relations.ts';
import { at, objects, text } from '../../../../src/json.ts';
import { change, look } from '../analyzer.ts';
import { schedulingAnalyzer, workersOf } from './scheduling.ts';

export const insufficientResources = schedulingAnalyzer({
  kind: 'insufficient-resources',
  title: 'No node has enough free resources',
  about: 'The pod requests more CPU, memory, GPU, pod slots or attachable volumes than any node has left.',
  remedy: 'Lower the requests, add nodes, or free capacity.',
  clause:
    /(\d+) Insufficient (\w[\w/-]*(?:\.[\w/-]+)*)|(\d+) (Too many pods)|(\d+) node\(s\) exceed (max volume count)|no instance type (?:satisfied|met|which had enough|has enough)[^,;]*resources/,
  confidence: 0.94,
  field: 'containers',
  unsaid: (pod, view) => {
    const nodes = workersOf(view);
    const asked = requestsOf(podSpecOf(view.scene, pod.source));
    for (const [resource, amount] of asked) {
      const room = nodes.flatMap(({ object }) => quantity(at(object, 'status', 'allocatable', resource)) ?? []);
      // Nodes that are not described may be larger, but hardly several times.
      const known = room.length === nodes.length ? 1 : 3;
      if (room.length > 0 && amount > known * Math.max(...room))
        return { says: `it requests more ${resource} than any node has`, shown: /[Rr]equests:/, nodes };
    }
    return undefined;
  },
  says: (match, pod) => {
    if (match[6] !== undefined) return 'each node has as many volumes attached as it can';
    if (match[2] === undefined && match[4] === undefined) return 'no type of machine in its node pools is large enough';
    const resource = match[2] ?? 'pod slots';
    const requests = objects(at(pod.source.object, 'spec', 'containers'))
      .map((container) => text(at(container, 'resources', 'requests', resource)))
      .filter((value) => value !== undefined);
    return `too little ${resource} is free${requests.length === 0 ? '' : ` (it requests ${requests.join(' + ')})`}`;
  },
  remedies: (match) => [
    look('See what the nodes have and what is requested', command('kubectl', 'describe', 'nodes')),
    change(
      match[6] !== undefined
        ? 'Add a node, or give nodes a type that can attach more volumes'
        : `Lower the request for ${match[2] ?? 'pods'}, or add a node`,
      'medium',
    ),
  ],
});
