import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpslineError } from '../errors.ts';
import { type GitAnswer, git } from './command.ts';

/** Names that no tool should write to, whatever the remote says of them. */
const PROTECTED =
  /^(?:main|master|trunk|default|develop|development|staging|stable|prod|production|live|gh-pages|HEAD|releases?(?:[/-].*)?|v\d.*)$/i;

/** Ends every commit that opsline makes: the tree it was made with, so that it is known whether someone changed it since. */
const TRAILER = 'Opsline-Fix';

/** One file as it is to be; it becomes one commit. */
export interface FileChange {
  /** From the top of the repository, with `/`. */
  readonly path: string;
  /** The text that was read; undefined for a file that is not there yet. */
  readonly before: string | undefined;
  readonly after: string;
  readonly message: string;
}

export interface WrittenBranch {
  readonly name: string;
  readonly commit: string;
  /** The commit it stands on: HEAD. */
  readonly base: string;
  /** `same`: it held these changes already. */
  readonly state: 'new' | 'replaced' | 'same';
}

/** Git's last words, on one line. */
export function lastWords({ stderr }: GitAnswer): string {
  const line = stderr.trim().split('\n').at(-1) ?? '';
  return line
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
    .trim()
    .slice(0, 300);
}

function refuse(why: string): never {
  throw new OpslineError('branch-refused', why);
}

/** A repository of the user's own, in which branches are written without touching its working tree, index or HEAD. */
export class Workshop {
  /** The top folder. */
  readonly top: string;
  readonly #signal: AbortSignal;

  private constructor(top: string, signal: AbortSignal) {
    this.top = top;
    this.#signal = signal;
  }

  /** Throws `branch-refused` for a folder that is in no repository, or in one without a working tree. */
  static async open(folder: string, signal: AbortSignal): Promise<Workshop> {
    const answer = await git(folder, ['rev-parse', '--show-toplevel'], { signal, as: 'user' });
    if (answer.code !== 0) refuse(`${folder} is in no Git working tree: ${lastWords(answer)}`);
    return new Workshop(answer.stdout.toString('utf8').replace(/\n$/, ''), signal);
  }

  /** Runs git as its user at the top of the repository; any exit status is an answer. */
  run(args: readonly string[], options: { input?: string; env?: Readonly<Record<string, string>> } = {}) {
    return git(this.top, args, { signal: this.#signal, as: 'user', ...options });
  }

  /** What git prints, without its last line break. Throws `git-failed`. */
  async ask(args: readonly string[], options: { input?: string; env?: Readonly<Record<string, string>> } = {}) {
    const answer = await this.run(args, options);
    if (answer.code !== 0) throw new OpslineError('git-failed', `git ${args[0]}: ${lastWords(answer)}`);
    return answer.stdout.toString('utf8').replace(/\n$/, '');
  }

  /** The branch that is checked out; undefined when HEAD names a commit. */
  async current(): Promise<string | undefined> {
    const answer = await this.run(['symbolic-ref', '--quiet', '--short', 'HEAD']);
    return answer.code === 0 ? answer.stdout.toString('utf8').trim() : undefined;
  }

  /** The id that a revision has; undefined when there is none. */
  async #id(revision: string): Promise<string | undefined> {
    const answer = await this.run(['rev-parse', '--verify', '--quiet', '--end-of-options', revision]);
    return answer.code === 0 ? answer.stdout.toString('utf8').trim() : undefined;
  }

  /** Throws `branch-refused` for a name that is none, that is protected, a default branch, or checked out somewhere. */
  async checkName(name: string, defaults: readonly string[]): Promise<void> {
    const form = await this.run(['check-ref-format', '--branch', name]);
    if (form.code !== 0 || name.startsWith('-') || form.stdout.toString('utf8').trim() !== name)
      refuse(`${JSON.stringify(name.slice(0, 100))} is no name of a branch`);
    if (defaults.includes(name)) refuse(`${name} is the default branch: name another one`);
    if (PROTECTED.test(name)) refuse(`${name} is the name of a protected branch: name another one`);
    const worktrees = await this.ask(['worktree', 'list', '--porcelain']);
    if (worktrees.split('\n').includes(`branch refs/heads/${name}`))
      refuse(`${name} is checked out: switch to another branch, or name another one`);
  }

  /**
   * Whether everything on a commit since it left what people made is opsline's own and unchanged, so that it may be replaced.
   */
  async isOwn(commit: string, head: string): Promise<boolean> {
    if (commit === head) return true;
    const log = await this.ask([
      'log',
      '--first-parent',
      '--max-count=600',
      `--format=%H %T %(trailers:key=${TRAILER},valueonly,separator=%x2C)`,
      commit,
    ]);
    for (const [i, row] of log.split('\n').entries()) {
      const [id = '', tree, trailer = ''] = row.split(' ');
      if (trailer === '') return i > 0 || (await this.run(['merge-base', '--is-ancestor', id, head])).code === 0;
      if (trailer !== tree) return false;
    }
    return true;
  }

  /**
   * Writes a branch on top of HEAD with one commit for each change. Working tree, index and HEAD stay as they are. A branch of
   * this name is replaced when it holds nothing but what opsline put there. Throws `branch-refused` for files that differ from
   * HEAD, a branch with work of people on it and a repository that does not know its user's name; `git-failed`.
   */
  async write(name: string, changes: readonly FileChange[]): Promise<WrittenBranch> {
    const head = await this.#id('HEAD^{commit}');
    if (head === undefined) refuse('the repository has no commit yet');
    const before = await this.#id(`refs/heads/${name}`);
    if (before !== undefined && !(await this.isOwn(before, head)))
      refuse(`${name} holds commits that opsline did not make, or that were changed since: name another branch`);
    const identity = await this.run(['-c', 'user.useConfigOnly=true', 'var', 'GIT_COMMITTER_IDENT']);
    if (identity.code !== 0) refuse('git does not know who commits: set user.name and user.email with `git config`');
    const folder = await mkdtemp(join(tmpdir(), 'opsline-branch-'));
    try {
      const env = { GIT_INDEX_FILE: join(folder, 'index') };
      await this.ask(['read-tree', head], { env });
      let tip = head;
      for (const change of changes) tip = await this.#commit(head, tip, change, env);
      if (before !== undefined && (await this.#equal(before, tip, head)))
        return { name, commit: before, base: head, state: 'same' };
      const old = before ?? '0'.repeat(head.length);
      await this.ask(['update-ref', '-m', 'opsline fix', '--create-reflog', `refs/heads/${name}`, tip, old]);
      return { name, commit: tip, base: head, state: before === undefined ? 'new' : 'replaced' };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #commit(head: string, parent: string, change: FileChange, env: Readonly<Record<string, string>>) {
    const { path, message } = change;
    const [, mode = '100644', held] =
      /^(\d+) blob ([0-9a-f]+)\t/.exec(await this.ask(['--literal-pathspecs', 'ls-tree', '-z', head, '--', path])) ??
      [];
    const text = held === undefined ? undefined : (await this.run(['cat-file', 'blob', held])).stdout.toString('utf8');
    const after = textToCommit(change, text, mode);
    const blob = await this.ask(['hash-object', '-w', '--no-filters', '--stdin'], { input: after });
    await this.ask(['update-index', '--add', '--cacheinfo', `${mode},${blob},${path}`], { env });
    const tree = await this.ask(['write-tree'], { env });
    const input = `${message.trimEnd()}\n\n${TRAILER}: ${tree}\n`;
    return this.ask(['commit-tree', '--no-gpg-sign', '-p', parent, tree], { input });
  }

  /** Whether two branches hold the same trees on the same base, and say the same. */
  async #equal(one: string, other: string, base: string): Promise<boolean> {
    const told = (tip: string) => this.ask(['log', '--reverse', '--format=%T%n%P%n%B', `${base}..${tip}`]);
    const withoutIds = (log: string) => log.replace(/^[0-9a-f]{40,64}$/gm, '');
    const standsOn = await this.run(['merge-base', '--is-ancestor', base, one]);
    if (standsOn.code !== 0 || (await this.#id(`${one}^{tree}`)) !== (await this.#id(`${other}^{tree}`))) return false;
    return withoutIds(await told(one)) === withoutIds(await told(other));
  }
}

/** The text for the commit, as the repository writes its lines; refuses a file that is not what its last commit says. */
function textToCommit({ path, before, after }: FileChange, held: string | undefined, mode: string): string {
  if (before === undefined) {
    if (held !== undefined) refuse(`${path} is to be new, and is in the last commit already`);
    return after;
  }
  if (held === undefined) refuse(`${path} is not in the last commit: commit it first`);
  if (!mode.startsWith('100')) refuse(`${path} is a symbolic link in the last commit`);
  if (before === held) return after;
  // Checked out with other line ends than committed (core.autocrlf, or the attribute eol).
  const unix = (text: string): string => text.replaceAll('\r\n', '\n');
  if (unix(before) === held) return unix(after);
  return refuse(`${path} differs from the last commit: commit or stash your changes first`);
}
