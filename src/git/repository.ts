import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { OpslineError } from '../errors.ts';
import { type GitAnswer, git } from './command.ts';

/** What is read of a repository. Past it files are left out, and `Tree.leftOut` says so. */
const LIMITS = { files: 50_000, fileBytes: 1024 * 1024, totalBytes: 48 * 1024 * 1024, commits: 500 } as const;

/** Files that can hold manifests, or the keys of a generated ConfigMap. */
const TEXTS = /(?:\.(?:ya?ml|json|env|properties|conf|ini|toml|txt|cfg)|(?:^|\/)(?:Kustomization|\.env))$/;

/** A regular file of a commit. */
export interface Entry {
  readonly path: string;
  readonly oid: string;
  readonly size: number;
}

export interface Tree {
  readonly commit: string;
  readonly files: ReadonlyMap<string, Entry>;
  /** What was not read, in words. */
  readonly leftOut: readonly string[];
}

export interface Commit {
  readonly id: string;
  readonly parents: readonly string[];
  readonly author: string;
  /** RFC 3339, as the author's clock said. */
  readonly date: string;
  readonly subject: string;
}

/** Reads a repository's objects through git's plumbing: never its working tree, index, hooks or filters, and never a remote. */
export class Repository {
  /** Where the folder that was named lies in the repository: empty, or ending in `/`. */
  readonly prefix: string;
  readonly #folder: string;
  readonly #signal: AbortSignal;
  readonly #blobs = new Map<string, string | undefined>();
  readonly #trees = new Map<string, Tree>();
  readonly #commits = new Map<string, Commit | undefined>();

  private constructor(folder: string, prefix: string, signal: AbortSignal) {
    this.#folder = folder;
    this.prefix = prefix;
    this.#signal = signal;
  }

  /** Throws `evidence-unreadable` for a folder that is in no repository. */
  static async open(folder: string, signal: AbortSignal): Promise<Repository> {
    const path = resolve(folder);
    const info = await stat(path).catch(() => undefined);
    if (!info?.isDirectory()) throw new OpslineError('evidence-unreadable', `${folder} is not a folder.`);
    const answer = await git(path, ['rev-parse', '--show-prefix'], { signal });
    if (answer.code !== 0) {
      throw new OpslineError('evidence-unreadable', `${folder} is in no Git repository: ${lastLine(answer)}`);
    }
    return new Repository(path, answer.stdout.toString('utf8').replace(/\n$/, ''), signal);
  }

  /** Paths are of the whole repository, so the calls that take some run at its top. */
  #git(
    args: readonly string[],
    input?: string,
    env?: Record<string, string>,
    folder = this.#folder,
  ): Promise<GitAnswer> {
    return git(folder, args, {
      signal: this.#signal,
      ...(input === undefined ? {} : { input }),
      ...(env === undefined ? {} : { env }),
    });
  }

  /** The id of the commit that a revision names; undefined when there is none. */
  async resolve(revision: string): Promise<string | undefined> {
    if (revision === '' || revision.length > 300 || /[\u0000-\u0020\u007f]/.test(revision)) return undefined;
    const answer = await this.#git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]);
    const id = answer.stdout.toString('utf8').trim();
    return answer.code === 0 && /^[0-9a-f]{40,64}$/.test(id) ? id : undefined;
  }

  /** The regular files of a commit; links and submodules are not followed. Throws `evidence-unreadable`. */
  async tree(commit: string): Promise<Tree> {
    const known = this.#trees.get(commit);
    if (known !== undefined) return known;
    const answer = await this.#git(['ls-tree', '-r', '-z', '-l', '--full-tree', '--end-of-options', commit]);
    if (answer.code !== 0) throw new OpslineError('evidence-unreadable', `git ls-tree: ${lastLine(answer)}`);
    const files = new Map<string, Entry>();
    const leftOut: string[] = [];
    for (const row of answer.stdout.toString('utf8').split('\0')) {
      const match = /^(\d{6}) (\w+) ([0-9a-f]+) +(\d+|-)\t([\s\S]+)$/.exec(row);
      if (match === null) continue;
      const [, mode, , oid = '', size = '0', path = ''] = match;
      if (mode === '160000') leftOut.push(`the submodule ${shown(path)}`);
      else if (mode === '120000' && TEXTS.test(path)) leftOut.push(`the symbolic link ${shown(path)}`);
      else if (!mode?.startsWith('100')) continue;
      else if (/[\u0000-\u001f\u007f\ufffd]/.test(path)) leftOut.push(`the file ${shown(path)}, for its name`);
      else if (files.size >= LIMITS.files) {
        leftOut.push(`all but the first ${LIMITS.files} files`);
        break;
      } else files.set(path, { path, oid, size: Number(size) });
    }
    const tree = { commit, files, leftOut };
    this.#trees.set(commit, tree);
    return tree;
  }

  /**
   * Texts of a tree's files that can hold manifests, by path. Files that are too large, no UTF-8 or past the limit of all
   * bytes are left out, in words in `leftOut`. Every blob is read once.
   */
  async texts(tree: Tree): Promise<{ texts: ReadonlyMap<string, string>; leftOut: readonly string[] }> {
    const leftOut: string[] = [];
    const wanted: Entry[] = [];
    let total = 0;
    for (const entry of tree.files.values()) {
      if (!TEXTS.test(entry.path)) continue;
      if (entry.size > LIMITS.fileBytes) leftOut.push(`${shown(entry.path)} (${entry.size} bytes)`);
      else if (total + entry.size > LIMITS.totalBytes) {
        leftOut.push(`files past ${LIMITS.totalBytes} bytes, from ${shown(entry.path)} on`);
        break;
      } else {
        total += entry.size;
        wanted.push(entry);
      }
    }
    const missing = [...new Set(wanted.map(({ oid }) => oid))].filter((oid) => !this.#blobs.has(oid));
    if (missing.length > 0) await this.#read(missing);
    const texts = new Map<string, string>();
    for (const { path, oid } of wanted) {
      const text = this.#blobs.get(oid);
      if (text === undefined) leftOut.push(`${shown(path)}, which is no UTF-8 text`);
      else texts.set(path, text);
    }
    return { texts, leftOut };
  }

  async #read(oids: readonly string[]): Promise<void> {
    const answer = await this.#git(['cat-file', '--batch'], `${oids.join('\n')}\n`);
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    let at = 0;
    for (const oid of oids) {
      const end = answer.stdout.indexOf(10, at);
      const header = answer.stdout.subarray(at, end).toString('latin1').split(' ');
      this.#blobs.set(oid, undefined);
      if (header[0] !== oid)
        throw new OpslineError('evidence-unreadable', 'git cat-file gave other objects than asked for.');
      at = end + 1;
      if (header[1] !== 'blob') continue;
      const bytes = answer.stdout.subarray(at, at + Number(header[2]));
      at += Number(header[2]) + 1;
      if (bytes.includes(0)) continue;
      try {
        this.#blobs.set(oid, decoder.decode(bytes));
      } catch {
        // Not UTF-8: no manifest.
      }
    }
  }

  /** Commits after `good` up to `bad` that touch one of the paths, newest first; at most 500. */
  async touching(good: string, bad: string, paths: readonly string[]): Promise<string[]> {
    const answer = await this.#git(
      [
        '--literal-pathspecs',
        'rev-list',
        '--topo-order',
        '--full-history',
        `--max-count=${LIMITS.commits}`,
        '--end-of-options',
        bad,
        `^${good}`,
        '--',
        ...paths,
      ],
      undefined,
      undefined,
      this.#top(),
    );
    return answer.stdout
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '');
  }

  /** How many commits `bad` has that `good` has not. */
  async distance(good: string, bad: string): Promise<number> {
    const answer = await this.#git(['rev-list', '--count', '--end-of-options', bad, `^${good}`]);
    return Number(answer.stdout.toString('utf8').trim()) || 0;
  }

  /** A commit's header and subject; undefined when the repository does not hold it (a shallow clone). */
  async commit(id: string): Promise<Commit | undefined> {
    if (this.#commits.has(id)) return this.#commits.get(id);
    const answer = await this.#git(['cat-file', 'commit', id]);
    const commit = answer.code === 0 ? parseCommit(id, answer.stdout.toString('utf8')) : undefined;
    this.#commits.set(id, commit);
    return commit;
  }

  /** Whether `git apply` takes a patch on a commit: tried on an index of its own; nothing of the user's is touched. */
  async accepts(commit: string, patch: string): Promise<boolean> {
    const folder = await mkdtemp(join(tmpdir(), 'opsline-index-'));
    try {
      const env = { GIT_INDEX_FILE: join(folder, 'index') };
      const read = await this.#git(['read-tree', '--end-of-options', commit], undefined, env);
      if (read.code !== 0) return false;
      const args = ['apply', '--cached', '--check', '--whitespace=nowarn', '-'];
      return (await this.#git(args, patch, env, this.#top())).code === 0;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** In a folder below the top, `git apply` would leave out what lies outside of it. */
  #top(): string {
    const up = this.prefix.split('/').filter((part) => part !== '');
    return resolve(this.#folder, ...up.map(() => '..'));
  }
}

/** Parses a commit object; see gitformat-commit. */
function parseCommit(id: string, raw: string): Commit {
  const end = raw.indexOf('\n\n');
  const header = (end < 0 ? raw : raw.slice(0, end)).split('\n');
  const parents = header.flatMap((line) => (line.startsWith('parent ') ? [line.slice(7)] : []));
  const author = /^author (.*) <[^>]*> (-?\d+) ([+-]\d{4})$/.exec(
    header.find((line) => line.startsWith('author ')) ?? '',
  );
  const subject = (end < 0 ? '' : raw.slice(end + 2)).split('\n').find((line) => line.trim() !== '') ?? '';
  return {
    id,
    parents,
    author: plain(author?.[1] ?? 'unknown').slice(0, 120),
    date: zoned(Number(author?.[2] ?? 0), author?.[3] ?? '+0000'),
    subject: plain(subject).slice(0, 200),
  };
}

/** Seconds since the epoch as RFC 3339 in a zone such as `+0530`. */
function zoned(seconds: number, zone: string): string {
  const minutes = (zone.startsWith('-') ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3, 5)));
  const there = new Date((seconds + minutes * 60) * 1000);
  if (Number.isNaN(there.getTime())) return '1970-01-01T00:00:00+00:00';
  return `${there.toISOString().slice(0, 19)}${zone.slice(0, 3)}:${zone.slice(3)}`;
}

function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ').trim();
}

function shown(path: string): string {
  return JSON.stringify(path.slice(0, 200));
}

function lastLine({ stderr }: GitAnswer): string {
  return plain(stderr.trim().split('\n').at(-1) ?? '').slice(0, 300);
}
