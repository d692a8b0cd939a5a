import type { Json } from '../../../json.ts';

/**
 * The metadata of an object as Go prints it within a generated struct: without names, in the order of `metav1.ObjectMeta` (name, generateName,
 * namespace, …, `map[labels]`, `map[annotations]`, `[owners]`), or with them (`Name:web,Namespace:shop,`).
 */
export function metadataOfGo(printed: string): Json {
  const labels = /(?:^|[ :])map(?:\[string\]string)?[[{]([^\]}]*)[\]}]/.exec(printed)?.[1] ?? '';
  const owners = [...printed.matchAll(/\{[a-z\d./]+ ([A-Z]\w+) ([a-z\d][a-z\d.-]*) [^{}]*\}/g)];
  const [name, , namespace] = printed.split(' ');
  return {
    ...(name === undefined || name === '' ? {} : { name }),
    ...(namespace === undefined || namespace === '' ? {} : { namespace }),
    labels: Object.fromEntries(
      labels.split(/[ ,]+/).flatMap((pair) => {
        const at = pair.indexOf(':');
        return at > 0 ? [[pair.slice(0, at), pair.slice(at + 1)]] : [];
      }),
    ),
    ownerReferences: owners.map(([, kind, owner]) => ({ kind, name: owner, controller: true })),
  };
}
