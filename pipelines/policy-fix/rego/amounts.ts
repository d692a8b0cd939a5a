import { type Meaning, valueNow } from '../cel/meaning.ts';
import { quantity } from '../fixers/resources.ts';

/** An amount with a unit; beside one among `limits` and `requests` every number is one. */
const AMOUNT = /^\d+(?:\.\d+)?(?:[kMGTPE]i?|Ki|m)$/;

/** Powers of a thousand and of 1024, and what these make together. */
const SCALES = [-3, -2, -1, 0, 1, 2, 3].flatMap((a) => [-3, -2, -1, 0, 1, 2, 3].map((b) => 1000 ** a * 1024 ** b));

/**
 * What a policy's own function made of an amount: where it is the amount's number in some unit (`bytes("1Gi")`), it still stands for
 * the place, whatever way the function took.
 */
export function asAmount(of: Meaning | undefined, made: Meaning): Meaning {
  const text = of && valueNow(of);
  const amount = of?.kind === 'place' && of.path.some((key) => key === 'limits' || key === 'requests');
  const [given, number] = [amount || AMOUNT.test(String(text)) ? quantity(text) : undefined, valueNow(made)];
  if (!of || !given || typeof number !== 'number' || made.kind !== 'value') return made;
  const scale = SCALES.find((each) => Math.abs(number / given / each - 1) < 1e-9);
  return scale === undefined ? made : { kind: 'quantity', of, scale };
}
