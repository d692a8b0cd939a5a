import { isObject, type Json, type JsonObject } from '../../../src/manifest/json.ts';
import type { KubeObject } from '../../../src/policy/violation.ts';

/** The Rego of a template: its rules and those of its libraries. */
export function codeOf(template: KubeObject): string[] {
  const targets: readonly KubeObject[] = Array.isArray(template.spec?.targets) ? template.spec.targets : [];
  return targets.flatMap((target) => {
    const source = (Array.isArray(target?.code) ? target.code : []).map((code: KubeObject) => code?.source);
    return [target, ...source].flatMap((from) =>
      [from?.rego, ...(Array.isArray(from?.libs) ? from.libs : [])].filter((text) => typeof text === 'string'),
    );
  });
}

/** Objects as Gatekeeper's `data.inventory` has them. */
export function inventoryOf(objects: readonly { readonly object: JsonObject }[]): Json {
  const inventory: JsonObject = { namespace: {}, cluster: {} };
  for (const { object } of objects) {
    const { name, namespace } = isObject(object.metadata) ? object.metadata : {};
    const place = namespace === undefined ? ['cluster'] : ['namespace', String(namespace)];
    let at = inventory;
    for (const key of [...place, String(object.apiVersion), String(object.kind)]) {
      const inner = Object.hasOwn(at, key) ? at[key] : undefined;
      const next: JsonObject = isObject(inner) ? inner : {};
      if (key !== '__proto__') at[key] = next;
      at = next;
    }
    if (name !== '__proto__') at[String(name)] = object;
  }
  return inventory;
}
