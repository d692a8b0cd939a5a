import { isObject, type Json, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import { type Edit, type Path, remove, set } from '../edits.ts';
import { type FixContext, type Fixer, type Proposal, podSpecPath } from './fixer.ts';

/** A wish of a pattern: a value it would accept, that something be absent, or that something be there. */
export type Wish =
  | { readonly kind: 'edit'; readonly edit: Edit }
  | { readonly kind: 'choose'; readonly path: Path; readonly values: readonly string[] }
  | { readonly kind: 'present'; readonly path: Path; readonly pattern: string };

const ANCHOR = /^([=+^<X]?)\((.*)\)$/;

/** The value a pattern's scalar accepts, if there is exactly one or a smallest. Operators as Kyverno documents them. */
function accepted(pattern: string): { value: Json } | { choices: string[] } | undefined {
  const parts = pattern.split('|').map((part) => part.trim());
  if (parts.length > 1) {
    const plain = parts.filter((part) => !/[*?!<>&]/.test(part) && part !== '');
    return plain.length === 0 ? undefined : { choices: plain };
  }
  const bound = /^(>=|<=|>|<)\s*(\d+)$/.exec(pattern);
  if (bound) {
    const limit = Number(bound[2]);
    return { value: bound[1] === '>' ? limit + 1 : bound[1] === '<' ? limit - 1 : limit };
  }
  const range = /^(\d+)-(\d+)$/.exec(pattern);
  if (range) return { value: Number(range[1]) };
  const negated = /^!\s*(true|false)$/.exec(pattern);
  if (negated) return { value: negated[1] === 'false' };
  if (/[*?!<>&]|\{\{/.test(pattern) || pattern === '') return undefined;
  return { value: pattern };
}

function scalar(pattern: Json, current: Json | undefined, path: Path): Wish[] {
  if (typeof pattern === 'boolean' || typeof pattern === 'number')
    return current === pattern ? [] : [{ kind: 'edit', edit: set(path, pattern) }];
  if (pattern === null) return current === undefined || current === null ? [] : [{ kind: 'edit', edit: remove(path) }];
  if (typeof pattern !== 'string') return [];
  const wish = accepted(pattern);
  if (wish && 'choices' in wish) {
    const first = wish.choices[0] as string;
    // `true | false` and a runtime default are no question of taste; the rest is.
    if (wish.choices.includes('RuntimeDefault')) return [{ kind: 'edit', edit: set(path, 'RuntimeDefault') }];
    if (wish.choices.length === 1) return [{ kind: 'edit', edit: set(path, typed(first)) }];
    return [{ kind: 'choose', path, values: wish.choices }];
  }
  if (wish) {
    const value = typeof wish.value === 'string' ? typed(wish.value) : wish.value;
    return current === value ? [] : [{ kind: 'edit', edit: set(path, value) }];
  }
  return current === undefined ? [{ kind: 'present', path, pattern }] : [];
}

/** Kyverno compares `"true"` in a pattern with the boolean; labels and annotations are handled where strings are asked. */
const typed = (text: string): Json => (text === 'true' ? true : text === 'false' ? false : text);

/**
 * Reads a Kyverno validate pattern against an object and says what would satisfy it. Anchors: `=(k)` only where k is,
 * `(k)` only where k holds, `X(k)` k must be absent, `+(k)` add, `^(k)` and `<(k)` at least one or anywhere.
 */
export function wishes(pattern: Json | undefined, value: Json | undefined, path: Path = []): Wish[] {
  if (pattern === undefined) return [];
  if (Array.isArray(pattern)) {
    const [first] = pattern;
    if (!Array.isArray(value)) return [];
    if (isObject(first)) return value.flatMap((item, i) => wishes(first, item, [...path, i]));
    return [];
  }
  if (!isObject(pattern)) return scalar(pattern, value, path);
  const current = isObject(value) ? value : undefined;
  const entries = Object.entries(pattern).map(([key, below]) => {
    const [, anchor, inner] = ANCHOR.exec(key) ?? [];
    return { anchor: inner === undefined ? undefined : (anchor ?? ''), key: inner ?? key, below };
  });
  // A condition that does not hold makes the whole map pass.
  for (const { anchor, key, below } of entries) {
    if (anchor === '' || anchor === '<') {
      if (current?.[key] === undefined || wishes(below, current[key], []).length > 0) return [];
    }
  }
  return entries.flatMap(({ anchor, key, below }) => {
    const at = [...path, key];
    const here = current?.[key];
    if (anchor === 'X') return here === undefined ? [] : [{ kind: 'edit' as const, edit: remove(at) }];
    if (anchor === '' || anchor === '<') return [];
    if (anchor === '=' && here === undefined) return [];
    const labelled =
      path.at(-1) === 'labels' || path.at(-1) === 'annotations' || key === 'labels' || key === 'annotations';
    return wishes(labelled ? stringly(below) : below, here, at);
  });
}

/** Label values are strings: what a pattern writes as a number or boolean is meant as one. */
function stringly(pattern: Json): Json {
  return typeof pattern === 'boolean' || typeof pattern === 'number' ? String(pattern) : pattern;
}

/** The patterns of the violated rules, with the place of the object they are meant for (pod rules reach templates too). */
export function patternsFor(context: FixContext): { rule: string; pattern: Json; base: Path }[] {
  const found: { rule: string; pattern: Json; base: Path }[] = [];
  for (const { documents, rules } of context.policies) {
    for (const document of documents) {
      if (!String(document.apiVersion).startsWith('kyverno.io/')) continue;
      for (const rule of Array.isArray(document.spec?.rules) ? document.spec.rules : []) {
        const name = String(rule?.name ?? '');
        const violated = rules.find(
          (violation) =>
            violation === name || violation === `autogen-${name}` || violation === `autogen-cronjob-${name}`,
        );
        if (violated === undefined) continue;
        const pod = podSpecPath(context.object);
        const base = violated === name || !pod ? [] : pod.slice(0, -1);
        const validate = rule.validate ?? {};
        for (const pattern of [validate.pattern, ...(validate.anyPattern ?? []).slice(0, 1)])
          if (pattern !== undefined) found.push({ rule: name, pattern, base });
        for (const each of validate.foreach ?? []) found.push(...foreachPatterns(each, name, base, context.object));
      }
    }
  }
  return found;
}

const FOREACH_LIST = /^request\.object\.([A-Za-z0-9_.]+)(?:\[\])?$/;

/** A foreach over a plain list of the object asks its pattern of every item. */
function foreachPatterns(
  each: { list?: unknown; pattern?: Json },
  rule: string,
  base: Path,
  object: JsonObject,
): { rule: string; pattern: Json; base: Path }[] {
  const list = FOREACH_LIST.exec(String(each?.list ?? ''))?.[1]?.split('.');
  if (!list || each.pattern === undefined) return [];
  const path = [...base, ...list];
  const items = valueAt(object, path);
  return Array.isArray(items) ? items.map((_, i) => ({ rule, pattern: each.pattern as Json, base: [...path, i] })) : [];
}

/** What only people decide, whatever a pattern says: what an object is called, where it lives and which image it runs. */
const NEVER =
  /^(?:apiVersion|kind|metadata\.(?:name|namespace|generateName|labels.*|annotations.*|uid))$|(?:^|\.)(?:image|name|selector)(?:\.|$)/;

/** Whether an edit would start a probe, a volume or a port of which the pattern says only one field. */
export function isFragment(object: JsonObject, path: Path): boolean {
  const at = path.findIndex(
    (key) => typeof key === 'string' && /Probe$|^lifecycle$|^volumes$|^ports$|^tls$|^rules$/.test(key),
  );
  return at !== -1 && at < path.length - 1 && valueAt(object, path.slice(0, at + 1)) === undefined;
}

/** Edits that a violated Kyverno pattern spells out itself. */
export const kyvernoPattern: Fixer = {
  name: 'kyverno-pattern',
  propose(context) {
    return patternsFor(context).flatMap(({ rule, pattern, base }) =>
      wishes(pattern, valueAt(context.object, base), base).flatMap((wish): Proposal[] => {
        if (wish.kind !== 'edit' || NEVER.test(wish.edit.path.filter((key) => typeof key === 'string').join('.')))
          return [];
        if (isFragment(context.object, wish.edit.path)) return [];
        const where = wish.edit.path.join('.');
        const summary =
          wish.edit.op === 'remove' ? `remove ${where}, which rule ${rule} forbids` : `${where} as rule ${rule} asks`;
        // Deleting a whole list or map is no edit of a value: the policy's owner and the app's must agree on that.
        if (wish.edit.op === 'remove' && isObject(valueAt(context.object, wish.edit.path))) return [];
        return [{ by: 'kyverno-pattern', summary, edits: [wish.edit], cost: 0 }];
      }),
    );
  },
  ask(context) {
    return patternsFor(context).flatMap(({ pattern, base }) =>
      wishes(pattern, valueAt(context.object, base), base).flatMap((wish) =>
        wish.kind === 'choose' && !NEVER.test(wish.path.filter((key) => typeof key === 'string').join('.'))
          ? [
              {
                question: `Which of the values that the policy accepts fits ${wish.path.join('.')}?`,
                path: wish.path,
                about: [String(wish.path.at(-1)).toLowerCase()],
                trial: [],
                choices: wish.values.map((value) => ({
                  value: typed(value),
                  source: 'the policy',
                  edits: [set(wish.path, typed(value))],
                })),
              },
            ]
          : [],
      ),
    );
  },
};
