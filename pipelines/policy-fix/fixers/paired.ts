import { isObject, type Json, valueAt } from '../../../src/manifest/json.ts';
import type { Path } from '../edits.ts';
import type { FixContext } from './fixer.ts';

/** Parameters are not looked through any deeper. */
const MOST_DEPTH = 8;

/** Plain texts that stand beside a text in data: what a map has under it, and the other fields of an object that holds it. */
function* besideIn(data: Json | undefined, text: string, depth = 0): Generator<string> {
  if (typeof data !== 'object' || data === null || depth > MOST_DEPTH) return;
  const values = Object.values(data);
  if (isObject(data)) {
    const own = Object.hasOwn(data, text) ? [data[text]] : [];
    const held = values.includes(text) ? values.filter((value) => value !== text) : [];
    for (const value of [...own, ...held]) if (typeof value === 'string') yield value;
  }
  for (const value of values) yield* besideIn(value, text, depth + 1);
}

/**
 * What a policy's parameters have beside the text that stands in a place (`{ from: page, to: critical }`), where a message that names
 * the text names that, too.
 */
export function pairedFor({ object, policies }: FixContext, path: Path): { value: Json; source: string }[] {
  const now = valueAt(object, path);
  if (typeof now !== 'string' || now === '') return [];
  return policies.flatMap(({ messages, parameters }) => {
    const lines = messages
      .split('\n')
      .map((line) => new Set(line.split(/[^\w./:@-]+/).map((word) => word.replace(/[.:]+$/, ''))));
    return [...new Set(besideIn(parameters, now))]
      .filter((value) => lines.some((words) => words.has(now) && words.has(value)))
      .map((value) => ({ value, source: `the policy's parameters, which have it beside ${now}, as its message says` }));
  });
}
