import { isObject, type Json, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import { type Edit, type Path, remove, set } from '../edits.ts';
import { statedWishes } from '../statements.ts';
import { pathOfWish, type Wish } from '../wish.ts';
import { containersOf, type FixContext, type Fixer, type Question, titleOf } from './fixer.ts';
import { isRemoval } from './stated-words.ts';

/** More Secrets than these are not offered for a variable. */
const MOST_SECRETS = 6;

interface Key {
  readonly name: string;
  readonly key: string;
}

/** A variable that takes its value from a key of a Secret. */
const taking = (variable: string, from: Key): JsonObject => ({
  name: variable,
  valueFrom: { secretKeyRef: { name: from.name, key: from.key } },
});

/** The place of a variable whose plain value a wish is against: it has to come from somewhere, or the value has to go. */
function plainVariable({ object }: FixContext, wish: Wish): Path | undefined {
  const path = pathOfWish(wish);
  const at = path.lastIndexOf('env');
  const [nth, field] = path.slice(at + 1);
  if (at === -1 || typeof nth !== 'number') return undefined;
  const item = path.slice(0, at + 2);
  const meant = field === 'valueFrom' ? !isRemoval(wish) : field === 'value' && isRemoval(wish);
  return meant && typeof valueAt(object, [...item, 'value']) === 'string' ? item : undefined;
}

/** How names of variables and keys of Secrets are written apart from one another: `DB_PASSWORD`, `db-password`, `dbPassword`. */
const bare = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** Where other containers take a variable of that name from, and Secrets of the namespace with a key that is called like it. */
function known({ object, siblings }: FixContext, variable: string): { from: Key; source: string }[] {
  const taken = (of: JsonObject, where: string) =>
    containersOf(of).flatMap(({ name: container, json }) =>
      (Array.isArray(json.env) ? json.env : []).flatMap((item) => {
        const [name, key] = ['name', 'key'].map((part) => valueAt(item, ['valueFrom', 'secretKeyRef', part]));
        return valueAt(item, ['name']) === variable && typeof name === 'string' && typeof key === 'string'
          ? [{ from: { name, key }, source: `container ${container}${where}` }]
          : [];
      }),
    );
  const namespaceOf = (of: JsonObject): Json => valueAt(of, ['metadata', 'namespace']) ?? 'default';
  const near = siblings.filter(({ object: other }) => namespaceOf(other) === namespaceOf(object));
  const keys = near.flatMap(({ object: other, file }) => {
    const name = other.kind === 'Secret' ? valueAt(other, ['metadata', 'name']) : undefined;
    if (typeof name !== 'string') return [];
    return [other.data, other.stringData]
      .flatMap((data) => Object.keys(isObject(data) ? data : {}))
      .filter((key) => bare(key) === bare(variable))
      .map((key) => ({ from: { name, key }, source: `${titleOf(other)} in ${file} has that key` }));
  });
  const found = [
    ...taken(object, ' beside it'),
    ...near.flatMap(({ object: other, file }) => taken(other, ` of ${titleOf(other)} in ${file}`)),
    ...keys,
  ];
  return [...new Map(found.map((one) => [`${one.from.name}/${one.from.key}`, one])).values()].slice(0, MOST_SECRETS);
}

/** Variables whose plain values a policy does not accept: from which Secret they come is known to whoever keeps it. */
export const fromSecrets: Fixer = {
  name: 'from-secrets',
  propose: () => [],
  ask(context) {
    return statedWishes(context).flatMap(({ wish }): Question[] => {
      const item = plainVariable(context, wish);
      const variable = item && valueAt(context.object, [...item, 'name']);
      if (!item || typeof variable !== 'string') return [];
      const container = valueAt(context.object, [...item.slice(0, -2), 'name']) ?? item.at(-3);
      const edits = (from: Key): Edit[] => [set(item, taking(variable, from))];
      return [
        {
          question: `From which Secret and key does variable ${variable} of container ${container} take its value${isRemoval(wish) ? ', or can it go' : ''}?`,
          path: pathOfWish(wish),
          about: ['env', 'secret'],
          stated: true,
          whole: true,
          trial: edits({ name: 'opsline', key: 'opsline' }),
          choices: [
            ...known(context, variable).map(({ from, source }) => ({
              value: `${from.name}/${from.key}`,
              source,
              edits: edits(from),
            })),
            ...(isRemoval(wish)
              ? [{ value: null, source: 'the policy, which does not accept what stands there', edits: [remove(item)] }]
              : []),
          ],
        },
      ];
    });
  },
};
