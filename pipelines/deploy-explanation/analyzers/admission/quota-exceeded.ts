import type { ObjectRef } from '../../../../src/evidence/model.ts';
import { change, look } from '../analyzer.ts';
import { denial } from './denials.ts';

const ASPECTS = {
  cpu: 'requests or limits of CPU',
  memory: 'requests or limits of memory',
  pods: 'the number of pods',
  services: 'the number of Services, load balancers or node ports',
  claims: 'the number of PersistentVolumeClaims',
  storage: 'the size of all volumes, or ephemeral storage',
  objects: 'the number of objects of another kind (ConfigMaps, Secrets, Jobs …)',
  devices: 'GPUs and other extended resources',
  unstated: 'the quota demands that every container states what it requests',
};

/** Names of resources as a quota counts them (Kubernetes, "Resource Quotas"). */
const RESOURCES: readonly (readonly [keyof typeof ASPECTS, RegExp])[] = [
  ['storage', /storage$/],
  ['cpu', /^(?:requests\.|limits\.)?cpu$/],
  ['memory', /^(?:requests\.|limits\.)?memory$/],
  ['pods', /^(?:count\/)?pods$/],
  ['services', /^(?:count\/)?services(?:\.|$)/],
  ['claims', /(?:^|\/)persistentvolumeclaims$/],
  ['devices', /^(?:requests|limits)\.\S+\//],
];

function resourceIn(requested: string): string {
  return /^\s*([^=,]+)=/.exec(requested)?.[1] ?? '';
}

function aspectOf(match: RegExpExecArray): keyof typeof ASPECTS | undefined {
  if (match[5] !== undefined) return 'unstated';
  const resource = resourceIn(match[2] ?? '');
  if (resource === '') return undefined;
  return RESOURCES.find(([, pattern]) => pattern.test(resource))?.[0] ?? 'objects';
}

export const quotaExceeded = denial({
  kind: 'quota-exceeded',
  title: 'A resource quota is used up',
  about: 'The API server refuses the object because a ResourceQuota of the namespace would be exceeded.',
  remedy: 'Raise the quota, lower the requests or replicas, or remove what is unused.',
  aspects: ASPECTS,
  aspect: aspectOf,
  pattern:
    /exceeded quota: ([\w.-]+)(?:, requested: ([^;]+?), used: ([^;]+?), limited: ([^;\s]+))?|failed quota: ([\w.-]+): must specify ([\w.,: -]+)/,
  confidence: 0.97,
  says: (match) =>
    match[5] !== undefined
      ? `the ResourceQuota \`${match[5]}\` requires that every container states ${match[6]}`
      : `the ResourceQuota \`${match[1]}\` is exceeded${match[2] === undefined ? '' : ` (requested ${match[2]}, used ${match[3]}, limited ${match[4]})`}`,
  object: (match, message): ObjectRef => {
    const resource = resourceIn(match[2] ?? '');
    return {
      kind: 'ResourceQuota',
      name: match[1] ?? match[5] ?? '',
      ...(message.object?.namespace === undefined ? {} : { namespace: message.object.namespace }),
      ...(resource === '' ? {} : { path: `spec.hard[${resource}]` }),
    };
  },
  remedies: (match) => {
    const quota = match[1] ?? match[5] ?? '';
    const resource = resourceIn(match[2] ?? '');
    return [
      look('See what uses the quota', `kubectl describe resourcequota ${quota}`),
      match[5] !== undefined
        ? change(`State ${match[6]} in every container (or set defaults in a LimitRange)`)
        : /^(?:count\/|services|persistentvolumeclaims|configmaps|secrets)/.test(resource)
          ? change(
              `Remove ${resource.replace('count/', '')} that nothing uses, or raise spec.hard["${resource}"]`,
              'medium',
            )
          : change('Raise the quota, or lower requests or replicas', 'medium'),
    ];
  },
});
