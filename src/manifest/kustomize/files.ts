import { posix } from 'node:path';
import type { JsonObject } from '../json.ts';
import { parseManifest } from '../parse.ts';

/** Text files of one state of a repository, by path with `/`, and what a file is when its text was not read. */
export interface TextTree {
  text(path: string): string | undefined;
  /** Equal for equal content; undefined when there is no such file. */
  identity(path: string): string | undefined;
}

const NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** An object and where it stands in its text. */
export interface PlacedObject {
  readonly object: JsonObject;
  /** Index of its document, empty ones counted. */
  readonly document: number;
  /** Pointer of it inside its document: '' except for the items of a `List`. */
  readonly base: string;
}

const PARSED = new Map<string, readonly PlacedObject[]>();
const MAX_PARSED = 20_000;

/**
 * The objects in a text with their places, `List`s opened; to be copied before they are changed. Parsed once however often it
 * is asked for: a tree is built again for every change that is tried. Throws `manifest-invalid`.
 */
export function placedIn(path: string, text: string): readonly PlacedObject[] {
  const known = PARSED.get(text);
  if (known !== undefined) return known;
  const found = parseManifest(path, text).documents.flatMap(({ json, index: document }) => {
    if (json.kind !== 'List' || !Array.isArray(json.items)) return [{ object: json, document, base: '' }];
    return (json.items as JsonObject[])
      .map((object, i) => ({ object, document, base: `/items/${i}` }))
      .filter(({ object }) => typeof object === 'object' && object !== null);
  });
  if (PARSED.size >= MAX_PARSED) PARSED.clear();
  PARSED.set(text, found);
  return found;
}

/** The objects of {@link placedIn} alone. */
export function objectsIn(path: string, text: string): readonly JsonObject[] {
  return placedIn(path, text).map(({ object }) => object);
}

/** The path of a folder's kustomization, by the names that kustomize knows. */
export function kustomizationIn(tree: TextTree, folder: string): string | undefined {
  return NAMES.map((name) => inFolder(folder, name)).find(
    (path) => path !== undefined && tree.identity(path) !== undefined,
  );
}

/** Whether a path is a kustomization by its name. */
export function isKustomization(path: string): boolean {
  return NAMES.includes(posix.basename(path));
}

/** A path relative to a folder of the repository; undefined when it leads out of the repository. */
export function inFolder(folder: string, path: string): string | undefined {
  if (path.startsWith('/')) return undefined;
  const joined = posix.normalize(posix.join(folder, path)).replace(/\/$/, '');
  return joined === '..' || joined.startsWith('../') ? undefined : joined === '.' ? '' : joined;
}

/** Whether a resource lies in another repository: kustomize would fetch it, this never does. */
export function isRemoteResource(path: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/|^[\w.-]+@[\w.-]+:|^(?:github|gitlab|bitbucket)\.\w+\/|[?&](?:ref|version)=|::/i.test(
    path,
  );
}
