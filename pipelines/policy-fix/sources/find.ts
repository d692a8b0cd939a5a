import { isObject, valueAt } from '../../../src/manifest/json.ts';
import type { Origin } from '../../../src/manifest/kustomize/build.ts';
import { isKustomization } from '../../../src/manifest/kustomize/files.ts';
import { trace } from '../../../src/manifest/kustomize/trace.ts';
import { type Place, placeFinder } from '../../../src/manifest/locate.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { formatPointer, parsePointer } from '../../../src/manifest/patch.ts';
import type { Resource } from '../workspace.ts';
import { readSources, type SourceText } from './read.ts';

/** Gives the place of a field of a resource; `file` where that is another one than the resource's. */
export type FieldFinder = (resource: Resource, path: string) => Place & { readonly file?: string };

/**
 * Finds fields in the files as given: where the path ends early, its deepest part. Of an object that a kustomization makes a field
 * stands where the most of its path is written: in the file of the object or in a patch.
 */
export function fieldFinder(files: readonly SourceText[]): FieldFinder {
  const roots = files.some(({ file }) => isKustomization(file)) ? readSources(files).roots : [];
  const texts = new Map(files.map(({ file, text }) => [file, text]));
  const finders = new Map<string, ReturnType<typeof placeFinder>>();
  const finderOf = (file: string): ReturnType<typeof placeFinder> => {
    const finder = finders.get(file) ?? placeFinder(file, texts.get(file) ?? '');
    finders.set(file, finder);
    return finder;
  };
  const originOf = ({ rendered }: Resource): Origin | undefined => {
    const root = roots.find(({ id }) => id === rendered?.root);
    const object = root?.objects[rendered?.position ?? -1];
    return object === undefined ? undefined : root?.origins?.get(object);
  };
  return (resource, path) => {
    const { file, document, base } = resource;
    const origin = originOf(resource);
    if (origin === undefined) return finderOf(file)(document, resource.rendered ? '' : base + path);
    const keys = parsePointer(path);
    const places = [
      { file, document, base: origin.base },
      ...origin.patches.filter(({ inline }) => inline === undefined),
    ];
    const traced = places.map((place) => {
      const { document: index, base: at = '' } = { base: '', ...place };
      const parsed = parseManifest(place.file, texts.get(place.file) ?? '').documents;
      const own = valueAt(parsed.find((other) => other.index === index)?.json, parsePointer(at));
      const found = isObject(own) ? trace(own, resource.object, keys) : { path: [], depth: -1 };
      return { file: place.file, index, pointer: at + formatPointer(found.path), depth: found.depth };
    });
    // Of several that set the field whole the last one counts.
    const best = traced.reduce((deepest, one) =>
      one.depth > deepest.depth || one.depth === keys.length ? one : deepest,
    );
    return { ...finderOf(best.file)(best.index, best.pointer), ...(best.file === file ? {} : { file: best.file }) };
  };
}
