import { asArray, at, type Json, objects, text } from '../../json.ts';
import type { ClusterClient } from '../../kubernetes/client.ts';
import { ReadFailure } from '../../kubernetes/failure.ts';
import type { Resource } from './resources.ts';

/** All groups with all their resources in one answer (Kubernetes 1.26 and newer), else the list of groups alone. */
const AGGREGATED = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',');
/** An older server is asked group by group; of so many at most. */
const MAX_GROUPS = 150;

export interface Discovered extends Resource {
  readonly namespaced: boolean;
}

/** Every resource of the `/apis` that can be listed, each in the version that the server prefers. Throws a `ReadFailure`. */
export async function discover(client: ClusterClient): Promise<Discovered[]> {
  const answer = await client.json('/apis', { accept: AGGREGATED });
  if (text(answer.kind) === 'APIGroupDiscoveryList') return objects(answer.items).flatMap(ofGroup);
  const groups = objects(answer.groups).slice(0, MAX_GROUPS);
  const found = await Promise.all(
    groups.map(async (group) => {
      const version = text(at(group, 'preferredVersion', 'groupVersion'));
      if (version === undefined) return [];
      // An API whose server is gone lists nothing; that it is gone, its APIService says.
      const list = await client.json(`/apis/${version}`).catch((error: unknown) => {
        if (error instanceof ReadFailure) return {} as Json;
        throw error;
      });
      const [name = '', number = ''] = version.split('/');
      return objects(list.resources).flatMap((one) =>
        resourceOf(name, number, text(one.name), text(one.kind), one.namespaced === true, asArray(one.verbs)),
      );
    }),
  );
  return found.flat();
}

function ofGroup(item: Json): Discovered[] {
  const group = text(at(item, 'metadata', 'name')) ?? '';
  const seen = new Set<string>();
  return objects(item.versions).flatMap((version) =>
    objects(version.resources).flatMap((one) => {
      const plural = text(one.resource);
      if (plural === undefined || seen.has(plural)) return [];
      seen.add(plural);
      const kind = text(at(one, 'responseKind', 'kind'));
      return resourceOf(
        group,
        text(version.version) ?? '',
        plural,
        kind,
        one.scope === 'Namespaced',
        asArray(one.verbs),
      );
    }),
  );
}

function resourceOf(
  group: string,
  version: string,
  plural: string | undefined,
  kind: string | undefined,
  namespaced: boolean,
  verbs: readonly unknown[],
): Discovered[] {
  if (plural === undefined || kind === undefined || plural.includes('/') || !verbs.includes('list')) return [];
  return [{ group, version, plural, kind, namespaced }];
}
