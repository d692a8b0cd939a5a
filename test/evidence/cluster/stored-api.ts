import type { Discovered } from '../../../src/evidence/cluster/discovery.ts';
import {
  APP_PROJECTS,
  APPLICATION_SETS,
  APPLICATIONS,
  CLUSTER_WIDE,
  NAMESPACED,
  NAMESPACES,
  pathOf,
  type Resource,
  VOLUMES,
} from '../../../src/evidence/cluster/resources.ts';
import { at, type Json, text } from '../../../src/json.ts';
import { isClusterScoped } from '../../../src/kubernetes/cluster-wide.ts';
import { type Route, refused } from './unruly-api.ts';

const KNOWN = [...NAMESPACED, ...CLUSTER_WIDE, APPLICATIONS, APP_PROJECTS, APPLICATION_SETS, NAMESPACES, VOLUMES];

export interface StoredLog {
  readonly pod: string;
  readonly previous: boolean;
  readonly text: string;
}

function meta(item: Json, key: string): string | undefined {
  return text(at(item, 'metadata', key));
}

function resourceOf(item: Json): Discovered {
  const kind = text(item.kind) ?? '';
  const [version = '', group = ''] = (text(item.apiVersion) ?? 'v1').split('/').reverse();
  const known = KNOWN.find((one) => one.kind === kind && one.group === group);
  const plural = known?.plural ?? `${kind.toLowerCase()}s`;
  return { group, version: known?.version ?? version, plural, kind, namespaced: !isClusterScoped(kind) };
}

/** A field selector's terms: `a=b`, `a!=b`. */
function selected(item: Json, selector: string | null): boolean {
  return (selector ?? '')
    .split(',')
    .filter((term) => term !== '')
    .every((term) => {
      const [, path = '', not, value] = /^([\w.]+)(!?)=(.*)$/.exec(term) ?? [];
      return (text(at(item, ...path.split('.'))) === value) === (not !== '!');
    });
}

/**
 * Serves objects as an API server would: lists by namespace and field selector, objects by name, logs, and the groups of whatever else
 * there is. Objects without a namespace lie in `namespace`.
 */
export function stored(objects: readonly Json[], logs: readonly StoredLog[], namespace: string): Route {
  const items = objects.map(sliced).map((item) => {
    const scoped = isClusterScoped(text(item.kind) ?? '');
    const where = scoped ? {} : { namespace: meta(item, 'namespace') ?? namespace };
    return { resource: resourceOf(item), item: { ...item, metadata: { ...(item.metadata as Json), ...where } } };
  });
  const namespaces = new Set(['argocd', namespace, ...items.flatMap(({ item }) => meta(item, 'namespace') ?? [])]);
  const lists = new Map<string, Json[]>();
  const add = (path: string, item?: Json): void => {
    lists.set(path, [...(lists.get(path) ?? []), ...(item === undefined ? [] : [item])]);
  };
  const groups = new Map<string, Map<string, Discovered>>();
  for (const { resource, item } of items) {
    add(pathOf(resource), item);
    const where = meta(item, 'namespace');
    if (where !== undefined) add(pathOf(resource, where), item);
    const key = `${resource.group}/${resource.version}`;
    const group = groups.get(key) ?? new Map<string, Discovered>();
    groups.set(key, group.set(resource.plural, resource));
  }
  return ({ path, query }) => {
    if (path === '/apis') return discovery([...groups]);
    const log = /\/pods\/([^/]+)\/log$/.exec(path)?.[1];
    if (log !== undefined) {
      const found = logs.find(({ pod, previous }) => pod === log && previous === (query.get('previous') === 'true'));
      if (found === undefined) return refused(400, 'BadRequest', 'previous terminated container not found');
      return (response) => void response.end(found.text);
    }
    const name = path.split('/').at(-1) ?? '';
    const space = /^\/api\/v1\/namespaces\/([^/]+)$/.exec(path)?.[1];
    if (space !== undefined)
      return namespaces.has(space) ? undefined : refused(404, 'NotFound', `namespaces "${space}" not found`);
    const list = lists.get(path);
    if (list !== undefined) return { items: list.filter((item) => selected(item, query.get('fieldSelector'))) };
    const one = lists.get(path.slice(0, -name.length - 1))?.find((item) => meta(item, 'name') === name);
    return one ?? undefined;
  };
}

/** Endpoints as every newer cluster keeps them. */
function sliced(item: Json): Json {
  if (item.kind !== 'Endpoints') return item;
  const name = meta(item, 'name') ?? '';
  const endpoints = (item.subsets as { addresses?: { ip: string }[] }[] | undefined)?.flatMap(({ addresses = [] }) =>
    addresses.map(({ ip }) => ({ addresses: [ip], conditions: { ready: true } })),
  );
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-x7k2p`,
      namespace: meta(item, 'namespace'),
      labels: { 'kubernetes.io/service-name': name },
    },
    endpoints: endpoints ?? [],
  };
}

function discovery(groups: readonly (readonly [string, ReadonlyMap<string, Resource>])[]): object {
  return {
    kind: 'APIGroupDiscoveryList',
    items: groups.map(([key, resources]) => {
      const [group, version] = key.split('/');
      return {
        metadata: { name: group },
        versions: [
          {
            version,
            resources: [...resources.values()].map(({ plural, kind }) => ({
              resource: plural,
              responseKind: { kind },
              scope: isClusterScoped(kind) ? 'Cluster' : 'Namespaced',
              verbs: ['get', 'list'],
            })),
          },
        ],
      };
    }),
  };
}
