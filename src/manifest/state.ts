import { posix } from 'node:path';
import { isObject, type JsonObject } from './json.ts';
import { buildKustomization, type Origin } from './kustomize/build.ts';
import { isKustomization, kustomizationIn, objectsIn, type TextTree } from './kustomize/files.ts';

/** Objects that one place of a repository gives: a kustomization nobody builds on, a file of its own, or a chart's values. */
export interface Root {
  /** The folder of a kustomization, or the path of a file. */
  readonly id: string;
  readonly objects: readonly JsonObject[];
  /** Of the objects of a kustomization, where they come from. */
  readonly origins?: ReadonlyMap<JsonObject, Origin>;
  /** Every file the objects are made of. */
  readonly files: ReadonlySet<string>;
  readonly notDone: readonly string[];
}

/** The kind under which the values of a chart are compared; no kind of the API. */
export const VALUES = 'HelmValues';

const YAML = /\.(?:ya?ml|json)$/;

function chartsIn(paths: readonly string[]): string[] {
  return paths.filter((path) => posix.basename(path) === 'Chart.yaml').map((path) => posix.dirname(path));
}

function fileRoot(tree: TextTree, path: string): Root {
  const root = { id: path, files: new Set([path]) };
  const text = tree.text(path);
  if (text === undefined) return { ...root, objects: [], notDone: [] };
  try {
    const parsed = objectsIn(path, text);
    if (/(?:^|[.-])values\b/.test(posix.basename(path)) && parsed.every(({ kind }) => kind === undefined)) {
      const objects = parsed.slice(0, 1).map((values) => ({ kind: VALUES, metadata: { name: path }, values }));
      return { ...root, objects, notDone: [] };
    }
    const objects = parsed.filter((object) => typeof object.kind === 'string' && typeof object.apiVersion === 'string');
    return { ...root, objects, notDone: [] };
  } catch (error) {
    return { ...root, objects: [], notDone: [error instanceof Error ? error.message : path] };
  }
}

/** One state of a repository's manifests: what its kustomizations, plain files and charts' values say. */
export class ManifestState {
  readonly tree: TextTree;
  readonly kustomizations: readonly Root[];
  /** Files that stand for themselves: manifests that no kustomization reads, and values of charts. */
  readonly plain: ReadonlySet<string>;

  /** `within` narrows roots to a folder; what they build on may lie outside. */
  constructor(tree: TextTree, paths: readonly string[], within = '') {
    this.tree = tree;
    const folders = paths
      .filter((path) => isKustomization(path) && path.startsWith(within))
      .map((path) => posix.dirname(path))
      .map((folder) => (folder === '.' ? '' : folder));
    const built = [...new Set(folders)].map((id): Root => ({ id, ...buildKustomization(tree, id) }));
    // How many builds read each file: a kustomization that another one reads is no root.
    const readers = new Map<string, number>();
    for (const { files } of built) for (const file of files) readers.set(file, (readers.get(file) ?? 0) + 1);
    this.kustomizations = built.filter(({ id }) => readers.get(kustomizationIn(tree, id) ?? '') === 1);
    const charts = chartsIn(paths).map((folder) => (folder === '.' ? '' : `${folder}/`));
    this.plain = new Set(
      paths.filter(
        (path) =>
          YAML.test(path) &&
          path.startsWith(within) &&
          !readers.has(path) &&
          !isKustomization(path) &&
          !charts.some((chart) => path.startsWith(`${chart}templates/`) || path === `${chart}Chart.yaml`),
      ),
    );
  }

  /** The objects of a file that stands for itself. */
  file(path: string): Root {
    return fileRoot(this.tree, path);
  }
}

/** Builds one root again, over another state of the files. */
export function rebuild(tree: TextTree, id: string): Root {
  return YAML.test(id) && tree.identity(id) !== undefined
    ? fileRoot(tree, id)
    : { id, ...buildKustomization(tree, id) };
}

/** Pairs of one object before and after; one side is undefined when it was added or removed. */
export interface ObjectPair {
  readonly before: JsonObject | undefined;
  readonly after: JsonObject | undefined;
  /** The root that holds it after, or before when it is gone. */
  readonly root: Root;
}

export function keyOf(object: JsonObject): string {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  return `${String(object.kind)}/${String(metadata.namespace ?? '')}/${String(metadata.name ?? metadata.generateName ?? '')}`;
}

function index(roots: readonly Root[]): Map<string, { object: JsonObject; root: Root }[]> {
  const found = new Map<string, { object: JsonObject; root: Root }[]>();
  for (const root of roots)
    for (const object of root.objects) {
      const key = keyOf(object);
      const same = found.get(key);
      if (same === undefined) found.set(key, [{ object, root }]);
      else same.push({ object, root });
    }
  return found;
}

/**
 * Objects of two states, paired by kind, namespace and name; where several share them (overlays without a namespace), by the
 * root they come from. Files that stand for themselves and are the same in both are left out. A file that was moved
 * changes nothing.
 */
export function pairObjects(before: ManifestState, after: ManifestState): { pairs: ObjectPair[]; roots: Root[] } {
  const loose = (one: ManifestState, other: ManifestState) =>
    [...one.plain]
      .filter((path) => !other.plain.has(path) || one.tree.identity(path) !== other.tree.identity(path))
      .map((path) => one.file(path));
  const olds = [...before.kustomizations, ...loose(before, after)];
  const news = [...after.kustomizations, ...loose(after, before)];
  const left = index(olds);
  const pairs: ObjectPair[] = [];
  for (const [key, list] of index(news)) {
    const candidates = left.get(key) ?? [];
    for (const { object, root } of list) {
      const at = candidates.findIndex((candidate) => candidate.root.id === root.id);
      const alone = list.length === 1 && candidates.length === 1;
      const [old] = at >= 0 ? candidates.splice(at, 1) : alone ? candidates.splice(0, 1) : [];
      pairs.push({ before: old?.object, after: object, root });
    }
  }
  for (const list of left.values())
    for (const { object, root } of list) pairs.push({ before: object, after: undefined, root });
  return { pairs, roots: [...olds, ...news] };
}
