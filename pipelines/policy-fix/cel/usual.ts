import { isCopies, isId } from '../defaults.ts';
import { wordsOf } from '../field-words.ts';
import { replaces } from '../wish.ts';
import type { Meaning } from './meaning.ts';

type Place = Meaning & { readonly kind: 'place' };

/** A word after which something is gone: nobody means it because a policy counts it where nothing is said. */
const LOSES = 'Delete';

/**
 * The word that a policy counts where nothing stands (`imagePullPolicy.orValue('IfNotPresent') != 'Always'`), where it is the only
 * other one that Kubernetes knows for the field; undefined where others may be meant.
 */
export function usualWord({ path, value, fallback }: Place): string | undefined {
  const [word, ...more] = wordsOf(path).filter((each) => each !== value);
  return more.length === 0 && word === fallback && word !== LOSES && !replaces(path) ? word : undefined;
}

/**
 * Whether a policy that wants some of what nobody has said, and does not say how many (`concurrency.orValue(0) > 0`), leaves that to
 * be asked: one copy is what comes next to none, one of anything else may be far from what is meant.
 */
export const howManyIsOpen = ({ path, value, fallback }: Place, operator: string, bound: number): boolean =>
  operator === '>' && bound === 0 && value === undefined && fallback === 0 && !isCopies(path) && !isId(path);
