import type { Json } from '../../../src/manifest/json.ts';
import { isAmount } from '../defaults.ts';
import { set } from '../edits.ts';
import { quantity } from '../fixers/resources.ts';
import type { Way } from '../wish.ts';
import { amountText, type Solution, wholeBound } from './arithmetic.ts';
import { durationText, type Meaning, valueNow, versionText } from './meaning.ts';
import { edit } from './ways.ts';

/** A place of a sum, as a comparison wants it while the others stay as they are. */
export function solvedFor({ place, operator, bound }: Solution): Way[] {
  if (place.kind === 'place' && !place.path.some((key) => key === 'limits' || key === 'requests')) {
    const whole = wholeBound(operator, bound);
    return whole === undefined || whole < 0 ? [] : [edit(set(place.path, whole))];
  }
  if (place.kind === 'quantity' && place.of.kind === 'place' && place.unit !== undefined) {
    const whole = wholeBound(operator, bound);
    if (whole === undefined || whole < 0) return [];
    if (place.unit === 'duration') return whole === bound ? [edit(set(place.of.path, durationText(bound)))] : [];
    // Which version it is, is for people to say.
    return [[{ kind: 'choose', path: place.of.path, values: [versionText(whole)], source: 'the bound of the policy' }]];
  }
  const [at, scale] = place.kind === 'quantity' ? [place.of, place.scale ?? 1] : [place, 1];
  if (at.kind !== 'place') return [];
  const { path } = at;
  const text = amountText(operator, bound / scale, path.at(-1) === 'cpu');
  if (text === undefined) return [];
  // How much somebody needs who says nothing of it is no matter of what others leave.
  const missing = isAmount(path) && quantity(valueNow(at)) === undefined;
  return missing && operator !== '=='
    ? [[{ kind: 'present', path, pattern: `${operator.startsWith('<') ? '<=' : '>='}${text}` }]]
    : [edit(set(path, text))];
}

/** The bound of an amount, as the policy writes it where that means the same. */
export function writtenAmount(
  operator: string,
  left: Meaning & { kind: 'quantity' },
  right: Meaning,
): Json | undefined {
  const bound = valueNow(right);
  if (left.unit === 'duration' && right.kind !== 'quantity' && typeof bound === 'number') return durationText(bound);
  const scale = left.scale ?? 1;
  if (scale === (right.kind === 'quantity' ? (right.scale ?? 1) : 1))
    return valueNow(right.kind === 'quantity' ? right.of : right);
  const path = left.of.kind === 'place' ? left.of.path : [];
  return typeof bound === 'number' ? amountText(operator, bound / scale, path.at(-1) === 'cpu') : undefined;
}

/** `50%` where a part of the text is compared with a number: the text with the bound in that place. */
export function numbered(operator: string, { value: now, within }: Meaning & { kind: 'value' }, bound: number): Way[] {
  const strict = operator === '<' ? -1 : operator === '>' ? 1 : 0;
  const [before, after, ...more] = within?.text.split(String(now)) ?? [];
  if (!within || typeof now !== 'number' || operator === '!=' || after === undefined || more.length > 0) return [];
  const text = `${before}${bound + strict}${after}`;
  // A number with its unit is one like any other; of a longer text nobody knows what else it says.
  return before === '' && /^[^\d\s]?$/.test(after)
    ? [edit(set(within.path, text))]
    : [[{ kind: 'choose', path: within.path, values: [text], source: 'the bound of the policy' }]];
}
