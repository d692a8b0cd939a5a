import { equalJson, type Json, valueAt } from '../../../src/manifest/json.ts';
import { remove, set } from '../edits.ts';
import { following, statedWishes } from '../statements.ts';
import type { Stated, Wish } from '../wish.ts';
import { allowed, neighboursOf } from './allowed.ts';
import type { FixContext, Fixer, Question } from './fixer.ts';
import { withTag } from './images.ts';
import { valuesFor } from './offered-values.ts';
import { aboutOf } from './stated-words.ts';

type Answer = Question['choices'][number];

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

/** What a text would have to be that is to begin or end with the one that is asked about: of two that do not fit either may give way. */
function instead(context: FixContext, { ways = [] }: Stated, { path: own }: Wish & { kind: 'choose' }): Answer[] {
  return ways.flatMap(([only, ...more]): Answer[] => {
    if (only?.kind !== 'present' || more.length > 0 || !/^\*.+|.\*$/.test(only.pattern)) return [];
    const { path, pattern } = only;
    const now = valueAt(context.object, path);
    if (typeof now !== 'string' || equalJson([...path], [...own])) return [];
    const image = path.at(-1) === 'image' ? withTag(now, pattern) : undefined;
    const values =
      image !== undefined
        ? [{ value: image, source: 'the version that the policy asks for' }]
        : allowed(context, only)
          ? valuesFor(context, path, pattern)
          : [];
    return values.map(({ value, source }) => ({ value, source, edits: [set(path, value)] }));
  });
}

/** Of more values than these it is not read what follows from each. */
const MOST_FOLLOWED = 8;

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
        .map((value, at) => {
          const edit = set(path, value);
          return { value, source, edits: [edit, ...(at < MOST_FOLLOWED ? following(context, [edit]) : [])] };
        });
      const others = instead(context, one, wish);
      // Where others are left an item may as well go, and none comes twice.
      const choices = [...(neighbours.length > 0 ? [goes] : []), ...listed, ...others];
      const places = [...new Set(others.flatMap(({ edits }) => edits.map((edit) => edit.path.join('.'))))].join(' or ');
      const question = `Which of the values that the policy accepts fits ${path.join('.')}${places ? `, or does ${places} change` : ''}?`;
      const whole = others.length > 0 || listed.some(({ edits }) => edits.length > 1);
      return [{ question, path, about: aboutOf(path), stated: true, trial: [], choices, ...(whole ? { whole } : {}) }];
    });
  },
};
