import { command } from '../../../../src/evidence/commands/shell.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { at, text } from '../../../../src/json.ts';
import { changeable, cite, citeAny, named } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

/** Whether a kubelet has had the pod: then there is (or was) its node, whatever list of nodes is at hand. */
function wasStarted({ phase, rowStatus, completed, containers }: PodView): boolean {
  return (
    completed ||
    !/^(?:Pending)?$/.test(phase) ||
    !/^(?:Pending)?$/.test(rowStatus ?? '') ||
    containers.some(({ restarts, waiting, terminated }) => restarts > 0 || (waiting ?? terminated) !== undefined)
  );
}

export const nodeMissing: Analyzer = {
  kind: 'node-missing',
  stage: 'scheduling',
  depth: DEPTH.scheduling,
  title: 'The pod is bound to a node that does not exist',
  about: 'spec.nodeName (which goes past the scheduler) names a node that is not among those of the cluster.',
  remedy: 'Remove nodeName, or correct it.',
  find: (view) => {
    const nodes = view.scene.objects.filter(({ ref }) => ref.kind === 'Node');
    if (nodes.length === 0) return [];
    return view.pods.flatMap((pod): Draft[] => {
      const name = text(at(pod.source.object, 'spec', 'nodeName'));
      if (pod.ready || name === undefined || wasStarted(pod) || nodes.some(({ ref }) => ref.name === name)) return [];
      const object = changeable(view, pod);
      return [
        {
          object: { ...object, path: object.kind === 'Pod' ? 'spec.nodeName' : 'spec.template.spec.nodeName' },
          summary: `${named(object)} is bound to the node \`${name}\`, which does not exist (there are ${nodes
            .slice(0, 6)
            .map(({ ref }) => ref.name)
            .join(', ')}), so no kubelet ever starts its pod`,
          confidence: view.scene.listed.has('Node', undefined) ? 0.95 : 0.7,
          severity: 'failed',
          citations: [cite(pod.source, name) ?? citeAny(pod.source), citeAny(nodes[0])],
          involves: [object, pod.ref],
          remedies: [
            look('See which nodes there are', command('kubectl', 'get', 'nodes')),
            change(`Remove nodeName \`${name}\` from the pod template, or correct it`),
          ],
        },
      ];
    });
  },
};
