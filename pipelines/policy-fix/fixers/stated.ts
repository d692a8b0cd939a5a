import { type Json, type JsonObject, listAt, valueAt } from '../../../src/manifest/json.ts';
import { isCustomKind } from '../../../src/policy/custom-kinds.ts';
import { append, applyEdits, type Edit, type Path, remove, set } from '../edits.ts';
import { wordsAt } from '../field-words.ts';
import { completedLike, lackingOf } from '../items.ts';
import { statedWishes } from '../statements.ts';
import { goesUnasked, isOwners, keysOf, ordersCompany, pathOfWish, type Stated, type Wish } from '../wish.ts';
import { allowed, isNewVariable, neighboursOf } from './allowed.ts';
import { otherBudget } from './budgets.ts';
import { fittedText } from './fitted-text.ts';
import type { FixContext, Fixer, Proposal, Question } from './fixer.ts';
import { argumentDue, argumentGoes, commandDue, itemGoes, sourceGoes, variableRenamed } from './item-goes.ts';
import { isPeers, valuesFor } from './offered-values.ts';
import { otherAction } from './other-action.ts';
import { heldBy, standIn } from './stand-in.ts';
import { aboutOf, insteadOf, isRemoval } from './stated-words.ts';
import { givenUpInstead } from './subjects.ts';
import { newVariable } from './variables.ts';
import { alternatives, keptOf, liesApart, MOST_ALTERNATIVES, otherReference } from './ways-out.ts';

/** Places whose values have fixers of their own, which know where to look for them. */
const elsewhere = (path: Path): boolean => /Probe$|^(?:limits|requests|resources)$/.test(String(path.at(-1)));

/** Fields that their neighbours mean nothing without: another value takes the place of one that is not accepted. */
const NEEDED =
  /^(?:path|cidr|topologyKey|whenUnsatisfiable|provisioner|serviceAccountName|storageClassName|ingressClassName|targetRevision|project)$/;

/** Whether a scalar is all that its list holds: the list is there for something, so another takes its place. */
function isLast(object: Json, path: Path): boolean {
  const list = typeof path.at(-1) === 'number' ? valueAt(object, path.slice(0, -1)) : undefined;
  return Array.isArray(list) && list.length === 1 && typeof list[0] !== 'object';
}

/** A peer of a NetworkPolicy goes where others are left: it only lets something in. */
function peerGoes(object: Json, path: Path): Edit[] {
  const peer = path.slice(0, -2);
  const list = valueAt(object, peer.slice(0, -1));
  return path.at(-2) === 'ipBlock' && Array.isArray(list) && list.length > 1 ? [remove(peer)] : [];
}

/** A plain value may go from a list that holds others. */
const oneOfMany = (object: JsonObject, path: Path): Edit[] =>
  neighboursOf(object, path).length > 0 ? [remove(path)] : [];

/** Whether something stays whatever a policy says of it: labels, and the host without which an Ingress's rule takes every host. */
const neverGoes = (path: Path): boolean => path.at(-2) === 'labels' || keysOf(path) === 'spec.rules.host';

/** Whether something may go that the policy does not accept, and that is no right to be taken away. */
function mayGo(context: FixContext, one: Stated): Question[] {
  const { object } = context;
  const { wish } = one;
  const path = pathOfWish(wish);
  if (!isRemoval(wish) || neverGoes(path)) return [];
  const now = valueAt(object, path);
  const source = 'the policy, which does not accept what stands there';
  if (NEEDED.test(String(path.at(-1))) || isLast(object, path))
    return [
      {
        question: `Which value has ${path.join('.')} instead of ${now}?${insteadOf(object, one)}`,
        path,
        about: aboutOf(path),
        trial: [set(path, 'opsline')],
        choices: [
          ...peerGoes(object, path).map((edit) => ({ value: null, source, edits: [edit] })),
          ...valuesFor(context, path, `!${now}`)
            .filter(({ value }) => value !== now)
            .map(({ value, source }) => ({ value, source, edits: [set(path, value)] })),
        ],
      },
    ];
  const edits = [remove(path)];
  const where = `${path.join('.')}${typeof now === 'object' ? '' : ` (${now})`}`;
  const goes = { value: null, source, edits };
  // A word may be needed there: then another one takes its place.
  const word = typeof now === 'string' && typeof path.at(-1) === 'string' && path.at(-2) !== 'annotations';
  const others =
    word || (typeof now === 'number' && typeof path.at(-1) === 'string')
      ? valuesFor(context, path, `!${now}`).filter(({ value }) => value !== now)
      : [];
  return [
    {
      question: others.length > 0 || word ? `Can ${where} go, or what takes its place?` : `Can ${where} go?`,
      path,
      about: aboutOf(path),
      trial: word ? [set(path, 'opsline')] : edits,
      choices: [goes, ...others.map((other) => ({ ...other, edits: [set(path, other.value)] }))],
    },
  ];
}

/** Whether a way takes away nothing but a word of a few that Kubernetes knows, and all other ways are questions themselves. */
const onlyAsked = (object: JsonObject, { wish, way = [], ways = [] }: Stated): boolean =>
  way.length === 1 &&
  wordsAt(object, pathOfWish(wish)).length > 1 &&
  ways.length > 1 &&
  ways.every((other) => other === way || (other.length > 0 && other.every((wish) => wish.kind !== 'edit')));

/** Whether something that a policy does not accept may be left out: it names no value instead, and what it means is not the default. */
const mayBeAbsent = (object: JsonObject, wish: Wish & { kind: 'present' }): boolean =>
  wish.optional === true &&
  // A budget without its number keeps nothing running.
  object.kind !== 'PodDisruptionBudget' &&
  /^!/.test(wish.pattern) &&
  valueAt(object, wish.path) !== undefined &&
  !NEEDED.test(String(wish.path.at(-1))) &&
  wordsAt(object, wish.path).length === 0;

const LIKE_OTHERS = 'the policy, which accepts it; what it does not name is as in the items that are there';

/** The only value or the bound that a policy accepts where people have to say whether it will do, or those of which any will. */
function accepted({ object }: FixContext, { wish, ways = [] }: Stated): Question[] {
  if (wish.kind !== 'edit' || wish.edit.op === 'remove') return [];
  const { op, path } = wish.edit;
  const alike = ways.flatMap(([other, ...more]) =>
    other?.kind === 'edit' && more.length === 0 && other.edit.op === op && other.edit.path.join('.') === path.join('.')
      ? [other.edit]
      : [],
  );
  const edits = alike.length > 1 ? alike.slice(0, MOST_ALTERNATIVES) : [wish.edit];
  const said = edits.map(({ value }) => (typeof value === 'object' ? JSON.stringify(value) : value)).join(' or ');
  const question = `Will ${op === 'append' ? 'also ' : ''}${said} do for ${path.join('.')}?`;
  const source = `the policy, which accepts it${keptOf(path)}`;
  const choices = edits.map((edit) => ({ value: edit.value, source, edits: [edit] }));
  const list = valueAt(object, path);
  const lacking = op === 'append' && Array.isArray(list) ? lackingOf(wish.edit.value, list) : [];
  if (lacking.length > 0) {
    const which = `Which item with ${said} comes into ${path.join('.')}, and with which ${lacking.join(', ')}?`;
    const whole = Array.isArray(list) ? completedLike(wish.edit.value, list) : undefined;
    const like = whole === undefined ? [] : [{ value: whole, source: LIKE_OTHERS, edits: [append(path, whole)] }];
    return [{ question: which, path, about: aboutOf(path), trial: like[0]?.edits ?? [wish.edit], choices: like }];
  }
  return [{ question, path, about: aboutOf(path), trial: [wish.edit], choices }];
}

/** The list that an edit puts an item into, or takes one out of. */
function listOf({ edit }: Extract<Wish, { kind: 'edit' }>): Path | undefined {
  if (edit.op === 'append') return edit.path;
  return edit.op === 'remove' && typeof edit.path.at(-1) === 'number' ? edit.path.slice(0, -1) : undefined;
}

/** The edits of a wish's way that change the same list, where there are several. */
function together({ wish, way = [] }: Stated): Extract<Wish, { kind: 'edit' }>[] {
  const list = wish.kind === 'edit' ? listOf(wish)?.join('.') : undefined;
  const same = way.flatMap((other) => (other.kind === 'edit' && listOf(other)?.join('.') === list ? [other] : []));
  if (list === undefined || same.length < 2) return [];
  // From the end, so that what goes first does not move the others.
  const at = ({ edit }: (typeof same)[number]): number => (edit.op === 'remove' ? Number(edit.path.at(-1)) : -1);
  return same.sort((a, b) => at(b) - at(a));
}

/** Whether a way takes all verbs or resources of a role's rule away, without which it is none. */
function emptiesRule(object: JsonObject, one: Stated): boolean {
  const wishes = together(one);
  const path = wishes[0] && listOf(wishes[0]);
  if (path?.[0] !== 'rules') return false;
  const left = valueAt(
    applyEdits(
      object,
      wishes.map(({ edit }) => edit),
    ),
    path,
  );
  return Array.isArray(left) && left.length === 0;
}

/** Whether a list may hold what a policy accepts: items that come and go together are asked about once. */
function asList(context: FixContext, one: Stated): Question[] {
  const wishes = together(one);
  const path = wishes[0] && listOf(wishes[0]);
  if (!path || !(one.sole || wishes.every((wish) => isOwners({ ...one, wish })))) return [];
  const edits = wishes.map(({ edit }) => edit);
  const value = valueAt(applyEdits(context.object, edits), path) ?? null;
  const question = `Will ${JSON.stringify(value)} do for ${path.join('.')}?`;
  const choices = [{ value, source: 'the policy, which accepts it', edits }];
  return [{ question, path, about: aboutOf(path), whole: true, trial: edits, choices }];
}

/** Of a role's rule whose verbs and resources do not go together, what goes: the one or the other, each from its own list. */
function whichRight(object: JsonObject, wish: Wish, all: readonly Edit[][]): Question[] | undefined {
  const singles = all.flatMap((edits) => (edits.length === 1 ? edits : []));
  const [first] = singles;
  if (!first || singles.length < all.length || singles.some(({ path }) => path[0] !== 'rules' || path.length !== 4))
    return undefined;
  if (JSON.stringify(pathOfWish(wish)) !== JSON.stringify(first.path)) return [];
  const kept = singles.filter(({ path }) => listAt(object, path.slice(0, -1)).length > 1);
  const choices = kept.map((edit) => {
    const list = edit.path.slice(0, -1);
    const left = valueAt(applyEdits(object, [edit]), list) ?? null;
    return {
      value: left,
      source: `the policy, which accepts ${list.at(-1)} without ${valueAt(object, edit.path)}`,
      edits: [edit],
    };
  });
  const named = singles.map(({ path }) => `${path.join('.')} (${valueAt(object, path)})`).join(' or ');
  return [
    {
      question: `Which of these goes: ${named}?`,
      path: first.path,
      about: aboutOf(first.path),
      whole: true,
      trial: [first],
      choices,
    },
  ];
}

/**
 * Of a list that holds too many items, or of fields that exclude one another, which ones stay: one question, asked with the first of
 * its ways.
 */
function whichStay({ object }: FixContext, { wish, ways = [] }: Stated): Question[] | undefined {
  const distinct = [...new Map(ways.map((way) => [JSON.stringify(way), way])).values()];
  const all = distinct.map((way) => way.flatMap((one) => (one.kind === 'edit' && isRemoval(one) ? [one.edit] : [])));
  const holders = new Set(all.flat().map(({ path }) => JSON.stringify(path.slice(0, -1))));
  const path = all[0]?.[0]?.path.slice(0, -1);
  if (distinct.length < 2 || !path) return undefined;
  if (holders.size > 1) return whichRight(object, wish, all);
  // Which field of a custom kind needs which no schema tells: the policy says that one does without the other.
  const stays = (path: Path): boolean => neverGoes(path) || (!isCustomKind(object) && NEEDED.test(String(path.at(-1))));
  if (all.flat().some((edit) => stays(edit.path))) return undefined;
  if (all.some((edits, at) => edits.length === 0 || edits.length < (distinct[at]?.length ?? 0))) return undefined;
  if (JSON.stringify(wish) !== JSON.stringify(distinct[0]?.[0])) return [];
  const source = 'the policy, which accepts no more';
  const choices = all.map((edits) => ({ value: valueAt(applyEdits(object, edits), path) ?? null, source, edits }));
  const left = choices[0]?.value;
  const question = Array.isArray(left)
    ? `Which items of ${path.join('.')} stay? The policy accepts ${left.length}.`
    : `What of ${path.join('.')} stays?`;
  return [{ question, path, about: aboutOf(path), whole: true, trial: all[0] ?? [], choices }];
}

/** What else a policy takes at the place of a wish (`host.endsWith(a) || host.endsWith(b)`), as patterns. */
function otherPatterns({ wish, ways = [] }: Stated): string[] {
  return ways.flatMap(([only, ...more]) =>
    wish.kind === 'present' &&
    only?.kind === 'present' &&
    more.length === 0 &&
    only.path.join('.') === wish.path.join('.') &&
    only.pattern !== '' &&
    only.pattern !== wish.pattern
      ? [only.pattern]
      : [],
  );
}

/** The values that patterns of which any will do lead to at a place, each once. */
function valuesOfEach(context: FixContext, path: Path, patterns: readonly string[]): ReturnType<typeof valuesFor> {
  const all = patterns.flatMap((pattern) => valuesFor(context, path, pattern));
  return all.filter(({ value }, at) => all.findIndex((other) => other.value === value) === at);
}

/**
 * Edits that the expressions and rules of violated policies spell out (the one value, or the bound, that they accept), and questions
 * for values that nobody stated. Last, where no other fixer knows better what the edit means.
 */
export const stated: Fixer = {
  name: 'stated',
  propose(context) {
    return statedWishes(context).flatMap((one): Proposal[] => {
      const { policy, wish, sole } = one;
      if (wish.kind !== 'edit' || !allowed(context, wish) || isRemoval(wish) || isOwners(one)) return [];
      // Of several ways out, which one is a matter of what the object is for, unless it is a right that goes.
      if (!sole && (!goesUnasked(wish.edit.path) || ordersCompany(one))) return [];
      const { op, path } = wish.edit;
      const where = path.join('.');
      const summary = op === 'remove' ? `remove ${where}, which ${policy} forbids` : `${where} as ${policy} asks`;
      return [{ by: 'stated', summary, edits: [wish.edit], cost: 4 }];
    });
  },
  ask(context) {
    const wishes = statedWishes(context);
    // Of a place that has to be there, and has to be something, the latter is asked.
    const patterned = new Set(
      wishes.flatMap(({ wish }) => (wish.kind === 'present' && wish.pattern !== '' ? wish.path.join('.') : [])),
    );
    // What has to hold something else that is wanted comes to be with it.
    const holders = new Set(
      wishes.flatMap(({ wish, sole }) =>
        sole && !(wish.kind === 'edit' && wish.edit.op === 'remove')
          ? pathOfWish(wish).map((_, at) => pathOfWish(wish).slice(0, at).join('.'))
          : [],
      ),
    );
    const isGivenUp = givenUpInstead(wishes);
    const asked = wishes.flatMap((one): Question[] => {
      const { wish, sole } = one;
      if (wish.kind === 'present' && wish.pattern === '') {
        const where = wish.path.join('.');
        if (patterned.has(where) || holders.has(where)) return [];
      }
      if (isGivenUp(wish)) return [];
      const item = itemGoes(context, wish);
      if (item.length > 0) return item;
      const action = otherAction(context, wish);
      if (action.length > 0) return action;
      const source = [...sourceGoes(context, wish), ...variableRenamed(context, wish)];
      if (source.length > 0) return source;
      const command = commandDue(context, wish);
      if (command.length > 0) return command;
      const argument = argumentGoes(context, wish);
      if (argument.length > 0) return argument;
      const due = [...argumentDue(context, one), ...(sole ? otherBudget(context.object, wish) : [])];
      if (due.length > 0) return due;
      if (!allowed(context, wish) || emptiesRule(context.object, one)) return [];
      if (wish.kind === 'edit' && wish.edit.op === 'append' && isNewVariable(context.object, wish)) {
        const variable = newVariable(context, wish.edit);
        if (variable.length > 0) return variable;
      }
      const stay = isRemoval(wish) ? whichStay(context, one) : undefined;
      if (stay) return stay;
      if (isOwners(one) || isRemoval(wish)) {
        const list = asList(context, one);
        if (list.length > 0) return list;
      }
      const others = sole || one.left ? undefined : alternatives(one, (other) => allowed(context, other));
      const reference = otherReference(one, (other) => allowed(context, other));
      if (reference) return reference;
      if (isOwners(one)) return others && liesApart(one) ? others : accepted(context, one);
      if (wish.kind !== 'present') {
        const goes = mayGo(context, one);
        if (!others || onlyAsked(context.object, one)) return goes;
        // Beside what is not understood it would rather lead past the policy, unless another of a few words is meant.
        const told = !one.unread || wordsAt(context.object, pathOfWish(wish)).length > 1;
        return others.length > 0 ? others : told ? goes.map((question) => ({ ...question, last: true })) : [];
      }
      if (elsewhere(wish.path)) return [];
      const { path, pattern, example, holds } = wish;
      const where = path.join('.');
      const also = otherPatterns(one);
      const accepts = pattern ? ` (the policy accepts ${[pattern, ...also].join(' or ')})` : '';
      const goes = mayBeAbsent(context.object, wish);
      return [
        {
          question: goes
            ? `Can ${where} (${valueAt(context.object, path)}) go, or what takes its place${accepts}?`
            : `Which value has ${where}${accepts}?${insteadOf(context.object, one)}`,
          path,
          about: aboutOf(path),
          trial: [
            set(
              path,
              isPeers(path)
                ? [{ podSelector: {} }]
                : holds
                  ? heldBy(context.object, path, holds)
                  : (example ??
                    fittedText(valueAt(context.object, path), pattern) ??
                    standIn(context.object, path, pattern)),
            ),
          ],
          choices: [
            ...(goes
              ? [{ value: null, source: 'the policy, which asks for nothing there', edits: [remove(path)] }]
              : []),
            ...[...peerGoes(context.object, path), ...oneOfMany(context.object, path)].map((edit) => ({
              value: null,
              source: 'the policy, which does not accept what stands there',
              edits: [edit],
            })),
            ...valuesOfEach(context, path, [pattern, ...also]).map(({ value, source }) => ({
              value,
              source,
              edits: [set(path, value)],
            })),
          ],
        },
      ];
    });
    return asked.map((question) => ({ ...question, stated: true }));
  },
};
