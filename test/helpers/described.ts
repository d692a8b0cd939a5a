import { isObject, type Json } from '../../src/json.ts';

/** `lastTransitionTime` → `Last Transition Time`, as kubectl prints keys. */
function title(key: string): string {
  return key.replaceAll(/([a-z\d])([A-Z])/g, '$1 $2').replace(/^./, (letter) => letter.toUpperCase());
}

function lines(value: Json, indent: string): string[] {
  const keys = Object.keys(value).toSorted((a, b) => title(a).localeCompare(title(b)));
  const width = Math.max(...keys.map((key) => title(key).length), 0) + 1;
  return keys.flatMap((key): string[] => {
    const label = `${indent}${title(key)}:`;
    const member = value[key];
    if (Array.isArray(member))
      return [
        label,
        ...member.flatMap((one) => (isObject(one) ? lines(one, `${indent}  `) : [`${indent}  ${String(one)}`])),
      ];
    if (isObject(member)) return [label, ...lines(member, `${indent}  `)];
    return [`${label.padEnd(indent.length + width)}  ${String(member)}`];
  });
}

/** A custom resource as `kubectl describe` prints it: keys in words and in order, lists without dashes. */
export function described(resource: {
  readonly [key: string]: unknown;
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}): string {
  const { apiVersion, kind, metadata, ...rest } = resource;
  const { name, namespace = '', ...others } = metadata;
  return [
    `Name:         ${name}`,
    `Namespace:    ${namespace}`,
    'Labels:       <none>',
    'Annotations:  <none>',
    `API Version:  ${apiVersion}`,
    `Kind:         ${kind}`,
    'Metadata:',
    ...lines(others, '  '),
    ...lines(rest, ''),
    'Events:  <none>',
    '',
  ].join('\n');
}
