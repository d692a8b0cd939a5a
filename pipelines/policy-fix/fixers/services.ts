import { valueAt } from '../../../src/manifest/json.ts';
import { set } from '../edits.ts';
import { statedWishes } from '../statements.ts';
import { pathOfWish } from '../wish.ts';
import type { Fixer } from './fixer.ts';

/** How a Service is reached from outside: closing a door needs the word of those who use it. */
export const services: Fixer = {
  name: 'services',
  propose: () => [],
  ask(context) {
    const { object } = context;
    const type = valueAt(object, ['spec', 'type']);
    if (object.kind !== 'Service' || (type !== 'NodePort' && type !== 'LoadBalancer')) return [];
    // A policy that says what such a Service needs does not ask for another type.
    const paths = statedWishes(context).map(({ wish }) => pathOfWish(wish).join('.'));
    if (paths.length > 0 && !paths.includes('spec.type')) return [];
    const edits = [set(['spec', 'type'], 'ClusterIP')];
    return [
      {
        question: `Is anything outside the cluster reaching this Service through its ${type}?`,
        path: ['spec', 'type'],
        about: [type.toLowerCase(), 'clusterip'],
        trial: edits,
        choices: [
          { value: 'ClusterIP', source: "Kubernetes' default, if nothing does or an Ingress takes over", edits },
        ],
      },
    ];
  },
};
