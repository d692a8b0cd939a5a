import { inspect } from 'node:util';

/** A value of an object of the API. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };
type Members = Readonly<Record<string, Value>>;

const isMembers = (value: Value): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Members whose own are names of the user's, which languages print as a map and not as a type. */
const MAPS = /^(?:labels|annotations|matchLabels|nodeSelector|data|limits|requests|hard|used|capacity|allocatable)$/;
const isMap = (key: string, value: Members) =>
  Object.values(value).every((one) => typeof one !== 'object') &&
  (MAPS.test(key) || (key === 'selector' && !('matchLabels' in value) && !('matchExpressions' in value)));

const typeOf = (key: string) => `${key[0]?.toUpperCase() ?? ''}${key.slice(1).replace(/s$/, '')}`;
const snake = (key: string) => key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();

function pythonText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inner = text
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t');
  return `${quote}${inner}${quote}`;
}

/** `repr` of Python; `names` as its client writes them, with times as its clock's. */
export function python(value: Value, client = false, key = ''): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') {
    const time = client ? /^(\d{4})-0?(\d+)-0?(\d+)T0?(\d+):0?(\d+):0?(\d+)Z$/.exec(value) : null;
    return time === null ? pythonText(value) : `datetime.datetime(${time.slice(1).join(', ')}, tzinfo=tzutc())`;
  }
  if (!isMembers(value)) return `[${value.map((one) => python(one, client, key)).join(', ')}]`;
  const plain = !client || (key !== '' && isMap(key, value));
  const own = Object.entries(value).map(
    ([name, one]) => `'${plain ? name : snake(name)}': ${python(one, client && !plain, name)}`,
  );
  return `{${[...own, ...(plain ? [] : ["'not_set': None"])].join(', ')}}`;
}

/** `fmt.Print` of an object without a type in Go: maps by key, texts without quotes. */
export function goMap(value: Value): string {
  if (value === null) return '<nil>';
  if (typeof value !== 'object') return String(value);
  if (!isMembers(value)) return `[${value.map(goMap).join(' ')}]`;
  return `map[${Object.keys(value)
    .sort()
    .map((key) => `${key}:${goMap(value[key] as Value)}`)
    .join(' ')}]`;
}

/** `toString` of a model of the Java client. */
export function java(value: Value, key: string, depth = 0): string {
  if (value === null || typeof value !== 'object') return String(value);
  if (!isMembers(value)) return `[${value.map((one) => java(one, key, depth)).join(', ')}]`;
  if (isMap(key, value))
    return `{${Object.entries(value)
      .map(([name, one]) => `${name}=${one}`)
      .join(', ')}}`;
  const pad = '    '.repeat(depth);
  const own = Object.entries(value).map(([name, one]) => `${pad}    ${name}: ${java(one, name, depth + 1)}\n`);
  return `class V1${typeOf(key)} {\n${own.join('')}${pad}}`;
}

/** A hash of Ruby. */
export function ruby(value: Value): string {
  if (value === null) return 'nil';
  if (typeof value !== 'object') return JSON.stringify(value);
  if (!isMembers(value)) return `[${value.map(ruby).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([key, one]) => `${JSON.stringify(key)}=>${ruby(one)}`)
    .join(', ')}}`;
}

/** A value of Terraform's console. */
export function hcl(value: Value, pad = ''): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const own = isMembers(value)
    ? Object.entries(value).map(([key, one]) => `${pad}  ${JSON.stringify(key)} = ${hcl(one, `${pad}  `)}\n`)
    : value.map((one) => `${pad}  ${hcl(one, `${pad}  `)},\n`);
  return isMembers(value) ? `{\n${own.join('')}${pad}}` : `[\n${own.join('')}${pad}]`;
}

/** A line for each path, as gron prints it. */
export function paths(value: Value, path = 'json'): string[] {
  if (value === null || typeof value !== 'object') return [`${path} = ${JSON.stringify(value)};`];
  if (!isMembers(value)) return [`${path} = [];`, ...value.flatMap((one, index) => paths(one, `${path}[${index}]`))];
  const step = (key: string) => (/^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`);
  return [`${path} = {};`, ...Object.entries(value).flatMap(([key, one]) => paths(one, `${path}${step(key)}`))];
}

const kindOf = (value: Value) => (isMembers(value) ? String(value.kind) : '');

/** Objects as programs print them, by what they are printed with. */
export const languages: Readonly<Record<string, (objects: readonly Value[]) => string>> = {
  python: (objects) => objects.map((one) => python(one)).join('\n'),
  'python-list': (objects) => python({ apiVersion: 'v1', items: objects, kind: 'List' }),
  'python-client': (objects) => objects.map((one) => python(one, true)).join('\n'),
  go: (objects) => objects.map(goMap).join('\n'),
  java: (objects) => objects.map((one) => java(one, kindOf(one))).join('\n'),
  ruby: (objects) => objects.map(ruby).join('\n'),
  javascript: (objects) => objects.map((one) => inspect(one, { depth: null, maxArrayLength: null })).join('\n'),
  hcl: (objects) => objects.map((one) => hcl(one)).join('\n'),
  gron: (objects) => paths({ apiVersion: 'v1', items: objects, kind: 'List' }).join('\n'),
  'json-string': (objects) =>
    JSON.stringify(JSON.stringify({ apiVersion: 'v1', items: objects, kind: 'List' }, null, 2)),
  'tool-result': (objects) => JSON.stringify({ content: [{ type: 'text', text: JSON.stringify(objects) }] }),
};
