import { list } from '../../../../src/evidence/commands/kubectl.ts';
import type { ObjectRef } from '../../../../src/evidence/model.ts';
import { change, look } from '../analyzer.ts';
import { denial } from './denials.ts';

export const serviceAccountMissing = denial({
  kind: 'service-account-missing',
  title: 'The service account does not exist',
  about: 'Pods cannot be made because the service account they name is not in the namespace.',
  remedy: 'Create the service account, or correct its name.',
  pattern: /serviceaccount "([^"]+)" not found|error looking up service account ([\w./-]+): /,
  confidence: 0.97,
  says: (match) => `the service account \`${(match[1] ?? match[2] ?? '').split('/').at(-1)}\` does not exist`,
  object: (match, message): ObjectRef => ({
    kind: 'ServiceAccount',
    name: (match[1] ?? match[2] ?? '').split('/').at(-1) ?? '',
    ...(message.object?.namespace === undefined ? {} : { namespace: message.object.namespace }),
  }),
  remedies: (match, message) => [
    look('See which there are', list('serviceaccounts', message.object)),
    change(`Create the service account \`${(match[1] ?? match[2] ?? '').split('/').at(-1)}\``),
  ],
});
