import { isUnjudged, type Violation } from '../../src/policy/violation.ts';

/** The same error of another item of a list counts as the same: edits may move items. */
const sort = (violation: Violation): string =>
  isUnjudged(violation)
    ? `${violation.engine} ${violation.rule}`
    : violation.message.replaceAll(/\/\d+(?=[/:])/g, '/*');

/** What is no denial of a policy: the word of a schema, or that nothing could be said. */
export const isExcusable = (violation: Violation): boolean => violation.engine === 'schema' || isUnjudged(violation);

/** A verdict without what the schema had against the object as given, or could not be judged of it: no edit is blamed for that. */
export function blameless(verdict: readonly Violation[], given: readonly Violation[]): Violation[] {
  const left = new Map<string, number>();
  for (const error of given.filter(isExcusable)) left.set(sort(error), (left.get(sort(error)) ?? 0) + 1);
  return verdict.filter((violation) => {
    if (!isExcusable(violation)) return true;
    const count = left.get(sort(violation)) ?? 0;
    left.set(sort(violation), count - 1);
    return count <= 0;
  });
}
