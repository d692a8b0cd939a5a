import { isObject, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import { type Edit, type Path, remove, set } from '../edits.ts';
import { keysOf, pathOfWish, type Stated, type Wish } from '../wish.ts';
import type { FixContext, Question } from './fixer.ts';
import { aboutOf, isRemoval } from './stated-words.ts';

/** Lists whose items are told apart by name, and go as a whole; kinds that an Argo CD project permits are told by group and kind. */
const ITEMS =
  /(?:^|\.)(?:(?:env|imagePullSecrets)\.name|subjects\.(?:kind|name)|tolerations\.(?:key|operator))$|\.(?:cluster|namespace)Resource(?:White|Black)list\.(?:group|kind)$/;

/** An item of a list as a question calls it: by its name; a subject with its kind, a toleration of everything as it stands. */
function calledIn(object: JsonObject, path: Path): string {
  const item = path.slice(0, -1);
  const name = valueAt(object, [...item, 'name']);
  const unnamed = /^(?:operator|group|kind)$/.test(String(path.at(-1))) && name === undefined;
  if (unnamed || valueAt(object, path) === undefined) return JSON.stringify(valueAt(object, item));
  const named = String(valueAt(object, path));
  return path.at(-1) === 'kind' ? `${named} ${name}` : named;
}

/** Whether a toleration lacks the key that a policy asks of it: without one it tolerates everything. */
const isBoundless = (object: JsonObject, wish: Wish): boolean =>
  wish.kind === 'present' &&
  wish.pattern === '' &&
  /(?:^|\.)tolerations\.key$/.test(keysOf(wish.path)) &&
  isObject(valueAt(object, wish.path.slice(0, -1))) &&
  valueAt(object, wish.path) === undefined;

/** Whether a subject would be of another kind: that is somebody else, so the one that is there may go. */
const isOtherKind = (object: JsonObject, { op, path }: Edit): boolean =>
  op === 'set' && /(?:^|\.)subjects\.kind$/.test(keysOf(path)) && valueAt(object, path) !== undefined;

/** Whether an item may go whose name a policy does not accept. */
export function itemGoes({ object }: FixContext, wish: Wish): Question[] {
  const path = pathOfWish(wish);
  const unwanted =
    wish.kind === 'present'
      ? wish.pattern.startsWith('!')
      : wish.kind === 'edit' && (wish.edit.op === 'remove' || isOtherKind(object, wish.edit));
  if (!(unwanted || isBoundless(object, wish)) || !ITEMS.test(keysOf(path)) || typeof path.at(-2) !== 'number')
    return [];
  const at = path.slice(0, -1);
  const list = valueAt(object, at.slice(0, -1));
  const edits = [remove(Array.isArray(list) && list.length === 1 && at.includes('env') ? at.slice(0, -1) : at)];
  return [
    {
      question: `Can ${calledIn(object, path)} go from ${at.slice(0, -1).join('.')}?`,
      path: at,
      about: aboutOf(at),
      trial: edits,
      choices: [{ value: null, source: 'the policy, which does not accept it', edits }],
    },
  ];
}

/**
 * Whether a variable, or all variables of a source, may go where a policy does not accept where they come from: without a source
 * Kubernetes takes neither.
 */
export function sourceGoes({ object }: FixContext, wish: Wish): Question[] {
  const path = pathOfWish(wish);
  const up = path.at(-2) === 'valueFrom' ? -2 : path.at(-3) === 'envFrom' ? -1 : undefined;
  if (!isRemoval(wish) || up === undefined) return [];
  const item = path.slice(0, up);
  const list = valueAt(object, item.slice(0, -1));
  const edits = [remove(Array.isArray(list) && list.length === 1 ? item.slice(0, -1) : item)];
  const called = up === -2 ? `variable ${valueAt(object, [...item, 'name'])}` : `the variables of ${item.join('.')}`;
  return [
    {
      question: `Does the container do without ${called}, or where else does it come from?`,
      path,
      about: aboutOf(path),
      trial: edits,
      choices: [{ value: null, source: 'the policy, which does not accept its source', edits }],
    },
  ];
}

/** A name without what only its spelling is: letters' case and what stands between words. */
const spokenName = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** Whether a variable's name may be spelled as a policy asks: its program has to read it by that name then. */
export function variableRenamed({ object }: FixContext, wish: Wish): Question[] {
  if (wish.kind !== 'edit' || wish.edit.op !== 'set' || !/(?:^|\.)env\.name$/.test(keysOf(wish.edit.path))) return [];
  const { path, value } = wish.edit;
  const item = path.slice(0, -1);
  const now = valueAt(object, path);
  const others = valueAt(object, item.slice(0, -1));
  const taken = Array.isArray(others) && others.some((other) => valueAt(other, ['name']) === value);
  if (typeof now !== 'string' || typeof value !== 'string' || taken) return [];
  if (spokenName(now) !== spokenName(value)) return [];
  const source = 'the policy, which accepts it; the program has to read the variable by that name';
  return [
    {
      question: `Can variable ${now} be called ${value} in ${item.slice(0, -1).join('.')}?`,
      path,
      about: aboutOf(path),
      trial: [wish.edit],
      choices: [{ value, source, edits: [wish.edit] }],
    },
  ];
}

/** Which command a probe or hook runs instead of one that a policy does not accept. */
export function commandDue({ object }: FixContext, wish: Wish): Question[] {
  const path = pathOfWish(wish);
  const unwanted = isRemoval(wish) || (wish.kind === 'present' && wish.pattern.startsWith('!'));
  if (!unwanted || path.at(-3) !== 'exec' || path.at(-2) !== 'command') return [];
  return [
    {
      question: `What does ${path.slice(0, -3).join('.')} run instead of ${valueAt(object, path)}?`,
      path,
      about: aboutOf(path),
      trial: [set(path, 'opsline')],
      choices: [],
    },
  ];
}

/** Whether a program does without an argument that a policy does not accept: nobody but its owner knows what it is for. */
export function argumentGoes({ object }: FixContext, wish: Wish): Question[] {
  const path = pathOfWish(wish);
  const container = valueAt(object, path.slice(0, -2));
  if (!isRemoval(wish) || !/^(?:args|command)$/.test(String(path.at(-2))) || !isObject(container)) return [];
  const now = valueAt(object, path);
  // What a command begins with is the program itself.
  if (typeof now !== 'string' || typeof path.at(-1) !== 'number' || (path.at(-2) === 'command' && path.at(-1) === 0))
    return [];
  const edits = [remove(path)];
  return [
    {
      question: `Does container ${container.name} do without its argument ${now}?`,
      path,
      about: aboutOf(path),
      trial: edits,
      choices: [{ value: null, source: 'the policy, which does not accept it', edits }],
    },
  ];
}

/** Whether a program is started with an argument that a policy asks for; another value of the same flag gives way to it. */
export function argumentDue({ object }: FixContext, { wish, ways = [] }: Stated): Question[] {
  if (wish.kind !== 'edit' || wish.edit.op !== 'append' || typeof wish.edit.value !== 'string') return [];
  const { path, value } = wish.edit;
  const key = String(path.at(-1));
  const container = valueAt(object, path.slice(0, -1));
  if (!/^(?:args|command)$/.test(key) || !isObject(container)) return [];
  const list = container[key];
  const beside = ways.some(([other]) => other && pathOfWish(other).at(-1) === 'command');
  // A command takes the place of the image's own, and arguments without one that of its arguments.
  if (!Array.isArray(list) && (key === 'command' || (beside && Array.isArray(container.command)))) return [];
  const flag = value.includes('=') ? value.slice(0, value.indexOf('=') + 1) : undefined;
  const at = flag && Array.isArray(list) ? list.findIndex((word) => String(word).startsWith(flag)) : -1;
  const edits = [at === -1 ? wish.edit : set([...path, at], value)];
  const words = [container.command ?? [], container.args ?? []].flat();
  // Behind a script of a shell a word is an argument of the script, not of what it starts.
  const known = (Array.isArray(list) || Array.isArray(container.command)) && !words.includes('-c');
  const instead = at === -1 || !Array.isArray(list) ? '' : ` instead of ${list[at]}`;
  return [
    {
      question: `Can container ${container.name} be started with ${value}${instead}?${words.length > 0 ? '' : " Its arguments take the place of its image's own."}`,
      path: at === -1 ? path : [...path, at],
      about: aboutOf(path),
      trial: edits,
      choices: known ? [{ value, source: 'the policy, which asks for it', edits }] : [],
    },
  ];
}
