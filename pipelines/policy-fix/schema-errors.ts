import type { Violation } from '../../src/policy/violation.ts';

/** The same error of another item of a list counts as the same: edits may move items. */
const sort = ({ message }: Violation): string => message.replaceAll(/\/\d+(?=[/:])/g, '/*');

const isSchemas = ({ engine }: Violation): boolean => engine === 'schema';

/** A verdict without what the schema had against the object as given: no edit is blamed for that. */
export function blameless(verdict: readonly Violation[], given: readonly Violation[]): Violation[] {
  const left = new Map<string, number>();
  for (const error of given.filter(isSchemas)) left.set(sort(error), (left.get(sort(error)) ?? 0) + 1);
  return verdict.filter((violation) => {
    if (!isSchemas(violation)) return true;
    const count = left.get(sort(violation)) ?? 0;
    left.set(sort(violation), count - 1);
    return count <= 0;
  });
}
