import { clean, headlineOf, titleOf } from '../render.ts';
import type { FixResult } from '../schema.ts';

/** Why there is no diff, in a line for the error channel: nothing is wrong, or what is wrong has no edit. */
export function whyNoPatch(result: FixResult): string {
  const { outcome, resources, policyErrors } = result;
  if (outcome === 'compliant') return `No diff: ${headlineOf(result).toLowerCase()}`;
  if (outcome === 'not-judged') return 'No diff: nothing was judged';
  const reasons = [
    ...policyErrors.map(({ kind, name, message }) => `${kind}/${name}: ${message}`),
    ...resources.flatMap(({ object, reason }) => (reason === undefined ? [] : [`${titleOf(object)}: ${reason}`])),
    ...resources.flatMap(({ object, decisions }) =>
      decisions.map(({ question }) => `${titleOf(object)}: to decide: ${question}`),
    ),
  ];
  const shown = reasons.slice(0, 10).map((reason) => `\n  ${clean(reason).split('\n')[0]}`);
  const more = reasons.length > shown.length ? `\n  and ${reasons.length - shown.length} more` : '';
  return `No diff: ${headlineOf(result).toLowerCase()}${shown.join('')}${more}`;
}
