import type { ObjectRef } from '../../../../src/evidence/model.ts';
import { change, look } from '../analyzer.ts';
import { denial } from './denials.ts';

export const quotaExceeded = denial({
  kind: 'quota-exceeded',
  title: 'A resource quota is used up',
  about: 'The API server refuses the object because a ResourceQuota of the namespace would be exceeded.',
  remedy: 'Raise the quota, lower the requests or replicas, or remove what is unused.',
  pattern:
    /exceeded quota: ([\w.-]+)(?:, requested: ([^;]+?), used: ([^;]+?), limited: ([^;\s]+))?|failed quota: ([\w.-]+): must specify ([\w.,: -]+)/,
  confidence: 0.97,
  says: (match) =>
    match[5] !== undefined
      ? `the ResourceQuota \`${match[5]}\` requires that every container states ${match[6]}`
      : `the ResourceQuota \`${match[1]}\` is exceeded${match[2] === undefined ? '' : ` (requested ${match[2]}, used ${match[3]}, limited ${match[4]})`}`,
  object: (match, message): ObjectRef => ({
    kind: 'ResourceQuota',
    name: match[1] ?? match[5] ?? '',
    ...(message.object?.namespace === undefined ? {} : { namespace: message.object.namespace }),
  }),
  remedies: (match) => [
    look('See what uses the quota', `kubectl describe resourcequota ${match[1] ?? match[5] ?? ''}`),
    change('Raise the quota, or lower requests or replicas', 'medium'),
  ],
});
