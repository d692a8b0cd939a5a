import { literally } from '../../../src/literal.ts';
import { type Json, type JsonObject, listAt, valueAt } from '../../../src/manifest/json.ts';
import type { KubeObject } from '../../../src/policy/violation.ts';
import { OVER_TLS_BECAUSE, saferURL } from '../cel/addresses.ts';
import { type Path, set } from '../edits.ts';
import { ruleWishes } from '../kyverno/rules.ts';
import { statedWishes } from '../statements.ts';
import { pathOfWish, type Wish } from '../wish.ts';
import { containersOf, type FixContext, type Fixer, podSpecPath, sourceOf } from './fixer.ts';
import { exampleOf, fits, isKey, leaves, type RequiredKey, requiredKeys, wordsOfPattern } from './parameters.ts';

interface Known {
  readonly value: string;
  readonly source: string;
}

const textsOfDocuments = new WeakMap<KubeObject, readonly string[]>();

/** The texts that stand in a document. */
function textsOf(document: KubeObject): readonly string[] {
  const known = textsOfDocuments.get(document);
  if (known) return known;
  const texts = [...leaves(document as JsonObject)].flatMap(({ value }) => (typeof value === 'string' ? [value] : []));
  textsOfDocuments.set(document, texts);
  return texts;
}

/** Keys that a policy's code or message names: `labels["team"]`, `labels.team`, `label 'team'`. */
function namedKeys(messages: string, documents: readonly KubeObject[]): RequiredKey[] {
  const found: RequiredKey[] = [];
  // Each text by itself: what stands beside it in the document is no key that it names.
  const texts = documents.flatMap(textsOf);
  const text = [messages.slice(0, 20_000), ...texts].join('\n');
  for (const match of text.matchAll(
    /\b(labels?|annotations?)(?:\[["'`]([^"'`\]]+)["'`]\]|\.([A-Za-z0-9_]+)(?![A-Za-z0-9_]*\()|[^"'`<{\n]{0,40}["'`<{]+([A-Za-z0-9._/-]+)["'`>}]+)/gi,
  )) {
    const key = match[2] ?? match[3] ?? match[4];
    if (key && isKey(key) && key !== 'true' && key !== 'false') {
      const value = valueInMessage(messages, key);
      const where = /^label/i.test(match[1] ?? '') ? 'labels' : 'annotations';
      found.push({ key, where, allowed: value === undefined ? [] : [value] });
    }
  }
  for (const match of messages.matchAll(
    /\b(label|annotation)s?\s+([a-z0-9.-]+\/[A-Za-z0-9._-]+|[a-z0-9]+-[a-z0-9-]+)/gi,
  )) {
    const key = match[2] ?? '';
    const value = valueInMessage(messages, key);
    if (isKey(key) && value !== undefined) {
      found.unshift({ key, where: /^label/i.test(match[1] ?? '') ? 'labels' : 'annotations', allowed: [value] });
    }
  }
  return found;
}

/** The value that a message tells to give a key: `key to "value"`, `key=value`. Only what the policy says to people counts. */
function valueInMessage(messages: string, key: string): string | undefined {
  const escaped = literally(key);
  const said = new RegExp(`${escaped}["'\`]?\\s*(?:=|to|must be|should be)\\s*["'\`]([A-Za-z0-9._-]{1,63})["'\`]`).exec(
    messages,
  );
  return said?.[1];
}

/** Where the object keeps its metadata: its own, and its pod template's. */
function places(object: JsonObject): Path[] {
  const pod = podSpecPath(object);
  const template = pod && pod.length > 1 ? [...pod.slice(0, -1), 'metadata'] : undefined;
  return template ? [['metadata'], template] : [['metadata']];
}

const textAt = (object: JsonObject, place: Path, { where, key }: RequiredKey): string | undefined => {
  const value = valueAt(object, [...place, where, key]);
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** Labels that say which application an object belongs to. */
const APP_LABELS = ['app.kubernetes.io/instance', 'app.kubernetes.io/name', 'app', 'k8s-app'];

function appOf(object: JsonObject): string | undefined {
  for (const place of places(object)) {
    for (const key of APP_LABELS) {
      const value = valueAt(object, [...place, 'labels', key]);
      if (typeof value === 'string') return value;
    }
  }
  return undefined;
}

const namespaceOf = (object: JsonObject): Json => valueAt(object, ['metadata', 'namespace']) ?? 'default';

/** Values other manifests have under the key, those that stand closest first. */
function seen(context: FixContext, required: RequiredKey): { known?: Known; choices: Known[] } {
  const { object, siblings } = context;
  for (const place of places(object)) {
    const value = textAt(object, place, required);
    if (value !== undefined && fits(value, required.pattern)) {
      return {
        known: { value, source: place.length === 1 ? 'its own metadata' : 'its own pod template' },
        choices: [],
      };
    }
  }
  const app = appOf(object);
  const found: { value: string; source: () => string; near: number }[] = [];
  for (const sibling of siblings) {
    const other = sibling.object;
    for (const place of places(other)) {
      const value = textAt(other, place, required);
      if (value === undefined || !fits(value, required.pattern)) continue;
      const sameNamespace =
        namespaceOf(other) === namespaceOf(object) ||
        (other.kind === 'Namespace' && valueAt(other, ['metadata', 'name']) === namespaceOf(object));
      const sameApp = sameNamespace && app !== undefined && appOf(other) === app;
      found.push({
        value,
        source: () => sourceOf(sibling, [...place, required.where, required.key]),
        near: sameApp ? 2 : sameNamespace ? 1 : 0,
      });
    }
  }
  const own = new Set(found.filter(({ near }) => near === 2).map(({ value }) => value));
  const choices = [
    ...new Map(found.sort((a, b) => b.near - a.near).map(({ value, source }) => [value, source])).entries(),
  ].map(([value, source]) => ({ value, source: source() }));
  const sameApp = found.find(({ near }) => near === 2);
  return own.size === 1 && sameApp
    ? { known: { value: sameApp.value, source: sameApp.source() }, choices }
    : { choices };
}

/** Kyverno's wildcards as a regular expression; undefined where any text will do, or where operators stand in them. */
function regexOf(wildcards: string): string | undefined {
  if (/^[?*]*$/.test(wildcards) || /[!<>&^]|\{\{/.test(wildcards)) return undefined;
  const alternatives = wildcards.split('|').map((part) =>
    part
      .trim()
      .replaceAll(/[.+$(){}[\]\\]/g, '\\$&')
      .replaceAll('?', '.')
      .replaceAll('*', '.*'),
  );
  return alternatives.length === 1 ? `^${alternatives[0]}$` : `^(${alternatives.join('|')})$`;
}

/** What a text that has to be there has to fit; what is only said for people (a time before another one) is no pattern. */
function patternOf({ pattern, example }: Extract<Wish, { kind: 'present' }>): string | undefined {
  const read = pattern.startsWith('^') ? pattern : regexOf(pattern);
  return example === undefined || fits(example, read) ? read : undefined;
}

function required(context: FixContext): RequiredKey[] {
  const keys = new Map<string, RequiredKey>();
  for (const { parameters, messages, documents } of context.policies) {
    for (const key of [...requiredKeys(parameters), ...namedKeys(messages, documents)]) {
      const id = `${key.where}/${key.key}`;
      const old = keys.get(id);
      if (!old || (old.allowed.length === 0 && old.pattern === undefined)) keys.set(id, key);
    }
  }
  for (const { wish, sole } of ruleWishes(context)) {
    const path = pathOfWish(wish);
    const where = path.at(-2);
    const key = String(path.at(-1));
    if ((where !== 'labels' && where !== 'annotations') || path.at(-3) !== 'metadata') continue;
    if (wish.kind === 'edit' && wish.edit.op === 'remove') continue;
    const value =
      wish.kind === 'edit' && 'value' in wish.edit && typeof wish.edit.value === 'string' ? [wish.edit.value] : [];
    const pattern = wish.kind === 'present' ? patternOf(wish) : undefined;
    // Patterns of which any will do may each name a value of the same key.
    const others = sole ? [] : (keys.get(`${where}/${key}`)?.allowed ?? []);
    keys.set(`${where}/${key}`, {
      where,
      key,
      allowed: wish.kind === 'choose' ? wish.values.map(String) : [...new Set([...others, ...value])],
      ...(pattern === undefined ? {} : { pattern }),
      ...(wish.kind === 'present' && wish.pattern !== '' ? { said: wish.pattern } : {}),
      ...(sole && wish.kind !== 'choose' ? {} : { oneOfSeveral: true as const }),
      ...(wish.kind === 'present' && wish.example !== undefined ? { example: wish.example } : {}),
    });
  }
  for (const { wish, sole } of statedWishes(context)) {
    const [in_, where, key] = wish.kind === 'present' ? wish.path.slice(-3) : [];
    if (in_ !== 'metadata' || (where !== 'labels' && where !== 'annotations') || wish.kind !== 'present') continue;
    const pattern = patternOf(wish);
    const old = keys.get(`${where}/${key}`);
    const example = wish.example === undefined ? {} : { example: wish.example };
    // What passes for a point in time is no less what a pattern accepts.
    if (old && wish.example !== undefined && fits(wish.example, old.pattern)) {
      keys.set(`${where}/${key}`, { ...old, ...example });
      continue;
    }
    if (!old && sole && pattern === undefined)
      keys.set(`${where}/${key}`, { where, key: String(key), allowed: [], ...example });
    if (pattern === undefined || old?.pattern !== undefined || (old && old.allowed.length > 0)) continue;
    keys.set(`${where}/${key}`, { ...old, where, key: String(key), allowed: [], pattern });
  }
  // A key that stands everywhere already, with a value the policy lists, is not what is missing.
  return [...keys.values()].filter((key) =>
    places(context.object).some((place) => {
      const value = textAt(context.object, place, key);
      return (
        value === undefined ||
        key.example !== undefined ||
        !fits(value, key.pattern) ||
        (key.allowed.length > 0 && !key.allowed.includes(value))
      );
    }),
  );
}

/** Ports of the object's containers, for an annotation that is called after one. */
function portsFor({ object }: FixContext, { where, key, pattern }: RequiredKey): Known[] {
  if (where !== 'annotations' || !/(?:^|[./-])port$/i.test(key)) return [];
  return containersOf(object).flatMap(({ name, json }) =>
    listAt(json, ['ports']).flatMap((port) => {
      const value = String(valueAt(port, ['containerPort']));
      const called = valueAt(port, ['name']);
      const source = `port${called === undefined ? '' : ` ${called}`} of container ${name}`;
      return fits(value, pattern) ? [{ value, source }] : [];
    }),
  );
}

/** The value of a required key where it is known: the only one the policy lists, its default, or what the same application has. */
function known(context: FixContext, key: RequiredKey): { known?: Known; choices: Known[] } {
  const listed = key.allowed.length > 0 ? [...key.allowed] : wordsOfPattern(key.pattern);
  if (key.fallback !== undefined)
    return { known: { value: key.fallback, source: "the policy's default" }, choices: [] };
  if (listed.length === 1 && !key.oneOfSeveral)
    return { known: { value: listed[0] as string, source: 'the value that the policy names' }, choices: [] };
  const { known: value, choices } = seen(context, key);
  if (value && (listed.length === 0 || listed.includes(value.value))) return { known: value, choices };
  if (listed.length > 0) return { choices: listed.map((word) => ({ value: word, source: 'accepted by the policy' })) };
  return { choices: [...choices, ...portsFor(context, key)] };
}

/**
 * What stands in an annotation as the policy would accept it: with one word more where that has to be in it, or over TLS where it is
 * an address.
 */
function keptWith(object: JsonObject, path: Path, { where, pattern, said = '' }: RequiredKey): Known[] {
  const now = valueAt(object, path);
  if (where !== 'annotations' || typeof now !== 'string' || now === '' || pattern === undefined) return [];
  const word = /^\*([^*?|&!]+)\*$/.exec(said)?.[1];
  // What is no list of words (JSON, a sentence) takes no word more.
  const isList = /^[\w./:@=-]+(?:\s*,\s*[\w./:@=-]+)*$/.test(now);
  const more = word === undefined || !isList ? [] : [`${now},${word}`];
  const longer = more.map((value) => ({ value, source: 'the policy, which asks for one more' }));
  const safer = saferURL(now);
  return [...longer, ...(safer === undefined ? [] : [{ value: safer, source: OVER_TLS_BECAUSE }])].filter(({ value }) =>
    fits(value, pattern),
  );
}

const template = (place: Path): string => (place.length === 1 ? '' : ' on the pod template');

/** Where a required key is asked: where the policies' own expressions and patterns want it, else on the object and its pods. */
function askedAt(context: FixContext, { where, key }: RequiredKey): Path[] {
  const all = places(context.object);
  const named = statedWishes(context).map(({ wish }) => pathOfWish(wish).join('\0'));
  const said = all.filter((place) => named.includes([...place, where, key].join('\0')));
  return said.length > 0 ? said : all;
}

/** Required labels and annotations. Their values are never made up. */
export const labels: Fixer = {
  name: 'labels',
  propose(context) {
    return required(context).flatMap((key) => {
      const { known: value } = known(context, key);
      if (!value) return [];
      return places(context.object).flatMap((place) => {
        if (valueAt(context.object, [...place, key.where, key.key]) === value.value) return [];
        return [
          {
            by: 'labels',
            summary: `${key.where === 'labels' ? 'label' : 'annotation'} ${key.key}=${value.value}${template(place)} (${value.source})`,
            edits: [set([...place, key.where, key.key], value.value)],
            cost: place.length === 1 ? 1 : 2,
          },
        ];
      });
    });
  },
  ask(context) {
    return required(context).flatMap((key) => {
      const { known: value, choices } = known(context, key);
      if (value) return [];
      const at = askedAt(context, key);
      const path = [...(at[0] as Path), key.where, key.key];
      const said = key.said ?? key.pattern;
      const kept = keptWith(context.object, path, key);
      return [
        {
          question: `Which value should ${key.where === 'labels' ? 'label' : 'annotation'} ${key.key} have?${said ? ` The policy accepts ${said}` : ''}`,
          path,
          about: [key.key.toLowerCase()],
          trial: at.map((place) =>
            set([...place, key.where, key.key], kept[0]?.value ?? key.example ?? exampleOf(key.pattern)),
          ),
          choices: [...kept, ...choices].slice(0, 8).map(({ value, source }) => ({
            value,
            source,
            edits: at.map((place) => set([...place, key.where, key.key], value)),
          })),
        },
      ];
    });
  },
};
