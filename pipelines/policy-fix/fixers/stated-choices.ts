import { equalJson, type Json } from '../../../src/manifest/json.ts';
import { remove, set } from '../edits.ts';
import { following, statedWishes } from '../statements.ts';
import type { Stated, Wish } from '../wish.ts';
import { allowed, neighboursOf } from './allowed.ts';
import type { Fixer, Question } from './fixer.ts';
import { aboutOf } from './stated-words.ts';

/** The values that other ways than a choice would set its place to (`name == team || name.startsWith(team + '-')`). */
function besides({ ways = [] }: Stated, { path, values }: Extract<Wish, { kind: 'choose' }>): Json[] {
  return ways.flatMap(([only, ...more]) => {
    if (only?.kind !== 'edit' || more.length > 0) return [];
    const { edit } = only;
    const isOther =
      edit.op === 'set' && equalJson([...edit.path], [...path]) && !values.some((value) => value === edit.value);
    return isOther ? [edit.value] : [];
  });
}

/** Questions whose answers an expression lists: asked before others ask about the place. */
export const statedChoices: Fixer = {
  name: 'stated-choices',
  propose: () => [],
  ask(context) {
    return statedWishes(context).flatMap((one): Question[] => {
      const { wish } = one;
      if (wish.kind !== 'choose' || !allowed(context, wish)) return [];
      const { path, source = 'the policy' } = wish;
      const values = [...besides(one, wish), ...wish.values];
      const neighbours = neighboursOf(context.object, path);
      const goes = { value: null, source: 'the policy, which does not accept it', edits: [remove(path)] };
      const listed = values
        .filter((value) => !neighbours.includes(value))
        .map((value) => ({ value, source, edits: [set(path, value), ...following(context, [set(path, value)])] }));
      // Where others are left an item may as well go, and none comes twice.
      const choices = [...(neighbours.length > 0 ? [goes] : []), ...listed];
      const question = `Which of the values that the policy accepts fits ${path.join('.')}?`;
      const whole = listed.some(({ edits }) => edits.length > 1);
      return [{ question, path, about: aboutOf(path), stated: true, trial: [], choices, ...(whole ? { whole } : {}) }];
    });
  },
};
