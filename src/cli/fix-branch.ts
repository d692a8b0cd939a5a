import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { forPeople } from '../../pipelines/policy-fix/conceal.ts';
import { commitMessage, pullRequestTitle } from '../../pipelines/policy-fix/formats/commit.ts';
import { renderFixMarkdown } from '../../pipelines/policy-fix/formats/markdown.ts';
import { enginesOf, plural } from '../../pipelines/policy-fix/render.ts';
import type { FixResult } from '../../pipelines/policy-fix/schema.ts';
import { OpslineError } from '../errors.ts';
import { type FileChange, Workshop } from '../git/branch.ts';
import { GitHub, gitHubRepository, MOST_COMMENT } from '../git/github.ts';
import { push, REMOTE, type RemoteBranches, readRemote, remoteUrl } from '../git/remote.ts';
import { type PatchedFile, patchedFiles, type SourceFile } from './fix-files.ts';
import { untilInterrupted } from './interrupt.ts';
import { say } from './io.ts';

interface Target {
  readonly branch: string;
  readonly pullRequest: boolean;
}

/** The path of a file from the top of its repository. Throws `branch-refused` for one outside. */
async function pathIn(top: string, { path }: PatchedFile): Promise<string> {
  const found = relative(await realpath(top), join(await realpath(dirname(path)), basename(path)));
  if (found === '' || found.startsWith('..') || isAbsolute(found))
    throw new OpslineError('branch-refused', `${path} lies outside the repository ${top}.`);
  return found.split(sep).join('/');
}

/** The branch that the pull request is to go into: the one that HEAD comes from. */
async function baseOf(workshop: Workshop, remote: RemoteBranches, fallback: string): Promise<string> {
  // On a pull request's own checkout HEAD is a commit; its branch is in the environment of the workflow.
  const current = (await workshop.current()) ?? (process.env.GITHUB_HEAD_REF || undefined);
  if (current === undefined || current === fallback || remote.ids.has(current)) return current ?? fallback;
  throw new OpslineError('branch-refused', `The branch ${current} is not on ${REMOTE}: push it first.`);
}

/** Refuses a branch before any engine runs: a name that is none, protected or checked out. Throws `branch-refused`, `git-failed`. */
export async function requireBranch(branch: string, [first]: readonly SourceFile[]): Promise<void> {
  if (first === undefined) return;
  const interrupt = untilInterrupted();
  try {
    await (await Workshop.open(dirname(first.path), interrupt.signal)).checkName(branch, []);
  } finally {
    interrupt.done();
  }
}

/**
 * Commits the patches to a branch, one commit a file, without touching the working tree, and pushes it to `origin`, if there is
 * one; for a pull request opens or updates that. Throws `branch-refused`, `git-failed` and `github-failed`.
 */
export async function publishFix(
  result: FixResult,
  manifests: readonly SourceFile[],
  { branch, pullRequest }: Target,
): Promise<void> {
  const files = patchedFiles(result, manifests);
  const told = forPeople(result, manifests);
  const [first] = files;
  if (first === undefined) {
    say('there is no patch, so there is nothing to commit');
    return;
  }
  const interrupt = untilInterrupted();
  try {
    const { signal } = interrupt;
    const workshop = await Workshop.open(dirname(first.path), signal);
    const url = await remoteUrl(workshop);
    if (pullRequest && url === undefined)
      throw new OpslineError('branch-refused', `The repository has no remote ${REMOTE}, where --pr could push to.`);
    const repository = pullRequest && url !== undefined ? gitHubRepository(url, process.env) : undefined;
    const github = repository && (await GitHub.connect(repository, signal));
    const wanted = [branch, (await workshop.current()) ?? '', process.env.GITHUB_HEAD_REF ?? ''];
    const names = [...new Set(wanted.filter((name) => name !== ''))];
    const remote = url === undefined ? undefined : await readRemote(workshop, url, names, repository?.credential);
    const main = await github?.defaultBranch();
    await workshop.checkName(
      branch,
      [remote?.default, main].filter((name) => name !== undefined),
    );
    if (await github?.isProtected(branch))
      throw new OpslineError('branch-refused', `${branch} is protected on GitHub: name another branch.`);
    const base = github && remote && main !== undefined ? await baseOf(workshop, remote, main) : undefined;
    const changes = await Promise.all(
      files.map(
        async (file): Promise<FileChange> => ({
          path: await pathIn(workshop.top, file),
          before: file.before,
          after: file.after,
          message: commitMessage(told, file.file),
        }),
      ),
    );
    const written = await workshop.write(branch, changes);
    const commits = plural(changes.length, 'commit');
    say(`branch ${branch}: ${commits} on ${written.base.slice(0, 10)}${written.state === 'same' ? ', as before' : ''}`);
    if (remote === undefined) {
      say(`there is no remote ${REMOTE}, so nothing was pushed`);
      return;
    }
    const pushed = await push(workshop, written, remote, repository?.credential);
    say(pushed === 'same' ? `${REMOTE} has it already` : `pushed to ${REMOTE}`);
    if (github === undefined || base === undefined) return;
    const { number, url: page, state } = await github.publish(branch, base, textsOf(told));
    say(`pull request #${number} ${state}: ${page}`);
  } finally {
    interrupt.done();
  }
}

function textsOf(result: FixResult) {
  const { verified } = result;
  const counts = `${plural(verified.before, 'violation')} before, ${verified.after} after`;
  return {
    title: pullRequestTitle(result),
    body: `The smallest changes that the policies accept, judged by ${enginesOf(verified)}: ${counts}. What was denied and why, what each change does, its risk and what to watch stands in the comment that opsline keeps up to date here, and in each commit.\n`,
    comment: renderFixMarkdown(result, { limit: MOST_COMMENT }),
  };
}
