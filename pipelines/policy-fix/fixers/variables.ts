import { isObject, type Json, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import { append, type Edit, type Path, remove } from '../edits.ts';
import { saidAfter } from '../statements.ts';
import { containersOf, type FixContext, type Fixer, podSpecPath, type Question, titleOf } from './fixer.ts';
import { exampleOf } from './parameters.ts';

/** What the policies would accept of a variable if it stood there: values, the pattern of them, and a text for a trial. */
function acceptedOf(
  context: FixContext,
  path: Path,
  name: string,
): { values: string[]; pattern: string; example: string } {
  const env = valueAt(context.object, path);
  const place = [...path, Array.isArray(env) ? env.length : 0, 'value'];
  const said = saidAfter(context, [append(path, { name, value: STAND_IN })], place);
  const values = said.flatMap(({ wish }) =>
    wish.kind === 'choose'
      ? wish.values.map(String)
      : wish.kind === 'edit' && wish.edit.op === 'set' && typeof wish.edit.value === 'string'
        ? [wish.edit.value]
        : [],
  );
  const open = said.flatMap(({ wish }) => (wish.kind === 'present' ? [wish] : []));
  const pattern = open.find(({ pattern }) => pattern.startsWith('^'))?.pattern ?? '';
  const stoodIn = open[0]?.example ?? (pattern === '' ? STAND_IN : exampleOf(pattern));
  return { values: [...new Set(values)], pattern, example: values[0] ?? stoodIn };
}

/** Which value a variable has that a policy wants a container to have: it says the name, and another rule of it maybe some values. */
export function newVariable(context: FixContext, { path, value }: Edit & { readonly value: Json }): Question[] {
  const { object, siblings } = context;
  if (!isObject(value) || typeof value.name !== 'string' || Object.keys(value).length > 1) return [];
  const { name } = value;
  const at = path.slice(0, -1);
  const { values, pattern, example } = acceptedOf(context, path, name);
  const seen = new Map<string, { value: Json; source: string; edits: Edit[] }>();
  const see = (of: JsonObject, source: string): void => {
    for (const container of containersOf(of))
      for (const item of Array.isArray(container.json.env) ? container.json.env : [])
        if (isObject(item) && item.name === name && !seen.has(JSON.stringify(item)))
          seen.set(JSON.stringify(item), {
            value: item,
            source: `container ${container.name}${source}`,
            edits: [append(path, item)],
          });
  };
  for (const value of values) {
    const item = { name, value };
    seen.set(JSON.stringify(item), { value: item, source: 'the policy', edits: [append(path, item)] });
  }
  see(object, ' beside it');
  for (const { object: other, file } of siblings) see(other, ` of ${titleOf(other)} in ${file}`);
  return [
    {
      question: `Which value has variable ${name} of container ${valueAt(object, [...at, 'name']) ?? at.at(-1)}${pattern && ` (the policy accepts ${pattern})`}?`,
      path,
      about: ['env', name.toLowerCase()],
      whole: true,
      trial: [append(path, { name, value: example })],
      choices: [...seen.values()].slice(0, MOST_VALUES),
    },
  ];
}

/** What stands in for a value that nobody states; never offered. */
const STAND_IN = 'opsline';

/** More values of a variable than these are not offered. */
const MOST_VALUES = 6;

/** Secrets in variables: as files they are seen by whoever reads the file, and by nobody who lists the environment. */
export const variables: Fixer = {
  name: 'variables',
  propose: () => [],
  ask({ object }) {
    const pod = podSpecPath(object);
    if (!pod) return [];
    return containersOf(object).flatMap(({ path, name, json }) => {
      const mounted = (secret: string): Edit[] => {
        const volume = `secret-${secret}`
          .slice(0, 63)
          .replace(/[^a-z0-9]+$/, '')
          .replaceAll('.', '-');
        const list = valueAt(object, [...pod, 'volumes']);
        const there = Array.isArray(list) && list.some((item) => isObject(item) && item.name === volume);
        return [
          ...(there ? [] : [append([...pod, 'volumes'], { name: volume, secret: { secretName: secret } })]),
          append([...path, 'volumeMounts'], { name: volume, mountPath: `/etc/secrets/${secret}`, readOnly: true }),
        ];
      };
      const question = (key: string, i: number, secret: string, what: string, file: string): Question => {
        const list = json[key];
        const at = [...path, key];
        const edits = [Array.isArray(list) && list.length > 1 ? remove([...at, i]) : remove(at), ...mounted(secret)];
        return {
          question: `Can container ${name} read ${what} from ${file}?`,
          path: [...at, i],
          about: ['secretkeyref', 'secretref', 'envfrom', 'secret'],
          whole: true,
          trial: edits,
          choices: [{ value: file, source: `Secret ${secret}, mounted; the program has to look there`, edits }],
        };
      };
      const named = Array.isArray(json.env) ? json.env : [];
      const from = Array.isArray(json.envFrom) ? json.envFrom : [];
      return [
        ...named.flatMap((entry, i) => {
          const [secret, key] = ['name', 'key'].map((part) => valueAt(entry, ['valueFrom', 'secretKeyRef', part]));
          if (typeof secret !== 'string' || typeof key !== 'string') return [];
          const file = `/etc/secrets/${secret}/${key}`;
          return [question('env', i, secret, `variable ${valueAt(entry, ['name'])}`, file)];
        }),
        ...from.flatMap((entry, i) => {
          const secret = valueAt(entry, ['secretRef', 'name']);
          return typeof secret === 'string'
            ? [question('envFrom', i, secret, `the variables of Secret ${secret}`, `/etc/secrets/${secret}`)]
            : [];
        }),
      ].reverse();
    });
  },
};
