import { isObject, valueAt } from '../../../src/manifest/json.ts';
import type { Origin } from '../../../src/manifest/kustomize/build.ts';
import { trace } from '../../../src/manifest/kustomize/trace.ts';
import { type Place, placeFinders } from '../../../src/manifest/locate.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { formatPointer, parsePointer } from '../../../src/manifest/patch.ts';
import type { Resource } from '../workspace.ts';
import { causeFinder } from './cause.ts';
import { rootsOf, type SourceText } from './read.ts';

/** Gives the place of a field of a resource; `file` where that is another one than the resource's. */
export type FieldFinder = (resource: Resource, path: string) => Place & { readonly file?: string };

/**
 * Finds fields in the files as given: where the path ends early, its deepest part. Of an object that a kustomization makes a field
 * stands at the entry that decides its value; else where the most of its path is written: in the file of the object or in a patch.
 */
export function fieldFinder(files: readonly SourceText[]): FieldFinder {
  const roots = rootsOf(files);
  const texts = new Map(files.map(({ file, text }) => [file, text]));
  const finderOf = placeFinders((file) => texts.get(file) ?? '');
  const parsed = new Map<string, ReturnType<typeof parseManifest>['documents']>();
  const documentsOf = (file: string): ReturnType<typeof parseManifest>['documents'] => {
    const documents = parsed.get(file) ?? parseManifest(file, texts.get(file) ?? '').documents;
    parsed.set(file, documents);
    return documents;
  };
  const originOf = ({ rendered }: Resource): Origin | undefined => {
    const root = roots.find(({ id }) => id === rendered?.root);
    const object = root?.objects[rendered?.position ?? -1];
    return object === undefined ? undefined : root?.origins?.get(object);
  };
  const causeOf = causeFinder(texts, roots);
  return (resource, path) => {
    const { file, document, base, rendered } = resource;
    const cause = rendered && causeOf(rendered.root, rendered.position, parsePointer(path));
    if (cause !== undefined) return cause;
    const origin = originOf(resource);
    if (origin === undefined) return finderOf(file)(document, resource.rendered ? '' : base + path);
    const keys = parsePointer(path);
    const places = [
      { file, document, base: origin.base },
      ...origin.patches.filter(({ inline }) => inline === undefined),
    ];
    const traced = places.map((place) => {
      const { document: index, base: at = '' } = { base: '', ...place };
      const own = valueAt(documentsOf(place.file).find((other) => other.index === index)?.json, parsePointer(at));
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
