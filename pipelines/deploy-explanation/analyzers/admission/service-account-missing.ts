import { list } from '../../../../src/evidence/commands/kubectl.ts';
import type { ObjectRef } from '../../../../src/evidence/model.ts';
import { findObject, workloadOf } from '../../../../src/evidence/relations.ts';
import { at, text } from '../../../../src/json.ts';
import { cite, named, type View } from '../../view.ts';
import { type Analyzer, change, type Draft, look } from '../analyzer.ts';
import { denial } from './denials.ts';
import { withoutPods } from './without-pods.ts';

const refused = denial({
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

/** Workloads that cannot make their pods and name an account that a whole list of the namespace does not have. */
function unlisted(view: View): Draft[] {
  return withoutPods(view).flatMap(({ ref }): Draft[] => {
    const workload = findObject(view.scene, workloadOf(view.scene, ref));
    const name = text(at(workload?.object, 'spec', 'template', 'spec', 'serviceAccountName'));
    const { namespace } = ref;
    if (workload === undefined || name === undefined || !view.scene.listed.has('ServiceAccount', namespace)) return [];
    const account: ObjectRef = { kind: 'ServiceAccount', name, ...(namespace === undefined ? {} : { namespace }) };
    if (findObject(view.scene, account) !== undefined) return [];
    return [
      {
        object: account,
        summary: `${named(workload.ref)} cannot make its pods, and the service account \`${name}\` that it names is not among those of the namespace`,
        confidence: 0.88,
        severity: 'failed',
        citations: [cite(workload, `serviceAccountName: ${name}`) ?? cite(workload, name)],
        involves: [workload.ref, ref],
        remedies: [
          look('See which there are', list('serviceaccounts', ref)),
          change(`Create the service account \`${name}\``),
        ],
      },
    ];
  });
}

export const serviceAccountMissing: Analyzer = {
  ...refused,
  find: (view) => {
    const found = refused.find(view);
    return found.length > 0 ? found : unlisted(view);
  },
};
