import { isObject, type Json, valueAt } from '../../../src/manifest/json.ts';
import { celConditions } from '../cel/expressions.ts';
import { ways } from '../cel/wishes.ts';
import { type Path, remove, set } from '../edits.ts';
import { type FixContext, type Fixer, type Proposal, type Question, titleOf } from './fixer.ts';
import { isFragment, type Wish } from './kyverno-pattern.ts';

/** What only people decide: what an object is called and where it lives, which image it runs and how, and which rules select it. */
const NEVER =
  /^(?:apiVersion|kind|metadata(?:\.(?:name|namespace|generateName|uid|labels|annotations))?|spec)$|(?:^|\.)(?:image|name|selector|command|args|containers|initContainers|ephemeralContainers|volumes|volumeMounts|env)$|(?:^|\.)selector\./;

/** Rights, which an edit may take away without asking. */
const RIGHTS = /(?:^|\.)(?:securityContext\..+|host(?:Network|PID|IPC|Port|Users)|shareProcessNamespace|host)$/;

const keysOf = (path: Path): string => path.filter((key) => typeof key === 'string').join('.');
const isLabel = (path: Path): boolean => ['labels', 'annotations'].includes(String(path.at(-2)));

/** Places whose values have fixers of their own, which know where to look for them. */
const elsewhere = (path: Path): boolean => /Probe$|^(?:limits|requests|resources)$/.test(String(path.at(-1)));

function wishesFor(context: FixContext): { policy: string; wish: Wish }[] {
  return celConditions(context).flatMap(({ policy, node, scope }) =>
    ways({ node, scope }, true).flatMap((way) => way.map((wish) => ({ policy, wish }))),
  );
}

const aboutOf = (path: Path): string[] => [String(path.findLast((key) => typeof key === 'string')).toLowerCase()];

const pathOf = (wish: Wish): Path => (wish.kind === 'edit' ? wish.edit.path : wish.path);

function allowed({ object }: FixContext, wish: Wish): boolean {
  const path = pathOf(wish);
  return !NEVER.test(keysOf(path)) && !isFragment(object, path);
}

const isRemoval = (wish: Wish): boolean =>
  wish.kind === 'edit' && wish.edit.op === 'remove' && !RIGHTS.test(keysOf(wish.edit.path));

/** Questions whose answers an expression lists: asked before others ask about the place. */
export const celChoices: Fixer = {
  name: 'cel-choices',
  propose: () => [],
  ask(context) {
    return wishesFor(context).flatMap(({ wish }): Question[] => {
      if (wish.kind !== 'choose' || !allowed(context, wish)) return [];
      const { path, values } = wish;
      const choices = values.map((value) => ({ value, source: 'the policy', edits: [set(path, value)] }));
      const question = `Which of the values that the policy accepts fits ${path.join('.')}?`;
      return [{ question, path, about: aboutOf(path), trial: [], choices }];
    });
  },
};

/** Whether something may go that the policy does not accept, and that is no right to be taken away. */
function mayGo(wish: Wish): Question[] {
  const path = pathOf(wish);
  if (!isRemoval(wish) || isLabel(path)) return [];
  const edits = [remove(path)];
  const source = 'the policy, which does not accept what stands there';
  const question = `Can ${path.join('.')} go?`;
  return [{ question, path, about: aboutOf(path), trial: edits, choices: [{ value: null, source, edits }] }];
}

/** Scalars under the same path in other manifests of the kind. */
function seenElsewhere({ object, siblings }: FixContext, path: Path): { value: Json; source: string }[] {
  const found = new Map<Json, string>();
  for (const { object: other, file } of siblings) {
    const value = other.kind === object.kind ? valueAt(other, path) : undefined;
    if (value !== undefined && value !== null && !isObject(value) && !Array.isArray(value) && !found.has(value))
      found.set(value, `${titleOf(other)} in ${file}`);
  }
  return [...found].slice(0, 6).map(([value, source]) => ({ value, source }));
}

/**
 * Edits that the expressions of violated policies spell out (the one value, or the bound, that they accept), and questions
 * for values that nobody stated. Last, where no other fixer knows better what the edit means.
 */
export const cel: Fixer = {
  name: 'cel',
  propose(context) {
    return wishesFor(context).flatMap(({ policy, wish }): Proposal[] => {
      if (wish.kind !== 'edit' || !allowed(context, wish) || isRemoval(wish)) return [];
      const { op, path } = wish.edit;
      const where = path.join('.');
      const summary = op === 'remove' ? `remove ${where}, which ${policy} forbids` : `${where} as ${policy} asks`;
      return [{ by: 'cel', summary, edits: [wish.edit], cost: 4 }];
    });
  },
  ask(context) {
    return wishesFor(context).flatMap(({ wish }): Question[] => {
      if (!allowed(context, wish)) return [];
      if (wish.kind !== 'present') return mayGo(wish);
      if (elsewhere(wish.path)) return [];
      const { path, pattern } = wish;
      return [
        {
          question: `Which value has ${path.join('.')}${pattern ? ` (the policy accepts ${pattern})` : ''}?`,
          path,
          about: aboutOf(path),
          trial: [set(path, pattern.replaceAll('*', 'opsline') || 'opsline')],
          choices: seenElsewhere(context, path).map(({ value, source }) => ({
            value,
            source,
            edits: [set(path, value)],
          })),
        },
      ];
    });
  },
};
