import { isObject, type Json, valueAt } from '../../src/manifest/json.ts';
import type { KubeObject } from '../../src/policy/violation.ts';
import { sourcesOf } from './cel/expressions.ts';
import { append, type Edit, type Path, remove, set } from './edits.ts';
import { fitEdits } from './fit.ts';
import type { FixContext, PolicyFacts } from './fixers/fixer.ts';
import { leaves } from './fixers/parameters.ts';
import { codeOf } from './rego/inventory.ts';
import { isLabel, isNever } from './wish.ts';

/** An edit that might be meant, though nobody read that it is. */
export interface Lead {
  readonly path: Path;
  readonly value: Json;
  readonly source: string;
  readonly edits: readonly Edit[];
  /** A text that nobody means: where it is accepted as well, what the policy names is no better. */
  readonly control?: true;
}

interface Value {
  readonly value: string | number | boolean;
  readonly source: string;
}

/** The code of a policy: the Rego of its template, the CEL of its expressions and variables. */
function codeOfPolicy({ documents }: PolicyFacts): string {
  const texts = documents.flatMap((document): unknown[] => [
    ...(document.kind === 'ConstraintTemplate' ? codeOf(document) : []),
    ...sourcesOf(document).flatMap(({ expressions, variables }) => [
      ...expressions,
      ...variables.map(({ expression }) => expression),
    ]),
  ]);
  return texts.filter((text) => typeof text === 'string').join('\n');
}

const POLICY_KINDS =
  /^(?:ConstraintTemplate|ValidatingAdmissionPolicy(?:Binding)?|ClusterPolicy|Policy|(?:Namespaced)?ValidatingPolicy)$/;

/** What the parameters of a policy hold, its own constraint's or the objects that it is bound to. */
const parametersOf = ({ parameters, documents }: PolicyFacts): Json[] => [
  parameters,
  ...documents
    .filter(({ kind, apiVersion }) => !POLICY_KINDS.test(kind ?? '') && !String(apiVersion).startsWith('constraints.'))
    .map(({ spec, data, ...rest }: KubeObject) => (spec ?? data ?? rest) as Json),
];

/** Texts that are no values: messages and formats. */
const isValue = (text: string): boolean => text !== '' && text.length <= 63 && !/[\s%]/.test(text);

/** What stands before a text of code that is the name of a field: an index (`labels["app"]`), or what `object.get` looks for. */
const BEFORE_KEY = /(?:[\w\])"'}]\[\??|object\.get\((?:[^(),[\]]|\[[^[\]]*\]|\([^()]*\))*,\s*(?:\[[^[\]]*)?)$/;

/** What Rego calls its own members of a denial. */
const OWN_MEMBERS = /^(?:msg|details)$/;

/** Whether a text of code that begins and ends at some places only names a field (of those that objects have): it is no value. */
function isKey(code: string, from: number, to: number, text: string, fields: ReadonlySet<string>): boolean {
  const before = code.slice(Math.max(0, from - 200), from);
  // The first of two values of a condition, and one of a list of values.
  if (/\?\s*$/.test(before.replace(/\[\?$/, '')) || /\bin\s*\[\s*$/.test(before)) return false;
  if (/^\s*:(?!=)/.test(code.slice(to, to + 20))) return OWN_MEMBERS.test(text) || fields.has(text);
  return BEFORE_KEY.test(before);
}

/** The texts that code states as values, without the quotation marks. */
const textsIn = (code: string, fields: ReadonlySet<string>): string[] =>
  [...code.matchAll(/"((?:[^"\\\n])*)"|'([^'\\\n]*)'|`([^`\n]*)`/g)].flatMap(({ 0: all, 1: a, 2: b, 3: c, index }) => {
    const text = a ?? b ?? c ?? '';
    return isKey(code, index, index + all.length, text, fields) ? [] : [text];
  });

/** The names of all members of an object. */
function membersOf(at: Json, names = new Set<string>()): Set<string> {
  if (Array.isArray(at)) for (const item of at) membersOf(item, names);
  else if (isObject(at))
    for (const [key, item] of Object.entries(at)) {
      names.add(key);
      membersOf(item, names);
    }
  return names;
}

/** The constants that policies name, those of their parameters first: those were written for this place. */
function valuesOf({ policies, object }: Pick<FixContext, 'policies' | 'object'>): Value[] {
  const given = policies.flatMap(parametersOf).flatMap((json) =>
    [...leaves(json)].flatMap(({ value }): Value[] => {
      const source = "the policy's parameters, and its engine accepts it";
      if (typeof value === 'number') return [{ value, source }];
      if (typeof value !== 'string') return [];
      return value.split(/[\s,]+/).flatMap((part) => (isValue(part) ? [{ value: part, source }] : []));
    }),
  );
  const code = policies.map(codeOfPolicy).join('\n');
  const source = 'it stands in the policy, whose engine accepts it';
  const numbers = [...code.matchAll(/(?<![\w.])\d{1,9}(?:\.\d+)?(?![\w.])/g)].map(([text]) => Number(text));
  const named = [...textsIn(code, membersOf(object)).filter(isValue), ...numbers].map((value) => ({ value, source }));
  const all = [...given, ...named];
  return all.filter(({ value }, at) => all.findIndex((other) => other.value === value) === at);
}

/** Every place of an object that holds a scalar, or a list of such. */
function* placesOf(at: Json, path: Path = []): Generator<Path> {
  if (Array.isArray(at)) {
    if (at.every((item) => typeof item === 'string')) yield path;
    for (const [key, item] of at.entries()) if (isObject(item)) yield* placesOf(item, [...path, key]);
  } else if (isObject(at)) {
    for (const [key, item] of Object.entries(at)) yield* placesOf(item, [...path, key]);
  } else yield path;
}

/** Chains of fields that code reads: `spec.tls.mode`, `spec.?tls.?mode`. */
const chainsOf = (code: string): string[][] =>
  [...code.matchAll(/\.\??(spec(?:\.\??[A-Za-z]\w*){1,6})/g)].map(([, chain = '']) => chain.split(/\.\??/));

const lastKey = (path: Path): string => String(path.findLast((key) => typeof key === 'string'));

/** The places of an object that the policies read, also those where nothing stands. */
function placesRead({ object }: FixContext, code: string): Path[] {
  const words = new Set(code.match(/[A-Za-z_]\w*/g));
  const named = (key: string): boolean =>
    words.has(key) || [`'${key}'`, `"${key}"`].some((text) => code.includes(text));
  const there = [...placesOf(object)].filter((path) => named(lastKey(path)));
  const missing = chainsOf(code).filter(
    (path) => valueAt(object, path) === undefined && valueAt(object, path.slice(0, 1)) !== undefined,
  );
  const all = [...new Map([...there, ...missing].map((path) => [JSON.stringify(path), path])).values()];
  const open = all.filter((path) => path.length > 1 && !isNever(path) && path[0] !== 'status');
  // A label that would do in place of what the object does is an exemption.
  const deeds = open.filter((path) => path[0] !== 'metadata' && !isLabel(path));
  return deeds.length > 0 ? deeds : open;
}

const AMOUNT = /^\d+(?:\.\d+)?(?:[kMGTPE]i?|Ki|m)$/;

/** Rights: what gives one is no answer to a policy that denies. */
function grants(object: Json, { op, path, ...edit }: Edit): boolean {
  const key = lastKey(path);
  const value = 'value' in edit ? edit.value : undefined;
  // Without any range everybody may come in; with one less fewer may.
  const list = valueAt(object, path.slice(0, -1));
  const last = !Array.isArray(list) || list.length < 2;
  if (op === 'remove') return key === 'drop' || (key === 'loadBalancerSourceRanges' && last);
  if (value === true)
    return /^(?:host|privileged$|allowPrivilegeEscalation$|shareProcessNamespace$|automount)/.test(key);
  if (value === false) return /^(?:runAsNonRoot|readOnlyRootFilesystem|enabled?|tls)$/i.test(key);
  return (
    (path.includes('capabilities') && key === 'add') ||
    /^(?:Unconfined|unconfined|Unmasked|NodePort|LoadBalancer|DISABLE|\*|0\.0\.0\.0\/0|::\/0)$/.test(String(value)) ||
    (value === 0 && /^(?:runAs|fsGroup)/.test(key))
  );
}

/** The other objects of the cluster, as Gatekeeper gives them to Rego. */
const INVENTORY = /\bdata\s*(?:\.|\[\s*["`])\s*inventory\b/;

/**
 * Whether one copy is left of several, or fewer where a policy looks at other objects: what it asks of so many copies it would no
 * longer ask.
 */
const isRetreat = (object: Json, edit: Edit, code: string): boolean =>
  edit.op === 'set' &&
  lastKey(edit.path) === 'replicas' &&
  (Number(edit.value) <= 1 || INVENTORY.test(code.replaceAll(/#.*$/gm, ''))) &&
  Number(valueAt(object, edit.path)) > Number(edit.value);

/** A text with a part of it put in another way, as a constant suggests: its scheme, what it begins or ends with. */
function spliced(now: string, constant: string): string[] {
  const [, scheme, rest] = /^([a-z]+):\/\/(.*)$/.exec(now) ?? [];
  if (rest !== undefined && scheme !== constant && /^[a-z]+$/.test(constant)) return [`${constant}://${rest}`];
  if (/^[^A-Za-z0-9].*[A-Za-z0-9]$/.test(constant) && !now.endsWith(constant)) return [`${now}${constant}`];
  if (/^[A-Za-z0-9].*[-./:_]$/.test(constant) && !now.startsWith(constant)) return [`${constant}${now}`];
  return [];
}

/** A text that no policy names. */
const CONTROL = 'opsline-stand-in';

function leadsAt({ object, siblings }: FixContext, path: Path, values: readonly Value[]): Lead[] {
  const now = valueAt(object, path);
  const lead = (value: Json, source: string, edit: Edit = set(path, value)): Lead => ({
    path,
    value,
    source,
    edits: [edit],
  });
  if (typeof now === 'boolean') return [lead(!now, 'the other truth value, which the engine accepts')];
  if (Array.isArray(now))
    return [
      ...now.map((_, at) => ({
        ...lead(null, 'the rest of the list, which the engine accepts', remove([...path, at])),
        path: [...path, at],
      })),
      ...values
        .filter(({ value }) => typeof value === 'string' && !now.includes(value))
        .map(({ value, source }) => lead([...now, value], source, append(path, value))),
      { ...lead([...now, CONTROL], '', append(path, CONTROL)), control: true },
    ];
  if (typeof now === 'number')
    return values.flatMap(({ value, source }) =>
      typeof value === 'number' && value !== now ? [lead(value, source)] : [],
    );
  const elsewhere = siblings.flatMap(({ object: other, file, fileOf }): Value[] => {
    const value = other.kind === object.kind ? valueAt(other, path) : undefined;
    const source = (): string => `${fileOf?.(path) ?? file}, and the engine accepts it`;
    return typeof value === 'string' ? [{ value, source: source() }] : [];
  });
  const found = [...values, ...elsewhere].flatMap(({ value, source }): Lead[] => {
    if (typeof now === 'string' && typeof value === 'number') return [];
    if (typeof now === 'string' && AMOUNT.test(now) !== AMOUNT.test(String(value))) return [];
    const others = typeof now === 'string' ? spliced(now, String(value)) : [];
    return [value, ...others].flatMap((each) => (each === now ? [] : [lead(each, source)]));
  });
  return found.length > 0 ? [...found, { ...lead(CONTROL, ''), control: true }] : [];
}

/** The same edit in every item of a list: containers are mended alike. */
function everywhere(leads: readonly Lead[]): Lead[] {
  const shape = ({ path, value }: Lead): string =>
    JSON.stringify([path.map((key) => (typeof key === 'number' ? '' : key)), value]);
  return [...Map.groupBy(leads, shape).values()].flatMap((same) => {
    const [first] = same;
    return first && same.length > 1 ? [{ ...first, edits: same.flatMap(({ edits }) => edits) }] : [];
  });
}

/**
 * Edits of what violated policies read, to what they name: truth values turned, texts and numbers as the parameters and constants
 * have them, lists with a member less or more. Nothing of this is read out of the policy; which of them it accepts, its engine
 * says. None gives a right.
 */
export function leadsFor(context: FixContext): Lead[] {
  const code = context.policies.map(codeOfPolicy).join('\n');
  if (code === '') return [];
  const values = valuesOf(context);
  const single = placesRead(context, code)
    .flatMap((path) => leadsAt(context, path, values))
    .flatMap((lead): Lead[] => {
      const edits = fitEdits(context.object, lead.edits);
      return edits && !edits.some((edit) => grants(context.object, edit) || isRetreat(context.object, edit, code))
        ? [{ ...lead, edits }]
        : [];
    });
  return [...everywhere(single), ...single];
}
