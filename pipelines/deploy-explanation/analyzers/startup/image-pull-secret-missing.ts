import { list } from '../../../../src/evidence/commands/kubectl.ts';
import type { ObjectRef } from '../../../../src/evidence/model.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { findObject, podSpecOf } from '../../../../src/evidence/relations.ts';
import { objects, text } from '../../../../src/json.ts';
import { about, changeable, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

const MISSING = /Unable to retrieve some image pull secrets \(([^)]+)\)/;

/** The first pull secret of the pod that is not among all Secrets of its namespace. */
function unlisted(view: View, pod: PodView): string | undefined {
  if (!view.scene.listed.has('Secret', pod.ref.namespace)) return undefined;
  const names = objects(podSpecOf(view.scene, pod.source).imagePullSecrets).flatMap(({ name }) => text(name) ?? []);
  return names.find((name) => findObject(view.scene, { kind: 'Secret', name, ...namespaceOf(pod.ref) }) === undefined);
}

/** Whether the registry refuses the pod: a Secret that is not there hurts nobody where the image needs none. */
function refused(view: View, pod: PodView): boolean {
  return about(view, pod.ref).some(({ text }) => /\b40[13]\b|authori[sz]|denied|credentials/i.test(text));
}

const namespaceOf = ({ namespace }: ObjectRef) => (namespace === undefined ? {} : { namespace });

export const imagePullSecretMissing: Analyzer = {
  kind: 'image-pull-secret-missing',
  stage: 'startup',
  depth: DEPTH.image - 1,
  title: 'The image pull secret does not exist',
  about: 'The pod names an imagePullSecret that is not in its namespace, so the registry is asked without credentials.',
  remedy: 'Create the Secret (type kubernetes.io/dockerconfigjson) in that namespace, or correct its name.',
  find: (view) =>
    view.troubled.flatMap((pod): Draft[] => {
      const message = about(view, pod.ref).find(({ text }) => MISSING.test(text));
      const name = MISSING.exec(message?.text ?? '')?.[1] ?? unlisted(view, pod);
      const pulling =
        /ImagePull/.test(pod.rowStatus ?? '') || pod.containers.some((c) => /ImagePull/.test(c.waiting?.reason ?? ''));
      if (name === undefined || !pulling || (message === undefined && !refused(view, pod))) return [];
      const workload = changeable(view, pod);
      return [
        {
          object: {
            kind: 'Secret',
            name: name.split(',')[0]?.trim() ?? name,
            ...(pod.ref.namespace === undefined ? {} : { namespace: pod.ref.namespace }),
          },
          summary: `${named(workload)} cannot pull its image: the image pull secret \`${name}\` does not exist${pod.ref.namespace === undefined ? '' : ` in namespace ${pod.ref.namespace}`}`,
          confidence: message === undefined ? 0.88 : 0.95,
          severity: 'failed',
          citations: [
            message?.cite(),
            cite(pod.source, name) ?? cite(findObject(view.scene, workload), name),
            citeAny(pod.source),
          ],
          involves: [workload, pod.ref],
          remedies: [
            look('See which Secrets there are', list('secrets', pod.ref)),
            change(`Create the Secret \`${name}\`, or correct imagePullSecrets of ${workload.kind} ${workload.name}`),
          ],
        },
      ];
    }),
};
