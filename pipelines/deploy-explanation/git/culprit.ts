import type { Commit, Repository } from '../../../src/git/repository.ts';
import type { TextTree } from '../../../src/manifest/kustomize/files.ts';
import type { Change } from './changes.ts';
import { brings, find, type Wanted } from './undo.ts';

/** Commits of the range are looked at until the one is found; not more than this many. */
const MAX_COMMITS = 120;

/** The files of a commit as texts, and what was left out. */
export async function treeAt(
  repository: Repository,
  commit: string,
): Promise<{ tree: TextTree; texts: ReadonlyMap<string, string>; leftOut: string[] }> {
  const listed = await repository.tree(commit);
  const { texts, leftOut } = await repository.texts(listed);
  return {
    tree: { text: (path) => texts.get(path), identity: (path) => listed.files.get(path)?.oid },
    texts,
    leftOut: [...listed.leftOut, ...leftOut],
  };
}

/**
 * The newest commit of the range that has the change while none of its parents has: a merge that only takes it over is passed
 * by, one that makes it is found. It builds the object at each commit that touches the files, so that lines which look alike
 * do not mislead. Undefined when no single commit did it, or the history is cut off (a shallow clone).
 */
export async function culpritOf(
  repository: Repository,
  change: Change,
  wanted: Wanted,
  range: { readonly good: string; readonly bad: string },
  paths: readonly string[],
): Promise<Commit | undefined> {
  const commits = await repository.touching(range.good, range.bad, paths);
  for (const id of commits.slice(0, MAX_COMMITS)) {
    const commit = await repository.commit(id);
    if (commit === undefined) continue;
    if (await isMadeBy(repository, commit, change, wanted)) return commit;
  }
  return undefined;
}

/** Whether a commit has a change while none of its parents has. */
export async function isMadeBy(
  repository: Repository,
  { id, parents }: Commit,
  change: Change,
  wanted: Wanted,
): Promise<boolean> {
  const here = find((await treeAt(repository, id)).tree, wanted);
  for (const parent of parents) {
    if ((await repository.commit(parent)) === undefined) return false;
    if (!brings(find((await treeAt(repository, parent)).tree, wanted), here, change)) return false;
  }
  return parents.length > 0 || brings(undefined, here, change);
}
