import { type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import { remove, set } from '../edits.ts';
import { pathOfWish, type Wish } from '../wish.ts';
import type { Question } from './fixer.ts';
import { aboutOf, isRemoval } from './stated-words.ts';

/**
 * How many pods may be away where a policy does not accept what a disruption budget says: without either of its fields it would say
 * nothing, so one takes the other's place.
 */
export function otherBudget(object: JsonObject, wish: Wish): Question[] {
  const path = pathOfWish(wish);
  const key = path.at(-1);
  if (object.kind !== 'PodDisruptionBudget' || !isRemoval(wish) || path.length !== 2) return [];
  if (key !== 'minAvailable' && key !== 'maxUnavailable') return [];
  const most = ['spec', 'maxUnavailable'];
  const edits = [...(key === 'minAvailable' ? [remove(path)] : []), set(most, 1)];
  return [
    {
      question: `How many pods may be away at once, instead of ${key} ${valueAt(object, path)}?`,
      path: most,
      about: [...aboutOf(path), ...aboutOf(most)],
      whole: true,
      trial: edits,
      choices: [{ value: 1, source: 'Kubernetes: one pod after the other, however many there are', edits }],
    },
  ];
}
