import { groupOf } from '../kubernetes/api-group.ts';
import { isClusterScoped } from '../kubernetes/cluster-wide.ts';
import { isObject, type JsonObject } from './json.ts';

/** Whether an object is of a kind that stands in no namespace, as far as its name says; kinds of others are taken for namespaced. */
export const isClusterWide = ({ kind }: JsonObject): boolean => isClusterScoped(String(kind));

/** The same where CustomResourceDefinitions among `objects` say the scope of their kinds. */
export function scopesIn(objects: readonly JsonObject[]): (object: JsonObject) => 'Cluster' | 'Namespaced' {
  const scopes = new Map(
    objects.flatMap(({ kind, spec }): [string, boolean][] => {
      if (kind !== 'CustomResourceDefinition' || !isObject(spec) || !isObject(spec.names)) return [];
      return [[`${String(spec.group)}/${String(spec.names.kind)}`, spec.scope === 'Cluster']];
    }),
  );
  return (object) => {
    const wide = scopes.get(`${groupOf(String(object.apiVersion))}/${String(object.kind)}`) ?? isClusterWide(object);
    return wide ? 'Cluster' : 'Namespaced';
  };
}
