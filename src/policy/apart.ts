import { looksAtNames, looksAtPlaces } from './object-names.ts';
import { referential } from './referential.ts';
import { type KubeObject, nameOf } from './violation.ts';

/**
 * The policies that candidates of one object have to be shown to one at a time, each by a start of their engine: those that compare
 * objects, and those that look at both name and namespace.
 */
export function judgedApart(policies: readonly KubeObject[]): string[] {
  const comparing = referential(policies).comparing.filter(({ kind }) => kind === 'ConstraintTemplate');
  const own = policies.filter(
    ({ apiVersion }) => !/^(?:templates|constraints|expansion)\.gatekeeper\.sh\//.test(String(apiVersion)),
  );
  const placed = own.filter((policy) => looksAtNames(policy) && looksAtPlaces(policy));
  return [...comparing, ...placed].map((policy) => `${policy.kind} "${nameOf(policy).name}"`);
}
