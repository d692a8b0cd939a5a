import { equalJson, isObject, valueAt } from '../../../src/manifest/json.ts';
import { set } from '../edits.ts';
import { statedWishes } from '../statements.ts';
import { pathOfWish } from '../wish.ts';
import { type FixContext, type Fixer, type Question, titleOf } from './fixer.ts';

const SELECTOR = ['spec', 'selector'];

/** Services that select the same pods, where a policy compares selectors. */
function sameSelector({ object, siblings }: FixContext): Question[] {
  const selector = valueAt(object, SELECTOR);
  const twins = siblings.filter(
    ({ object: other }) => other.kind === 'Service' && equalJson(valueAt(other, SELECTOR), selector),
  );
  if (!isObject(selector) || twins.length === 0) return [];
  const also = twins.map(({ object: other, file }) => `${titleOf(other)} in ${file}`).join(' and ');
  return [
    {
      question: `Which pods does this Service select, or can it go? ${also} selects the same.`,
      path: SELECTOR,
      about: ['selector'],
      // Of its own, since the other one is asked as well.
      trial: [set([...SELECTOR, 'opsline'], valueAt(object, ['metadata', 'name']) ?? 'opsline')],
      choices: [],
    },
  ];
}

/** A door to the outside: closing it needs the word of those who use it. */
function door(context: FixContext): Question[] {
  const type = valueAt(context.object, ['spec', 'type']);
  if (type !== 'NodePort' && type !== 'LoadBalancer') return [];
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
      choices: [{ value: 'ClusterIP', source: "Kubernetes' default, if nothing does or an Ingress takes over", edits }],
    },
  ];
}

/** Which pods a Service is for, and how it is reached from outside. */
export const services: Fixer = {
  name: 'services',
  propose: () => [],
  ask: (context) => (context.object.kind === 'Service' ? [...sameSelector(context), ...door(context)] : []),
};
