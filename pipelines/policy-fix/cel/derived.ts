import { equalJson } from '../../../src/manifest/json.ts';
import { networkOf } from '../../../src/networks.ts';
import { FAR_AHEAD } from '../defaults.ts';
import { applyEdits, type Path, remove, set } from '../edits.ts';
import { keysOf, type Way } from '../wish.ts';
import { addressesLike, isAddress, OVER_TLS_BECAUSE, READ_AS, saferURL } from './addresses.ts';
import { type Meaning, UNKNOWN, value, valueNow } from './meaning.ts';
import { isNode, type Node } from './parse.ts';
import { type Condition, itemsOf, nameOf, resolve, truth, variableOf, withName } from './resolve.ts';
import { OF_TEXT, textsLike } from './texts.ts';
import { edit, MOST_WAYS } from './ways.ts';

/** Whether an expression, variables included, calls a function or method of which `is` holds. */
function calls(part: unknown, scope: Condition['scope'], is: (name: string, method: boolean) => boolean): boolean {
  if (Array.isArray(part)) return part.some((each) => calls(each, scope, is));
  if (!isNode(part) || scope.budget.left-- <= 0) return false;
  if ((part.op === 'call' || part.op === 'rcall') && is(part.args[0], part.op === 'rcall')) return true;
  if (part.op === '.' && nameOf(part.args[0]) === 'variables') {
    const variable = variableOf(scope, String(part.args[1]));
    return variable !== undefined && calls(variable.node, variable.scope, is);
  }
  return calls(part.args, scope, is);
}

/** Whether an expression reads a text as an address: a URL, an IP address, a network. */
export const readsAddress = (node: unknown, scope: Condition['scope']): boolean =>
  calls(node, scope, (name, method) => !method && (isAddress(name) || Object.hasOwn(READ_AS, name)));

/** Whether an expression takes a text apart, or reads a point in time or an address out of it. */
const takesApart = (node: unknown, scope: Condition['scope']): boolean =>
  readsAddress(node, scope) ||
  calls(node, scope, (name, method) => (method ? Object.hasOwn(OF_TEXT, name) : name === 'timestamp'));

/** A place, or the one of the text of which a name stands for a `part`. */
type Place = Meaning & { readonly kind: 'place'; readonly part?: true };

/** The scalars of the object that an expression reads. */
function placesIn(part: unknown, scope: Condition['scope']): Place[] {
  if (Array.isArray(part)) return part.flatMap((each) => placesIn(each, scope));
  if (!isNode(part) || scope.budget.left-- <= 0) return [];
  const place = resolve({ node: part, scope });
  if (part.op === 'id' && place.kind === 'value' && place.within?.again)
    return [{ kind: 'place', path: place.within.path, value: place.within.text, part: true }];
  if (place.kind === 'place') return place.path.length > 0 && typeof place.value !== 'object' ? [place] : [];
  if (part.op === '.' && nameOf(part.args[0]) === 'variables') {
    const variable = variableOf(scope, String(part.args[1]));
    return variable ? placesIn(variable.node, variable.scope) : [];
  }
  return placesIn(part.args, scope);
}

/** The texts that an expression states, in lists and variables, too. */
function wordsIn(part: unknown, scope: Condition['scope']): string[] {
  if (Array.isArray(part)) return part.flatMap((each) => wordsIn(each, scope));
  if (!isNode(part) || scope.budget.left-- <= 0) return [];
  const found = resolve({ node: part, scope });
  const stated = found.kind === 'value' && !found.within;
  if (stated && typeof found.value === 'string') return [found.value];
  if (stated && Array.isArray(found.value)) return found.value.filter((word) => typeof word === 'string');
  if (part.op === '.' && nameOf(part.args[0]) === 'variables') {
    const variable = variableOf(scope, String(part.args[1]));
    return variable ? wordsIn(variable.node, variable.scope) : [];
  }
  return wordsIn(part.args, scope);
}

/** The names of an expression as they would be with another text in a place. */
function withText(scope: Condition['scope'], at: Path, text: string): Condition['scope'] {
  const other = (meaning: Meaning): Meaning => {
    const within = meaning.kind === 'value' ? meaning.within : undefined;
    if (within?.again && equalJson([...within.path], [...at]))
      return { kind: 'value', value: within.again(text) ?? null, within: { ...within, text } };
    if (meaning.kind !== 'place' || !meaning.path.every((key, i) => key === at[i])) return meaning;
    const rest = at.slice(meaning.path.length);
    return { ...meaning, value: applyEdits({ at: meaning.value ?? {} }, [set(['at', ...rest], text)]).at };
  };
  return { ...scope, names: new Map([...scope.names].map(([name, meaning]) => [name, other(meaning)])) };
}

/** More texts than these are not tried. */
const MOST_TEXTS = 200;

/** Any text like one that stands in a place with which an expression holds, or does not. */
function exampleFor({ node, scope }: Condition, want: boolean, { path, value }: Place): string | undefined {
  const now = typeof value === 'string' ? value : undefined;
  const words = [...new Set(wordsIn(node, scope))].slice(0, 20);
  const texts = readsAddress(node, scope) ? addressesLike(now, words) : textsLike(path, now, words);
  return texts.slice(0, MOST_TEXTS).find((text) => truth({ node, scope: withText(scope, path, text) }) === want);
}

/**
 * What is said of parts of one text of the object (`schedule.split(' ')[0] != '*'`, `url(x).getHost()`): which other text has such
 * parts is not read out of it, but that it has to be another.
 */
export function otherText({ node, scope }: Condition, want: boolean): Way[] {
  const places = placesIn(node, scope);
  if (!places.some(({ part }) => part) && !takesApart(node, scope)) return [];
  const [first, ...others] = places;
  if (!first || first.key || others.some(({ path }) => path.join('\0') !== first.path.join('\0'))) return [];
  if (first.value !== undefined && typeof first.value !== 'string') return [];
  const isTime = calls(node, scope, (name, method) => !method && name === 'timestamp');
  const example = isTime ? FAR_AHEAD : exampleFor({ node, scope }, want, first);
  const secure = saferURL(first.value);
  if (secure !== undefined && truth({ node, scope: withText(scope, first.path, secure) }) === want)
    return [[{ kind: 'choose', path: first.path, values: [secure], source: OVER_TLS_BECAUSE }]];
  if (example === undefined && readsAddress(node, scope)) return [];
  return [[{ kind: 'present', path: first.path, pattern: '', ...(example === undefined ? {} : { example }) }]];
}

/**
 * The network of one address that a policy states, where a list is to have an item that fits a condition about networks
 * (`except.exists(x, cidr(x).containsIP('192.0.2.1'))`), or one that it states itself.
 */
export function networkThatFits({ node, scope }: Condition, label: string): string | undefined {
  if (!readsAddress(node, scope)) return undefined;
  const words = wordsIn(node, withName(scope, label, UNKNOWN));
  const networks = words.map((word) => networkOf(word) ?? word);
  return networks.find((network) => truth({ node, scope: withName(scope, label, value(network)) }) === true);
}

/** The list whose distinct members are counted: `list.distinct().size()`. */
function distinctIn(node: Node | undefined): Node | undefined {
  return node?.op === 'rcall' && node.args[0] === 'distinct' ? node.args[1] : undefined;
}

/** Where the item of a list stands that a place is, or lies in; a variable is known by its name. */
const itemAt = (path: Path): Path =>
  /(?:^|\.)env\.name$/.test(keysOf(path))
    ? path
    : path.slice(0, path.findLastIndex((key) => typeof key === 'number') + 1);

/** Lists that hold nothing twice (`x.distinct().size() == x.size()`): one of two that are the same goes. */
export function onlyOnce(left: Node | undefined, right: Node | undefined, scope: Condition['scope']): Way[] {
  const list = distinctIn(left) ?? distinctIn(right);
  const items = list ? (itemsOf(resolve({ node: list, scope })) ?? []) : [];
  const groups = Map.groupBy(
    items.filter((item): item is Place => item.kind === 'place' && !item.key && item.path.some(Number.isInteger)),
    (item) => JSON.stringify(valueNow(item)),
  );
  const twice = [...groups.values()].find(({ length }) => length > 1) ?? [];
  return twice.slice(0, MOST_WAYS).map(({ path }) => edit(remove(itemAt(path))));
}
