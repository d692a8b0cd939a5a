/** `spec.containers[0].image` and `metadata.labels[example.com/team]`, as Kubernetes writes fields, as keys. */
export function fieldKeys(field: string): string[] {
  return [...field.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(([, inside, plain]) =>
    inside === undefined ? (plain ?? '') : inside.replaceAll(/^"|"$/g, ''),
  );
}

/** Keys as an RFC 6901 pointer. */
export const pointerOf = (keys: readonly string[]): string =>
  keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
