import { isObject, type Json } from '../../src/json.ts';

const ACRONYMS = /^(?:API|URL|UID|OSB|GUID)$/i;

/** `lastTransitionTime` → `Last Transition Time`, as kubectl labels keys; one with other signs in it stays as it is. */
function label(key: string): string {
  if (!/^[A-Za-z-]+$/.test(key)) return key;
  const words = key.replaceAll(/([a-z])([A-Z])/g, '$1 $2').replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2');
  return words.replaceAll(/\S+/g, (word) =>
    ACRONYMS.test(word) ? word.toUpperCase() : word.replace(/^./, (letter) => letter.toUpperCase()),
  );
}

type Row = readonly [string] | readonly [string, string];

function rows(value: Json, indent: string): Row[] {
  return Object.keys(value)
    .toSorted()
    .flatMap((key): Row[] => {
      const name = `${indent}${label(key)}:`;
      const member = value[key];
      if (Array.isArray(member))
        return [
          [name],
          ...member.flatMap((one): Row[] =>
            isObject(one) ? rows(one, `${indent}  `) : [[`${indent}  ${String(one)}`]],
          ),
        ];
      if (isObject(member)) return [[name], ...rows(member, `${indent}  `)];
      return [[name, member === null ? '<nil>' : String(member)]];
    });
}

/** Values stand in one column as far as each line has one, two spaces after the longest key at least. */
function aligned(all: readonly Row[]): string[] {
  return all.map((row, index) => {
    const [name, value] = row;
    if (value === undefined) return name;
    const before = all.slice(0, index).findLastIndex((other) => other.length === 1);
    const after = all.findIndex((other, at) => at > index && other.length === 1);
    const block = all.slice(before + 1, after < 0 ? all.length : after);
    return `${name.padEnd(Math.max(...block.map(([other]) => other.length)))}  ${value}`.trimEnd();
  });
}

/** A custom resource as `kubectl describe` prints it: keys in words and in order, lists without dashes, values as they are. */
export function described(resource: {
  readonly [key: string]: unknown;
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly [key: string]: unknown; readonly name: string; readonly namespace?: string };
}): string {
  const { metadata, ...rest } = resource;
  const { name, namespace = '', labels, annotations, ...others } = metadata;
  const pairs = (title: string, map: unknown, sign: string): Row[] => {
    const texts = isObject(map)
      ? Object.entries(map).map(([key, value]) => `${key}${sign}${String(value)}`)
      : ['<none>'];
    return texts.map((text, index): Row => [index === 0 ? title : '', text]);
  };
  const all: Row[] = [
    ['Name:', name],
    ['Namespace:', namespace],
    ...pairs('Labels:', labels, '='),
    ...pairs('Annotations:', annotations, ': '),
    ...rows({ ...rest, metadata: others }, ''),
  ];
  return [...aligned(all), 'Events:  <none>', ''].join('\n');
}
