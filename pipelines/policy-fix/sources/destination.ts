import { posix } from 'node:path';
import { isObject, type JsonObject } from '../../../src/manifest/json.ts';
import { scopesIn } from '../../../src/manifest/scope.ts';
import type { KubeObject } from '../../../src/policy/violation.ts';
import type { Resource } from '../workspace.ts';
import { sourcesOf } from './argocd.ts';

/** What Applications of Argo CD say of where objects go. */
export interface Placed {
  readonly resources: readonly Resource[];
  /** Namespaces that an Application makes with labels of their own, none of which stand among the manifests. */
  readonly namespaces: readonly KubeObject[];
}

interface Destination {
  readonly namespace: string;
  /** Folder of the source, without slashes at its ends; '' for the top of the repository. */
  readonly path: string;
  /** Whether files in folders below count as well. */
  readonly deep: boolean;
}

/** The folders that Applications bring to a namespace, in the order of the Applications. */
function destinationsOf(objects: readonly JsonObject[]): Destination[] {
  return objects.flatMap((object) => {
    const { spec } = object;
    const destination = isObject(spec) && isObject(spec.destination) ? spec.destination : {};
    const { namespace } = destination;
    if (typeof namespace !== 'string' || namespace === '') return [];
    return sourcesOf(object).flatMap(({ path, directory, chart, helm, plugin }): Destination[] => {
      if (typeof path !== 'string' || chart !== undefined || helm !== undefined || plugin !== undefined) return [];
      const deep = isObject(directory) && directory.recurse === true;
      return [{ namespace, path: posix.join('/', path).replace(/^\/|\/$/g, ''), deep }];
    });
  });
}

/** The folder that an object is deployed from: that of its kustomization, or of its file. */
const folderOf = ({ file, rendered }: Resource): string => {
  const folder = rendered?.root ?? posix.dirname(file);
  return folder === '.' ? '' : folder;
};

/** `path` or what ends like it, where names of files do not begin at the top of the repository; undefined where several do. */
function folderFor(path: string, folders: ReadonlySet<string>): string | undefined {
  const above = new Set(
    [...folders].flatMap((folder) => {
      const parts = folder.split('/');
      return parts.map((_, i) => parts.slice(0, parts.length - i).join('/'));
    }),
  );
  if (path === '' || above.has(path)) return path;
  const alike = [...above].filter((folder) => folder.endsWith(`/${path}`));
  return alike.length === 1 ? alike[0] : undefined;
}

const namespaceOf = ({ object }: Resource): unknown =>
  isObject(object.metadata) ? object.metadata.namespace : undefined;

const isUnder = (folder: string, top: string, deep: boolean): boolean =>
  folder === top || (deep && (top === '' || folder.startsWith(`${top}/`)));

/** Namespaces that Argo CD makes itself (`CreateNamespace=true`) with the labels of `managedNamespaceMetadata`. */
function madeNamespaces(objects: readonly JsonObject[]): KubeObject[] {
  const given = new Set(
    objects
      .filter(({ kind, apiVersion }) => kind === 'Namespace' && apiVersion === 'v1')
      .map(({ metadata }) => (isObject(metadata) ? metadata.name : undefined)),
  );
  return objects.flatMap((object): KubeObject[] => {
    const { spec } = object;
    if (sourcesOf(object).length === 0 || !isObject(spec) || !isObject(spec.destination)) return [];
    const { namespace } = spec.destination;
    const policy = isObject(spec.syncPolicy) ? spec.syncPolicy : {};
    const made = Array.isArray(policy.syncOptions) && policy.syncOptions.includes('CreateNamespace=true');
    const managed = isObject(policy.managedNamespaceMetadata) ? policy.managedNamespaceMetadata : {};
    if (!made || !isObject(managed.labels) || typeof namespace !== 'string' || given.has(namespace)) return [];
    given.add(namespace);
    return [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: managed.labels } }];
  });
}

/**
 * Gives objects that Applications deploy the namespace that they get there: of a namespaced kind, without one of their own, as Argo
 * CD applies them (a kind that nobody explains counts as namespaced there, too). What several Applications bring to several
 * namespaces is an object in each of them, one behind the other.
 */
export function atDestinations(resources: readonly Resource[]): Placed {
  const objects = resources.map(({ object }) => object);
  const destinations = destinationsOf(objects);
  const namespaces = madeNamespaces(objects);
  if (destinations.length === 0) return { resources, namespaces };
  const folders = new Set(resources.map(folderOf));
  const placed = destinations.flatMap((destination) => {
    const folder = folderFor(destination.path, folders);
    return folder === undefined ? [] : [{ ...destination, folder }];
  });
  const scopeOf = scopesIn(objects);
  const moved = resources.flatMap((resource): Resource[] => {
    if (namespaceOf(resource) !== undefined || scopeOf(resource.object) === 'Cluster') return [resource];
    const at = folderOf(resource);
    const fitting = placed.filter(({ folder, deep }) => isUnder(at, folder, deep && resource.rendered === undefined));
    if (fitting.length === 0) return [resource];
    const metadata = isObject(resource.object.metadata) ? resource.object.metadata : {};
    return [...new Set(fitting.map(({ namespace }) => namespace))].map((namespace) => ({
      ...resource,
      object: { ...resource.object, metadata: { ...metadata, namespace } },
    }));
  });
  return { resources: moved, namespaces };
}
