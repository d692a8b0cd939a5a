import { isObject, type Json } from '../../../src/manifest/json.ts';
import type { Path } from '../edits.ts';
import type { Way } from '../wish.ts';
import { permitted } from './deny.ts';
import type { Names } from './operand.ts';
import { deniesWhatever } from './unconditional.ts';

/** Ways to leave nothing in the list of a loop that denies whatever it comes to. */
export const emptied = (list: string, names: Names): readonly Way[] =>
  permitted([{ key: `{{ length(${list}) }}`, operator: 'GreaterThan', value: 0 }], names);

const isRemoval = (way: Way): boolean => way.every((wish) => wish.kind === 'edit' && wish.edit.op === 'remove');

/**
 * Ways to keep a `deny` from holding. One that looks at nothing of the object says by its preconditions what it does not want; of a
 * role's rule (`at`) what preconditions look for is half of what is denied (`pods/exec` with `create`), and may go as well.
 */
export function notDenied(deny: Json | undefined, preconditions: Json | undefined, names: Names, at: Path): Way[] {
  if (deniesWhatever(deny)) return permitted(preconditions, names);
  const said = permitted(isObject(deny) ? deny.conditions : undefined, names);
  return at[0] === 'rules' && said.length > 0 ? [...permitted(preconditions, names).filter(isRemoval), ...said] : said;
}
