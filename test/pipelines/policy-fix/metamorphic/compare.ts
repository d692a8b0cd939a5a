import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../../../src/policy/violation.ts';
import { type Answer, answerTo, keyOf } from './answer.ts';
import type { Case } from './cases.ts';
import type { Change } from './changes.ts';

const told = ({ asked }: Answer): string[] =>
  asked
    .map(({ object, path, choices }) =>
      JSON.stringify([object, path, choices.map((choice) => JSON.stringify(choice)).sort()]),
    )
    .sort();

const same = (object: KubeObject): unknown => object;

/**
 * What a change moved, in words; an empty text where nothing did. Undefined where the change does not apply, or makes of the
 * object another kind that the policy does not look at.
 */
export async function moved(
  given: Case,
  change: Change,
  seed: string,
  answer: () => Promise<Answer>,
): Promise<string | undefined> {
  const made = await change.make(given, seed, answer);
  if (!made) return undefined;
  const [first, then] = [await answer(), await answerTo(made)];
  const { carries, narrow = same } = change;
  if (change.narrow && then.outcome === 'compliant') return undefined;
  if (then.outcome !== first.outcome) return `outcome ${first.outcome} -> ${then.outcome}`;
  const wanted = first.objects.map((object) => carries?.(object, seed) ?? object);
  const got = then.objects.filter(({ metadata }) => !String(metadata?.name).startsWith('zz-'));
  const apart = wanted.find((object, i) => !isDeepStrictEqual(narrow(object), narrow(got[i] ?? {})));
  if (apart) return `edits of ${keyOf(apart)}`;
  return change.asks === false || isDeepStrictEqual(told(first), told(then))
    ? ''
    : `asks ${told(first)} -> ${told(then)}`;
}
