import { posix } from 'node:path';
import { equalJson, isObject, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import { buildKustomization } from '../../../src/manifest/kustomize/build.ts';
import {
  type Entry,
  entriesOf,
  operationsOf,
  type PatchText,
  patchTextOf,
} from '../../../src/manifest/kustomize/entries.ts';
import { isKustomization } from '../../../src/manifest/kustomize/files.ts';
import { trace } from '../../../src/manifest/kustomize/trace.ts';
import { type Place, placeFinder } from '../../../src/manifest/locate.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { formatPointer } from '../../../src/manifest/patch.ts';
import type { Root } from '../../../src/manifest/state.ts';
import { treeOf } from './read.ts';

/** Kustomizations with more entries than these are not looked through: each takes a build. */
const MOST_ENTRIES = 60;

type Keys = readonly (string | number)[];

/** The pointer in a patch's text of what sets a field, as far as it says. */
function pointerIn(patch: PatchText, object: JsonObject, keys: Keys): { document: number; pointer: string } {
  const operations = operationsOf(patch);
  if (operations !== undefined) {
    const wanted = `${formatPointer(keys)}/`;
    const at = operations.findLastIndex(({ path }) => wanted.startsWith(`${path}/`) || `${path}/`.startsWith(wanted));
    if (at < 0) return { document: 0, pointer: '' };
    return { document: 0, pointer: `/${at}${'value' in (operations[at] ?? {}) ? '/value' : ''}` };
  }
  const traced = parseManifest(patch.file, patch.text).documents.map(({ json, index }) => ({
    document: index,
    ...trace(json, object, keys),
  }));
  const best = traced.reduce((deepest, one) => (one.depth > deepest.depth ? one : deepest));
  return { document: best.document, pointer: formatPointer(best.path) };
}

/** The place inside a patch's text; of one inside a kustomization the line there, where its lines stand there as they are. */
function placeIn(patch: PatchText, outer: string, object: JsonObject, keys: Keys): Place {
  const whole = patch.inline === undefined ? { line: 1, column: 1 } : placeFinder(patch.file, outer)(0, patch.inline);
  let inner: Place;
  try {
    const { document, pointer } = pointerIn(patch, object, keys);
    inner = placeFinder(patch.file, patch.text)(document, pointer);
  } catch {
    return whole;
  }
  if (patch.inline === undefined) return inner;
  const line = whole.line + inner.line;
  const [there = '', said = ''] = [outer.split(/\r?\n/)[line - 1], patch.text.split('\n')[inner.line - 1]];
  if (said === '' || there.trim() !== said.trim()) return whole;
  return { line, column: there.indexOf(said.trim()[0] ?? '') + inner.column - said.search(/\S/) };
}

/**
 * Finds the entry of a kustomization that gives a field of a built object the value it has: the one without which it would have
 * another. Undefined where none does, or where it is a patch by merging in a file of its own, whose text tells as much.
 */
export function causeFinder(texts: ReadonlyMap<string, string>, roots: readonly Root[]) {
  const tree = treeOf(texts);
  const without = new Map<Entry, readonly JsonObject[]>();
  const entries = new Map<string, readonly Entry[]>();
  const entriesFor = (root: Root): readonly Entry[] => {
    const known = entries.get(root.id);
    if (known !== undefined) return known;
    const found = [...root.files].filter(isKustomization).flatMap((file) => entriesOf(file, texts.get(file) ?? ''));
    const kept = found.length > MOST_ENTRIES ? [] : found;
    entries.set(root.id, kept);
    return kept;
  };
  const builtWithout = (root: Root, entry: Entry): readonly JsonObject[] => {
    const known = without.get(entry);
    if (known !== undefined) return known;
    const changed = new Map(texts).set(entry.kustomization, entry.without());
    const { objects } = buildKustomization(treeOf(changed), root.id);
    without.set(entry, objects);
    return objects;
  };
  return (rootId: string, position: number, keys: Keys): (Place & { readonly file: string }) | undefined => {
    const root = roots.find(({ id }) => id === rootId);
    const object = root?.objects[position];
    if (root === undefined || object === undefined || keys.length === 0) return undefined;
    const value = valueAt(object, keys);
    const cause = entriesFor(root).find((entry) => {
      const objects = builtWithout(root, entry);
      return objects.length === root.objects.length && !equalJson(valueAt(objects[position], keys), value);
    });
    if (cause === undefined) return undefined;
    const folder = posix.dirname(cause.kustomization);
    const patch = patchTextOf(tree, folder === '.' ? '' : folder, cause);
    const outer = texts.get(cause.kustomization) ?? '';
    if (patch !== undefined) {
      if (patch.inline === undefined && operationsOf(patch) === undefined) return undefined;
      return { file: patch.file, ...placeIn(patch, outer, object, keys) };
    }
    const said = ['count', 'digest', 'newTag', 'newName'].find((key) => isObject(cause.value) && key in cause.value);
    const own = said === undefined ? cause.pointer : `${cause.pointer}/${said}`;
    return { file: cause.kustomization, ...placeFinder(cause.kustomization, outer)(0, own) };
  };
}
