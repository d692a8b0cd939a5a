import { isObject, valueAt } from '../../../src/manifest/json.ts';
import { remove } from '../edits.ts';
import { keysOf, pathOfWish, type Wish } from '../wish.ts';
import type { FixContext, Question } from './fixer.ts';
import { aboutOf, isRemoval } from './stated-words.ts';

/** Lists whose items are told apart by name, and go as a whole. */
const ITEMS = /(?:^|\.)(?:(?:env|imagePullSecrets)\.name|subjects\.(?:kind|name)|tolerations\.(?:key|operator))$/;

/** Whether an item may go whose name a policy does not accept. */
export function itemGoes({ object }: FixContext, wish: Wish): Question[] {
  const path = pathOfWish(wish);
  const unwanted =
    wish.kind === 'present' ? wish.pattern.startsWith('!') : wish.kind === 'edit' && wish.edit.op === 'remove';
  if (!unwanted || !ITEMS.test(keysOf(path)) || typeof path.at(-2) !== 'number') return [];
  const at = path.slice(0, -1);
  const list = valueAt(object, at.slice(0, -1));
  const edits = [remove(Array.isArray(list) && list.length === 1 && at.includes('env') ? at.slice(0, -1) : at)];
  return [
    {
      question: `Can ${path.at(-1) === 'operator' ? JSON.stringify(valueAt(object, at)) : path.at(-1) === 'kind' ? `${valueAt(object, path)} ${valueAt(object, [...at, 'name'])}` : valueAt(object, path)} go from ${at.slice(0, -1).join('.')}?`,
      path: at,
      about: aboutOf(at),
      trial: edits,
      choices: [{ value: null, source: 'the policy, which does not accept it', edits }],
    },
  ];
}

/** Whether a program does without an argument that a policy does not accept: nobody but its owner knows what it is for. */
export function argumentGoes({ object }: FixContext, wish: Wish): Question[] {
  const path = pathOfWish(wish);
  const container = valueAt(object, path.slice(0, -2));
  if (!isRemoval(wish) || !/^(?:args|command)$/.test(String(path.at(-2))) || !isObject(container)) return [];
  const now = valueAt(object, path);
  // What a command begins with is the program itself.
  if (typeof now !== 'string' || typeof path.at(-1) !== 'number' || (path.at(-2) === 'command' && path.at(-1) === 0))
    return [];
  const edits = [remove(path)];
  return [
    {
      question: `Does container ${container.name} do without its argument ${now}?`,
      path,
      about: aboutOf(path),
      trial: edits,
      choices: [{ value: null, source: 'the policy, which does not accept it', edits }],
    },
  ];
}
