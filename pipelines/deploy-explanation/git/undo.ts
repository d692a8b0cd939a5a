import { sameObject } from '../../../src/evidence/model.ts';
import type { Json } from '../../../src/json.ts';
import type { JsonObject } from '../../../src/manifest/json.ts';
import { inFolder, type TextTree } from '../../../src/manifest/kustomize/files.ts';
import { keyOf, rebuild } from '../../../src/manifest/state.ts';
import { objectDifferences } from '../changes/describe.ts';
import type { Change } from './changes.ts';
import { type FilePair, type Hunk, hunksOf, joined } from './hunks.ts';

/** Hunks are tried by building again without them; not more than this many. */
const MAX_TRIES = 400;

/** A tree in which one file holds another text, or is not there. */
function overlaid(tree: TextTree, path: string, now: string | undefined): TextTree {
  return {
    text: (other) => (other === path ? now : tree.text(other)),
    identity: (other) =>
      other === path ? (now === undefined ? undefined : `text ${now.length}`) : tree.identity(other),
  };
}

/** The object of a change as a tree gives it; undefined when it is not there. `failed` when its files do not parse. */
function objectIn(tree: TextTree, id: string, key: string): { object: JsonObject | undefined; failed: boolean } {
  const { objects, notDone } = rebuild(tree, id);
  const object = objects.find((candidate) => keyOf(candidate) === key);
  return { object, failed: object === undefined && notDone.length > 0 };
}

/** Which change is meant, whatever the state it is looked for in. */
export interface Wanted {
  readonly key: string;
  /** Roots in which the object may be: a file that was moved has two. */
  readonly ids: readonly string[];
}

/** The object in the first root that has it. */
export function find(tree: TextTree, { key, ids }: Wanted): JsonObject | undefined {
  for (const id of ids) {
    const { object } = objectIn(tree, id, key);
    if (object !== undefined) return object;
  }
  return undefined;
}

/** Whether two states of an object differ in what a change changed, and so that it is the change's new value. */
export function brings(before: JsonObject | undefined, after: JsonObject | undefined, { difference }: Change): boolean {
  return objectDifferences(before as Json | undefined, after as Json | undefined).some(
    ({ path, what, after: now, field }) =>
      path === difference.path && field === difference.field && (now === difference.after || what === difference.what),
  );
}

/**
 * The smallest part of the changed files without which the change is not there: found by building again with each part as it
 * was before, those first that hold the change's own words. So it is right for patches, generators and images alike.
 */
export function undoOf(change: Change, wanted: Wanted, tree: TextTree, files: readonly FilePair[]): Hunk | undefined {
  const own = files.filter(({ path, old }) => concerns(change, path, wanted) || concerns(change, old, wanted));
  const { needle, key, before: was } = change.difference;
  const words = [needle, key, was, change.difference.path.split('.').at(-1)].filter(
    (word): word is string => word !== undefined && word !== '',
  );
  const telling = ({ removed, added }: Hunk): number => {
    const text = [...removed, ...added].join('');
    return words.filter((word) => text.includes(word)).length;
  };
  const whole = ({ file, removed, added }: Hunk) =>
    removed.join('') === (file.before ?? '') && added.join('') === (file.after ?? '');
  const size = ({ removed, added }: Hunk) => removed.length + added.length;
  const tries = own
    .flatMap(hunksOf)
    .sort((a, b) => Number(whole(a)) - Number(whole(b)) || telling(b) - telling(a) || size(a) - size(b))
    .slice(0, MAX_TRIES);
  return tries.find((hunk) => undoes(hunk, [change], wanted, tree));
}

/** Whether, built again without these lines, what changed has not changed, seen from the good state. */
function undoes(hunk: Hunk, changes: readonly Change[], wanted: Wanted, tree: TextTree): boolean {
  const without = overlaid(tree, hunk.file.path, hunk.reverted);
  const results = wanted.ids.map((id) => objectIn(without, id, wanted.key));
  const object = results.find((result) => result.object !== undefined)?.object;
  return changes.every(({ before, difference }) => {
    if (object === undefined && (difference.field !== 'object' || results.some(({ failed }) => failed))) return false;
    return !objectDifferences(before as Json | undefined, object as Json | undefined).some(
      ({ path, field }) => path === difference.path && field === difference.field,
    );
  });
}

/**
 * What undoes a change (by `undo`) and others of its group, as far as they lie in the same file; and which of those are undone by it.
 * A fault seldom lies in one of several numbers that were changed together.
 */
export function undoTogether(
  undo: Hunk,
  change: Change,
  kin: readonly Change[],
  wanted: Wanted,
  tree: TextTree,
  files: readonly FilePair[],
): { undo: Hunk; undone: readonly Change[] } {
  let best = { undo, undone: [change] as readonly Change[] };
  for (const other of kin) {
    const undone = [...best.undone, other];
    const own = undoes(best.undo, undone, wanted, tree) ? best.undo : undoOf(other, wanted, tree, files);
    if (own === undefined || own.file !== best.undo.file) continue;
    const both = own === best.undo ? own : joined([best.undo, own]);
    if (both !== undefined && undoes(both, undone, wanted, tree)) best = { undo: both, undone };
  }
  return best;
}

/** The part of an object whose fields work as one: a probe, a selector, a security context. Undefined for others. */
function groupOf({ difference: { path } }: Change): string | undefined {
  return /^.*?(?:\b\w+Probe|\bselector|\bsecurityContext)(?=[.[]|$)/.exec(path)?.[0];
}

/** Whether two changes are of the same group of fields of the same object. */
export function areKin(one: Change, other: Change): boolean {
  if (one === other || one.root.id !== other.root.id || !sameObject(one.object, other.object)) return false;
  const group = groupOf(one);
  return group !== undefined && group === groupOf(other);
}

function concerns({ root }: Change, path: string, { ids }: Wanted): boolean {
  if (root.files.has(path) || ids.includes(path)) return true;
  // A kustomization that no longer names a file, or a file that is gone, is no part of what was built.
  return ids.some((id) => id !== '' && inFolder(id, '.') === id && path.startsWith(`${id}/`));
}
