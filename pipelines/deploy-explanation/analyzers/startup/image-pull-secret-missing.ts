import { list } from '../../commands/kubectl.ts';
import { about, changeable, citeAny, named } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

const MISSING = /Unable to retrieve some image pull secrets \(([^)]+)\)/;

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
      const name = MISSING.exec(message?.text ?? '')?.[1];
      const pulling =
        /ImagePull/.test(pod.rowStatus ?? '') || pod.containers.some((c) => /ImagePull/.test(c.waiting?.reason ?? ''));
      if (message === undefined || name === undefined || !pulling) return [];
      const workload = changeable(view, pod);
      return [
        {
          object: {
            kind: 'Secret',
            name: name.split(',')[0]?.trim() ?? name,
            ...(pod.ref.namespace === undefined ? {} : { namespace: pod.ref.namespace }),
          },
          summary: `${named(workload)} cannot pull its image: the image pull secret \`${name}\` does not exist${pod.ref.namespace === undefined ? '' : ` in namespace ${pod.ref.namespace}`}`,
          confidence: 0.95,
          severity: 'failed',
          citations: [message.cite(), citeAny(pod.source)],
          involves: [workload, pod.ref],
          remedies: [
            look('See which Secrets there are', list('secrets', pod.ref)),
            change(`Create the Secret \`${name}\`, or correct imagePullSecrets of ${workload.kind} ${workload.name}`),
          ],
        },
      ];
    }),
};
