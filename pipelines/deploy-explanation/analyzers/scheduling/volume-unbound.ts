import { inNamespace } from '../../../../src/evidence/commands/names.ts';
import { command } from '../../../../src/evidence/commands/shell.ts';
import type { ObjectRef } from '../../../../src/evidence/model.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { findObject, podSpecOf, usesOf } from '../../../../src/evidence/relations.ts';
import { asArray, at, objects, text } from '../../../../src/json.ts';
import type { View } from '../../view.ts';
import { change, look } from '../analyzer.ts';
import { schedulingAnalyzer } from './scheduling.ts';

const ELSEWHERE = /node affinity/;

/** The volume that a claim of the pod is bound to, and the nodes that it can be used on, where the evidence shows them. */
function boundElsewhere(pod: PodView, view: View): { volume: string; nodes: string } | undefined {
  for (const use of usesOf(pod.source.object.spec)) {
    if (use.kind !== 'PersistentVolumeClaim') continue;
    const claim = findObject(view.scene, { ...pod.ref, kind: use.kind, name: use.name });
    const volume = text(at(claim?.object, 'spec', 'volumeName'));
    if (volume === undefined) continue;
    const found = findObject(view.scene, { kind: 'PersistentVolume', name: volume });
    const terms = objects(at(found?.object, 'spec', 'nodeAffinity', 'required', 'nodeSelectorTerms'));
    const nodes = terms
      .map((term) =>
        objects(term.matchExpressions)
          .map(({ key, operator, values }) => `${text(key)} ${text(operator)} [${asArray(values).join(', ')}]`)
          .join(' and '),
      )
      .join(', or ');
    if (nodes !== '') return { volume, nodes };
  }
  return undefined;
}

export const volumeUnbound = schedulingAnalyzer({
  kind: 'volume-unbound',
  title: 'A volume claim of the pod is not bound',
  about:
    'The pod waits for a PersistentVolumeClaim that has no volume or does not exist, or the volume of which only other nodes can use.',
  remedy: 'Look at the claim: its class, size and access mode decide.',
  clause:
    /unbound immediate PersistentVolumeClaims|persistentvolumeclaim "([^"]+)" (not found|is being deleted)|didn't find available persistent volumes to bind|volume node affinity conflict|didn't match PersistentVolume's node affinity|persistentvolumeclaim "([^"]+)" bound to non-existent/,
  confidence: 0.9,
  // A volume of one zone always keeps its pod off the nodes of the others: where the nodes of its own are full, that is the reason.
  favour: (match, _pod, message) =>
    /node affinity/.test(match[0]) && /\d Insufficient |Too many pods/.test(message) ? -0.1 : 0,
  object: (match, pod): ObjectRef | undefined => {
    const name =
      match[1] ?? match[3] ?? usesOf(pod.source.object.spec).find((use) => use.kind === 'PersistentVolumeClaim')?.name;
    return name === undefined
      ? undefined
      : {
          kind: 'PersistentVolumeClaim',
          name,
          ...(pod.ref.namespace === undefined ? {} : { namespace: pod.ref.namespace }),
        };
  },
  unsaid: (pod, view) => {
    const { namespace } = pod.ref;
    if (!view.scene.listed.has('PersistentVolumeClaim', namespace)) return undefined;
    const absent = usesOf(podSpecOf(view.scene, pod.source)).find(
      ({ kind, name }) =>
        kind === 'PersistentVolumeClaim' && findObject(view.scene, { ...pod.ref, kind, name }) === undefined,
    );
    if (absent === undefined) return undefined;
    const object = { kind: absent.kind, name: absent.name, ...(namespace === undefined ? {} : { namespace }) };
    return {
      says: `the PersistentVolumeClaim \`${absent.name}\` that it uses is not among those listed`,
      shown: absent.name,
      object,
    };
  },
  says: (match, pod, view) => {
    const name =
      match[1] ?? usesOf(pod.source.object.spec).find((use) => use.kind === 'PersistentVolumeClaim')?.name ?? '';
    if (match[2] === 'not found') return `the PersistentVolumeClaim \`${name}\` does not exist`;
    if (ELSEWHERE.test(match[0])) {
      const there = boundElsewhere(pod, view);
      return there === undefined
        ? 'its volume is bound to other nodes, or another zone, than those that may run it (volume node affinity conflict)'
        : `its volume \`${there.volume}\` can only be used on nodes with ${there.nodes} (volume node affinity conflict)`;
    }
    return name === ''
      ? 'its PersistentVolumeClaim is not bound'
      : `its PersistentVolumeClaim \`${name}\` is not bound`;
  },
  remedies: (match, pod) => {
    if (ELSEWHERE.test(match[0]))
      return [
        look('See which nodes can use the volume', command('kubectl', 'describe', 'pv')),
        change(
          'Let the pod run where its volume is (its selector, its affinity, a node there), or move the data',
          'medium',
        ),
      ];
    return [
      look('See why the claim is not bound', command('kubectl', 'describe', 'pvc', inNamespace(pod.ref))),
      change('Correct class, size or access mode of the claim', 'medium'),
    ];
  },
});
