import type { ObjectRef } from '../../../../src/evidence/model.ts';
import { usesOf } from '../../../../src/evidence/relations.ts';
import { change, look } from '../analyzer.ts';
import { schedulingAnalyzer } from './scheduling.ts';

export const volumeUnbound = schedulingAnalyzer({
  kind: 'volume-unbound',
  title: 'A volume claim of the pod is not bound',
  about: 'The pod waits for a PersistentVolumeClaim that has no volume, or that does not exist.',
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
  says: (match, pod) => {
    const name =
      match[1] ?? usesOf(pod.source.object.spec).find((use) => use.kind === 'PersistentVolumeClaim')?.name ?? '';
    if (match[2] === 'not found') return `the PersistentVolumeClaim \`${name}\` does not exist`;
    if (/node affinity/.test(match[0]))
      return 'its volume is in another zone than the nodes (volume node affinity conflict)';
    return name === ''
      ? 'its PersistentVolumeClaim is not bound'
      : `its PersistentVolumeClaim \`${name}\` is not bound`;
  },
  remedies: () => [
    look('See why the claim is not bound', 'kubectl describe pvc'),
    change('Correct class, size or access mode of the claim', 'medium'),
  ],
});
