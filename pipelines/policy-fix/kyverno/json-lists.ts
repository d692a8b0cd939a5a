import { value } from '../cel/meaning.ts';
import { opened } from './embedded.ts';
import type { Traced } from './traced.ts';

/** Operators that compare with a list. */
const OF_LISTS: ReadonlySet<string> = new Set(['anyin', 'in', 'allin', 'anynotin', 'notin', 'allnotin']);

/**
 * What an operator compares with: a list of texts that the policy has as JSON in a text, as the data of a ConfigMap are, Kyverno reads
 * as the list.
 */
export function comparedWith(operator: string, list: Traced): Traced {
  const text = OF_LISTS.has(operator) && list.kind === 'value' && typeof list.value === 'string' ? list.value : '';
  const read = /^\s*\[/.test(text) ? opened([], text)?.value : undefined;
  return Array.isArray(read) && read.every((item) => typeof item === 'string') ? value(read) : list;
}
