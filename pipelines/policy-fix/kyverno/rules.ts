import { isObject, type Json, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import type { KubeObject } from '../../../src/policy/violation.ts';
import type { Path } from '../edits.ts';
import { type FixContext, podSpecPath } from '../fixers/fixer.ts';
import { isLabel, ofPatterns, onlyLabels, type Stated, stated, type Way, type Wish } from '../wish.ts';
import { joined, meant, writesOneOf } from './any-of.ts';
import { isLeftOut } from './deny.ts';
import { enclosed } from './embedded.ts';
import { namesFor, withContext } from './names.ts';
import { type Names, operand } from './operand.ts';
import { wishes } from './pattern.ts';
import { membersOf, nowOf } from './trace.ts';
import type { Traced } from './traced.ts';
import { deniesWhatever } from './unconditional.ts';
import { emptied, notDenied } from './whatever.ts';

/** How deep loops in loops are followed, and how many items of a list. */
const MOST_LOOPS = 3;
const MOST_ITEMS = 200;

const MOST_PATTERNS = 4;

/** `$(…)` and `{{ … }}` of a pattern, replaced by what they are now; a pattern with something unknown asks nothing there. */
function filled(pattern: Json, names: Names): Json {
  if (Array.isArray(pattern)) return pattern.map((item) => filled(item, names));
  if (isObject(pattern))
    return Object.fromEntries(Object.entries(pattern).map(([key, item]) => [key, filled(item, names)]));
  if (typeof pattern !== 'string' || !pattern.includes('{{')) return pattern;
  return nowOf(operand(pattern, names)) ?? pattern;
}

interface Validate {
  readonly pattern?: Json;
  readonly anyPattern?: Json;
  readonly deny?: { readonly conditions?: Json; readonly [more: string]: Json };
  readonly foreach?: Json;
}

function wishesOf(
  rule: string,
  validate: Validate,
  names: Names,
  object: Json,
  base: Path,
  preconditions: Json | undefined,
): Stated[] {
  const any = Array.isArray(validate.anyPattern) ? validate.anyPattern.slice(0, MOST_PATTERNS) : [];
  const asked = (pattern: Json): Way => wishes(filled(pattern, names), valueAt(object, base), base);
  const ways = joined(ofPatterns(meant(any, any.map(asked), object, base)));
  // Of several labels of which any will do, which one is true only people know; one may be an exemption.
  const sole = ways.length === 1 || !(ways.some(onlyLabels) || writesOneOf(ways, object));
  return [
    ...(validate.pattern === undefined ? [] : asked(validate.pattern)).map((wish) => ({
      policy: rule,
      wish,
      sole: true,
    })),
    ...ways.flatMap((way) => way.map((wish) => ({ policy: rule, wish, sole, ways }))),
    ...stated(rule, notDenied(validate.deny, preconditions, names, base)),
  ];
}

/** What the loops of a rule ask of each item of their lists. */
function looped(
  rule: string,
  foreach: Json | undefined,
  names: Names,
  object: Json,
  base: Path,
  depth: number,
): Stated[] {
  if (!Array.isArray(foreach) || depth > MOST_LOOPS) return [];
  return foreach.flatMap((loop) => {
    if (!isObject(loop) || typeof loop.list !== 'string') return [];
    const expression = loop.list.replace(/^\{\{|\}\}$/g, '');
    const { preconditions } = loop;
    if (preconditions === undefined && deniesWhatever(loop.deny)) return stated(rule, emptied(expression, names));
    const list = operand(`{{ ${expression} }}`, names);
    return (membersOf(list) ?? []).slice(0, MOST_ITEMS).flatMap((element, at) => {
      const traced: Traced = element;
      const inner = withContext(
        loop.context,
        new Map([
          ...names,
          ['element', traced],
          [`element${depth}`, traced],
          ['elementIndex', { kind: 'value', value: at }],
        ]),
      );
      if (isLeftOut(preconditions, inner)) return [];
      // Scalars and items that the loop leaves in the whole object's scope are looked at through the object.
      const scoped = element.kind === 'place' && isObject(element.value) && loop.elementScope !== false;
      return [
        ...wishesOf(rule, loop as Validate, inner, object, scoped ? element.path : base, preconditions),
        ...looped(rule, loop.foreach, inner, object, base, depth + 1),
      ];
    });
  });
}

/** Whether preconditions choose objects by what they do, not by what they are called or say of themselves. */
const readsBeyondMetadata = (preconditions: Json | undefined): boolean =>
  /\brequest\.object\.(?!metadata\b|kind\b|apiVersion\b)/.test(JSON.stringify(preconditions ?? null));

/** A label of one value: of an object that does something special it is a statement that somebody has to make. */
const isFixedLabel = (wish: Wish): boolean =>
  wish.kind === 'edit' && wish.edit.op === 'set' && wish.edit.path.at(-2) === 'labels' && isLabel(wish.edit.path);

/** A number that takes the place of another one that is written as a text: Kyverno compares both alike. */
function asWritten(wish: Wish, object: Json): Wish {
  if (wish.kind !== 'edit' || wish.edit.op !== 'set' || typeof wish.edit.value !== 'number') return wish;
  const [now, value] = [valueAt(object, wish.edit.path), String(wish.edit.value)];
  const isNumber = typeof now === 'string' && /^\d+(?:\.\d+)?$/.test(now) && now !== value;
  return isNumber ? { ...wish, edit: { ...wish.edit, value } } : wish;
}

const known = new WeakMap<FixContext, readonly Stated[]>();

/** Everything that the violated rules of Kyverno's policies ask for; rules about pods reach templates, too. Read once for a context. */
export function ruleWishes(context: FixContext): readonly Stated[] {
  const found = known.get(context) ?? readRules(context);
  known.set(context, found);
  return found;
}

/** A violated rule, where the pod that it is about has its place, and the names that stand in it. */
interface Violated {
  readonly rule: JsonObject;
  readonly base: Path;
  readonly names: Names;
}

/** The rules of a policy of Kyverno's among those that are violated, as they see an object. */
export function violatedRules(document: KubeObject, violated: readonly string[], object: JsonObject): Violated[] {
  if (!String(document.apiVersion).startsWith('kyverno.io/')) return [];
  const all: readonly KubeObject[] = Array.isArray(document.spec?.rules) ? document.spec.rules : [];
  return all.flatMap((rule) => {
    const name = String(rule?.name ?? '');
    const said = violated.find(
      (other) => other === name || other === `autogen-${name}` || other === `autogen-cronjob-${name}`,
    );
    if (said === undefined) return [];
    const pod = podSpecPath(object);
    const base = said === name || !pod ? [] : pod.slice(0, -1);
    return [{ rule: rule as JsonObject, base, names: withContext(rule.context, namesFor(object, base)) }];
  });
}

function readRules({ policies, object }: FixContext): Stated[] {
  return policies.flatMap(({ documents, rules }) =>
    documents.flatMap((document) =>
      violatedRules(document, rules, object).flatMap(({ rule, base, names }) => {
        const validate = (rule.validate ?? {}) as Validate;
        const said = `rule ${rule.name}`;
        const asked = [
          ...wishesOf(said, validate, names, object, base, rule.preconditions),
          ...looped(said, validate.foreach, names, object, base, 0),
        ];
        const declared = readsBeyondMetadata(rule.preconditions);
        const taken = asked.map((one) => (declared && isFixedLabel(one.wish) ? { ...one, sole: false } : one));
        const sole = taken.flatMap((one) => (one.sole ? [one.wish] : []));
        return taken.flatMap((one) =>
          enclosed(one.wish, object, one.sole ? sole : one.way).map((wish) => ({
            ...one,
            wish: asWritten(wish, object),
          })),
        );
      }),
    ),
  );
}
