import { valueAt } from '../../src/manifest/json.ts';
import { celConditions } from './cel/expressions.ts';
import { unread, ways } from './cel/wishes.ts';
import { applyEdits, type Path, set } from './edits.ts';
import type { FixContext } from './fixers/fixer.ts';
import { ruleWishes } from './kyverno/rules.ts';
import { regoWishes } from './rego/wishes.ts';
import { pathOfWish, type Stated, stated } from './wish.ts';

/** Every wish that the expressions, code, patterns and conditions of the violated policies state of an object. */
function wishesOf(context: FixContext): Stated[] {
  return [
    ...celConditions(context).flatMap(({ policy, ...condition }) =>
      stated(policy, ways(condition, true), unread(condition, true)),
    ),
    ...regoWishes(context),
    ...ruleWishes(context),
  ];
}

/** More missing places than these are not looked into. */
const MOST_MISSING = 8;

/** What the policies would say of a place that has to be there, if something stood in it. */
function saidOfMissing(context: FixContext, wishes: readonly Stated[]): Stated[] {
  const at = (path: Path): string => JSON.stringify(path);
  const told = new Set(wishes.filter(({ wish }) => wish.kind !== 'present').map(({ wish }) => at(pathOfWish(wish))));
  const missing = wishes.flatMap(({ wish }): Path[] =>
    wish.kind === 'present' &&
    wish.pattern === '' &&
    !told.has(at(wish.path)) &&
    valueAt(context.object, wish.path) === undefined
      ? [wish.path]
      : [],
  );
  return [...new Map(missing.map((path) => [at(path), path])).values()].slice(0, MOST_MISSING).flatMap((path) => {
    const object = applyEdits(context.object, [set(path, 'opsline')]);
    return wishesOf({ ...context, object }).filter(
      ({ wish }) => at(pathOfWish(wish)) === at(path) && !(wish.kind === 'edit' && wish.edit.op === 'remove'),
    );
  });
}

const known = new WeakMap<FixContext, Stated[]>();

/** Every wish of the violated policies, also what they would accept in a place where they only miss something now. */
export function statedWishes(context: FixContext): Stated[] {
  const found = known.get(context);
  if (found) return found;
  const wishes = wishesOf(context);
  const all = [...saidOfMissing(context, wishes), ...wishes];
  known.set(context, all);
  return all;
}
