import { isObject } from '../../../src/manifest/json.ts';
import type { Way } from '../wish.ts';
import { results } from './read.ts';
import type { Bindings, Reading } from './reading.ts';
import type { Term } from './terms.ts';

/**
 * `new := renamed[old]`, `old` being a text of the object and `renamed` a map that the policy writes down: what it has in place of the
 * text, where the map does not name that again.
 */
export function replacement(reading: Reading, statement: Term, bindings: Bindings): Way[] {
  const from = statement.kind === 'assign' ? statement.term : undefined;
  const last = from?.kind === 'ref' ? from.steps.at(-1) : undefined;
  if (from?.kind !== 'ref' || !last || last.kind === 'literal') return [];
  const [place, of] = [last, { ...from, steps: from.steps.slice(0, -1) }].map(
    (term) => results(reading, term, bindings)[0]?.meaning,
  );
  const map = of?.kind === 'value' && !of.seen ? of.value : undefined;
  if (place?.kind !== 'place' || place.key || typeof place.value !== 'string' || !isObject(map)) return [];
  const other = Object.hasOwn(map, place.value) ? map[place.value] : undefined;
  if (typeof other !== 'string' || other === '' || Object.hasOwn(map, other)) return [];
  const source = 'the policy, which has it in place of what stands there';
  return [[{ kind: 'choose', path: place.path, values: [other], source }]];
}

/** Whether ways do more than take something away, which only leaves a policy nothing to look at. */
export const tellsMore = (ways: readonly Way[]): boolean =>
  ways.some((way) => way.some((wish) => wish.kind !== 'edit' || wish.edit.op !== 'remove'));
