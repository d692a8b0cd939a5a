import { OpslineError } from '../../../src/errors.ts';
import { refKey } from '../../../src/evidence/model.ts';
import { type Commit, Repository } from '../../../src/git/repository.ts';
import { inFolder } from '../../../src/manifest/kustomize/files.ts';
import { ManifestState, VALUES } from '../../../src/manifest/state.ts';
import { redact } from '../../../src/model/redaction.ts';
import { type Change, changesBetween, changeText } from './changes.ts';
import { culpritOf, isMadeBy, treeAt } from './culprit.ts';
import { changedFiles, type FilePair, type Hunk, patchOf } from './hunks.ts';
import { maskedLines } from './mask.ts';
import { relatedIn } from './related.ts';
import type { Excerpt, GitQuestion, GitReading } from './request.ts';
import { areKin, undoOf, undoTogether, type Wanted } from './undo.ts';

const MAX_LISTED = 12;
const MAX_TOLD = 4;
const MAX_NOT_SEEN = 6;
const AROUND = 3;
/** Most characters of an excerpt or a patch: a file of one line, or one that was removed, may be large. */
const MAX_CHARS = 64 * 1024;
const MAX_QUOTE = 400;

/**
 * Compares two revisions of a repository and finds the change that explains the root: in words, with its commit, its lines and
 * the patch that undoes it. Throws `invalid-input` for a revision that was given and is not there, `evidence-unreadable` for a
 * folder in no repository.
 */
export async function readGit(question: GitQuestion, signal: AbortSignal): Promise<GitReading> {
  const repository = await Repository.open(question.path, signal);
  const resolve = async (given: string | undefined, seen: string | undefined, flag: string) => {
    const revision = given ?? seen;
    const id = revision === undefined ? undefined : await repository.resolve(revision);
    if (given !== undefined && id === undefined)
      throw new OpslineError('invalid-input', `${flag} \`${given.slice(0, 80)}\` names no commit of ${question.path}.`);
    return id;
  };
  const named = question.bad ?? question.seen.bad;
  const bad = await resolve(question.bad, question.seen.bad ?? 'HEAD', '--bad');
  const good = await resolve(question.good, question.seen.good, '--good');
  if (bad === undefined || good === undefined) {
    const wanting =
      bad === undefined
        ? `the repository does not have ${(named ?? 'HEAD').slice(0, 80)}`
        : question.seen.good === undefined
          ? 'no revision is known that was good (--good REV, or an Argo CD Application with its history)'
          : `the repository does not have ${question.seen.good}, the last good revision of the history`;
    return { summary: '', changes: [], notSeen: [`the change in Git: ${wanting}`] };
  }
  const range = { good, bad, commits: await repository.distance(good, bad) };
  const [left, right] = [await treeAt(repository, good), await treeAt(repository, bad)];
  const within = withinOf(repository.prefix, question.seen.path, [...right.texts.keys(), ...left.texts.keys()]);
  const before = new ManifestState(left.tree, [...left.texts.keys()], within);
  const after = new ManifestState(right.tree, [...right.texts.keys()], within);
  const near = [...question.near, ...relatedIn([before, after], [question.root.object, ...question.root.involves])];
  const { changes, roots } = changesBetween(before, after, question.root, near);
  const [best] = changes;
  const notSeen = [...new Set([...roots.flatMap(({ notDone }) => notDone), ...right.leftOut])];
  const limited = [
    ...notSeen.slice(0, MAX_NOT_SEEN),
    ...(notSeen.length > MAX_NOT_SEEN ? [`${notSeen.length - MAX_NOT_SEEN} more places`] : []),
  ].map((what) => hide(`in Git: ${what}`));
  const span = `${good.slice(0, 10)}..${bad.slice(0, 10)}`;
  const commits = `${range.commits} commit${range.commits === 1 ? '' : 's'}`;
  if (best === undefined || best.score === 0) {
    const counted =
      changes.length === 0
        ? 'changes no manifest'
        : `has ${changes.length} change${changes.length === 1 ? '' : 's'} of manifests that ha${changes.length === 1 ? 's' : 've'} nothing to do with it`;
    const summary = `nothing in Git explains it: ${span} (${commits}) ${counted}`;
    return { range, summary, changes: listed(changes), notSeen: limited };
  }
  const files = changedFiles(left.texts, right.texts);
  const wanted = wantedOf(best, files);
  const single = undoOf(best, wanted, right.tree, files);
  const paths = single === undefined ? [...best.root.files] : [single.file.path, single.file.old];
  const commit = await culpritOf(repository, best, wanted, range, [...new Set(paths)]);
  const kin: Change[] = [];
  for (const change of changes.filter((other) => areKin(best, other)).slice(0, MAX_TOLD))
    if (commit === undefined || (await isMadeBy(repository, commit, change, wanted))) kin.push(change);
  const { undo, undone } =
    single === undefined
      ? { undo: undefined, undone: [] as readonly Change[] }
      : undoTogether(single, best, kin, wanted, right.tree, files);
  const kept = kin.filter((change) => !undone.includes(change));
  const together = changes
    .filter((change) => kin.includes(change) || (change.score > 0 && sameObjectAndSize(change, best)))
    .slice(0, MAX_TOLD);
  const told = together.map(({ difference }) => difference.what).join(', ');
  const where = undo === undefined ? '' : ` in ${undo.file.path}${linesText(undo)}`;
  const by =
    commit === undefined
      ? ''
      : `, by commit ${commit.id.slice(0, 10)} “${commit.subject}” (${commit.author}, ${commit.date.slice(0, 10)})`;
  const secret = best.object.kind === 'Secret';
  const shown = undo === undefined || secret ? undefined : excerptsOf(undo, range, question.placeholders);
  const patch = undo === undefined || shown?.masked !== false ? undefined : patchOf(undo);
  const holds = patch !== undefined && patch.length <= MAX_CHARS && (await repository.accepts(bad, patch));
  const what = hide(`${told}${where}${by}`);
  return {
    range,
    summary: `${span} (${commits}): ${what}`,
    found: {
      what,
      object: best.object.kind === VALUES ? { ...best.object, path: best.difference.path } : pathed(best),
      git: {
        file: undo?.file.path ?? [...best.root.files][0] ?? best.root.id,
        ...(undo === undefined || undo.added.length === 0 || undo.file.after === undefined
          ? {}
          : { lines: { from: undo.newStart, to: undo.newStart + undo.added.length - 1 } }),
        ...(best.difference.before === undefined ? {} : { before: best.difference.before }),
        ...(best.difference.after === undefined ? {} : { after: best.difference.after }),
        ...(commit === undefined ? {} : { commit: said(commit) }),
        ...(holds ? { patch } : {}),
      },
      excerpts: [...(shown?.excerpts ?? []), ...(commit === undefined ? [] : [commitExcerpt(commit)])],
      risk: /^(?:object|selector|volume|security)$/.test(best.difference.field) ? 'medium' : 'low',
    },
    changes: listed(changes.filter((change) => !together.includes(change))),
    notSeen: [
      ...limited,
      ...(undo === undefined ? ['in Git: no part of the files undoes this change alone, so there is no patch'] : []),
      ...(holds && kept.length > 0
        ? [`in Git: the patch does not undo ${kept.map(({ difference }) => hide(difference.what)).join(', ')}`]
        : []),
      ...(patch !== undefined && !holds
        ? [
            `in Git: the patch is too large or does not apply; see \`git diff ${bad.slice(0, 10)} ${good.slice(0, 10)}\``,
          ]
        : []),
      ...(undo !== undefined && !holds && (secret || shown?.masked === true)
        ? [
            `in Git: the patch would show a secret; see \`git diff ${bad.slice(0, 10)} ${good.slice(0, 10)} -- ${undo.file.path}\``,
          ]
        : []),
    ],
  };
}

function hide(text: string): string {
  return redact(text).value;
}

function said({ id, author, date, subject }: Commit) {
  return { id, author: hide(author), date, subject: hide(subject) };
}

function pathed({ object, difference }: Change) {
  return difference.path === '' ? object : { ...object, path: difference.path };
}

/** The folder of the repository that roots are taken from: the one given, narrowed by the Application's where it has manifests. */
function withinOf(prefix: string, path: string | undefined, paths: readonly string[]): string {
  const folder = path === undefined ? undefined : inFolder('', path);
  if (folder === undefined || folder === '') return prefix;
  return paths.some((one) => one.startsWith(`${folder}/`)) && `${folder}/`.startsWith(prefix) ? `${folder}/` : prefix;
}

function wantedOf({ object, root }: Change, files: readonly FilePair[]): Wanted {
  const moved = files.find(({ path, old }) => path === root.id || old === root.id);
  const ids = [root.id, ...(moved === undefined ? [] : [moved.path, moved.old])];
  return { key: refKey(object), ids: [...new Set(ids)] };
}

function sameObjectAndSize(change: Change, best: Change): boolean {
  return change.score >= best.score && change.root.id === best.root.id && change.object.name === best.object.name;
}

function linesText({ file, added, newStart, oldStart, removed }: Hunk): string {
  if (file.before === undefined || file.after === undefined) return '';
  if (added.length === 0) return `, at line ${newStart} (line${removed.length > 1 ? 's' : ''} ${oldStart} before)`;
  return added.length === 1 ? `, line ${newStart}` : `, lines ${newStart}–${newStart + added.length - 1}`;
}

function listed(changes: readonly Change[]): string[] {
  const texts = [...new Set(changes.map((change) => hide(changeText(change))))];
  const more = texts.length - MAX_LISTED;
  return [...texts.slice(0, MAX_LISTED), ...(more > 0 ? [`and ${more} more`] : [])];
}

/** The lines of both sides with some around them, secrets replaced; `masked` when one of them was, or hides in a patch. */
function excerptsOf(
  { file, removed, added, oldStart, newStart }: Hunk,
  { good, bad }: { good: string; bad: string },
  taken: readonly string[],
): { excerpts: Excerpt[]; masked: boolean } {
  let masked = false;
  const side = (
    path: string,
    revision: string,
    content: string | undefined,
    start: number,
    count: number,
  ): Excerpt[] => {
    if (content === undefined) return [];
    const [lines, plain] = [maskedLines(path, content, taken), content.split('\n')];
    const from = Math.max(0, start - 1 - AROUND);
    const to = Math.min(lines.length, start - 1 + Math.min(count, 40) + AROUND);
    const around = Math.min(lines.length, start - 1 + count + AROUND);
    masked ||= lines.slice(from, around).some((line, index) => line !== plain[from + index]);
    const quote = lines
      .slice(start - 1, start - 1 + Math.min(count, 8))
      .join('\n')
      .trim();
    const text = lines.slice(from, to).join('\n');
    if (quote === '' || text.length > MAX_CHARS) return [];
    return [{ name: `${path}@${revision.slice(0, 10)}`, from: from + 1, text, quote: quote.slice(0, MAX_QUOTE) }];
  };
  const now = side(file.path, bad, file.after, newStart, added.length);
  const was = side(file.old, good, file.before, oldStart, removed.length);
  return { excerpts: [...now, ...was], masked };
}

/** A commit as `git show --no-patch` prints it, without addresses. */
function commitExcerpt(commit: Commit): Excerpt {
  const { id, author, date, subject } = said(commit);
  const text = [`commit ${id}`, `Author: ${author}`, `Date:   ${date}`, '', `    ${subject}`].join('\n');
  return { name: `commit ${id.slice(0, 10)}`, from: 1, text, quote: subject === '' ? `commit ${id}` : subject };
}
