import { isObject, type Json, type JsonObject } from '../../../src/manifest/json.ts';
import { type Meaning, UNKNOWN, value } from '../cel/meaning.ts';
import type { Path } from '../edits.ts';
import type { Way } from '../wish.ts';
import type { Rule, Term } from './terms.ts';

/** What variables stand for. */
export type Bindings = ReadonlyMap<string, Meaning>;

/** A module with what it is asked about. */
export interface Reading {
  readonly rules: readonly Rule[];
  readonly object: Json;
  readonly parameters: Json;
  /** What stands for parts of `input` while a statement is read (`with`), the outermost first. */
  readonly instead?: readonly { readonly target: readonly string[]; readonly meaning: Meaning }[];
  /** `data.inventory`: the other objects by namespace, version, kind and name; undefined where the code does not look at it. */
  readonly inventory?: Json;
  /** Steps left: hostile code is given up, not waited for. */
  readonly budget: { left: number };
  /** Whether a rule was passed that would do as well as others, and of which no way is known. */
  readonly doubt: { any: boolean };
  readonly depth: number;
  /** How conditions would be made to stand (`wishes.ts`, which reads with what is here). */
  readonly wishes: Wishes;
}

export interface Wishes {
  /** Ways to make a condition hold, or not hold. */
  readonly of: (reading: Reading, term: Term, bindings: Bindings, want: boolean) => Way[];
  /** Ways to make all statements of a body hold, or not all of them. */
  readonly body: (reading: Reading, body: readonly Term[], bindings: Bindings, want: boolean) => Way[];
  /** Ways to leave the set that rules make empty, or to have something in it. */
  readonly set: (reading: Reading, rules: readonly Rule[], some: boolean) => Way[];
}

/** One of the results of an expression, with the variables that it binds. */
export interface Result {
  readonly meaning: Meaning;
  readonly bindings: Bindings;
}

const MOST_DEPTH = 8;

export const bound = (bindings: Bindings, name: string, meaning: Meaning): Bindings =>
  name === '_' ? bindings : new Map([...bindings, [name, meaning]]);

/** Rules of a name; what a package adds before it does not matter here. */
export const rulesOf = ({ rules }: Reading, name: string): readonly Rule[] =>
  rules.filter((rule) => rule.fallback === undefined && rule.name === (name.split('.').at(-1) ?? name));

/** What counts where no rule of a name gives anything. */
export const fallbackOf = ({ rules }: Reading, name: string): Term | undefined =>
  rules.find((rule) => rule.fallback && rule.name === name)?.value;

/** What has to hold where a rule is asked for as a condition: its body, and a value that is not false. */
export const conditionsOf = ({ body, value, key }: Rule): readonly Term[] =>
  value === undefined || key !== undefined || (value.kind === 'literal' && value.value === true)
    ? body
    : [...body, value];

/** A name that stands for itself alone. */
export const nameIn = (term: Term | undefined): string | undefined =>
  term?.kind === 'ref' && typeof term.head === 'string' && term.steps.length === 0 ? term.head : undefined;

/** Whether a term is a variable that stands for nothing yet: no rule's name either. */
export function isFree(reading: Reading, term: Term | undefined, bindings: Bindings): boolean {
  const name = nameIn(term);
  if (name === undefined || bindings.has(name)) return false;
  return rulesOf(reading, name).length === 0 && fallbackOf(reading, name) === undefined;
}

/** A module's rules one step further in. */
export const deeper = (reading: Reading): Reading | undefined =>
  reading.depth >= MOST_DEPTH || reading.budget.left-- <= 0 ? undefined : { ...reading, depth: reading.depth + 1 };

/** The bindings under which a rule is read for given arguments. */
export function entered(rule: Rule, args: readonly Meaning[]): Bindings {
  let bindings: Bindings = new Map();
  for (const [i, arg] of rule.args.entries())
    if (arg.kind === 'ref' && typeof arg.head === 'string' && arg.steps.length === 0)
      bindings = bound(bindings, arg.head, args[i] ?? UNKNOWN);
  return bindings;
}

/** Lists whose items are more than a policy asks for. */
const MADE_BY_OWNERS =
  /^(?:containers|initContainers|ephemeralContainers|volumes|volumeMounts|env|ports|rules|subjects)$/;

export const madeByOwners = (path: Path): boolean => MADE_BY_OWNERS.test(String(path.at(-1)));

/** The item that a list would have that is not there yet. */
export const firstOf = (meaning: Meaning): readonly Meaning[] =>
  meaning.kind === 'place' && meaning.value === undefined && !madeByOwners(meaning.path)
    ? [{ kind: 'place', path: [...meaning.path, 0], value: undefined }]
    : [];

/** What a name stands for at the root of a reference, and how many of its steps that takes. */
export function root(
  reading: Reading,
  name: string,
  steps: readonly Term[],
): { meaning: Meaning; used: number } | undefined {
  if (
    name === 'data' &&
    reading.inventory !== undefined &&
    steps[0]?.kind === 'literal' &&
    steps[0].value === 'inventory'
  )
    return { meaning: { kind: 'value', value: reading.inventory, seen: true }, used: 1 };
  const replaced = reading.instead?.findLast(
    ({ target: [head, ...rest] }) =>
      head === name && rest.every((word, i) => steps[i]?.kind === 'literal' && steps[i].value === word),
  );
  if (replaced) return { meaning: replaced.meaning, used: replaced.target.length - 1 };
  if (name !== 'input') return undefined;
  const [first, second] = steps.map((term) => (term.kind === 'literal' ? term.value : undefined));
  const whole: Meaning = { kind: 'place', path: [], value: reading.object };
  if (first === 'parameters') return { meaning: value(reading.parameters), used: 1 };
  if (first === 'review' && second === 'object') return { meaning: whole, used: 2 };
  if (first === 'review')
    return {
      meaning: {
        kind: 'map',
        fields: new Map([
          ...Object.entries(reviewOf(reading.object)).map(([key, item]) => [key, value(item)] as const),
          ['object', whole],
        ]),
      },
      used: 1,
    };
  return steps.length === 0
    ? {
        meaning: {
          kind: 'map',
          fields: new Map([
            ['parameters', value(reading.parameters)],
            ['review', root(reading, 'input', [{ kind: 'literal', value: 'review' }])?.meaning ?? UNKNOWN],
          ]),
        },
        used: 0,
      }
    : undefined;
}

/** What a request to create the object says beside it. */
function reviewOf(object: Json): JsonObject {
  const { apiVersion, kind, metadata } = isObject(object) ? object : {};
  const { name, namespace } = isObject(metadata) ? metadata : {};
  const [version = '', group = ''] = String(apiVersion ?? '')
    .split('/')
    .reverse();
  return {
    operation: 'CREATE',
    kind: { group, version, kind: kind ?? '' },
    ...(name === undefined ? {} : { name }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** A value of a constant map, with the place that its key stands in. */
export function lookedUpBy(key: Meaning, map: Meaning, found: Meaning): Meaning {
  const all = map.kind === 'value' && !map.seen ? map.value : undefined;
  if (key.kind !== 'place' || found.kind !== 'value' || !isObject(all)) return found;
  return { ...found, by: { path: key.path, map: all, within: [] } };
}
