import type { Octokit } from '@octokit/rest';
import { OpslineError } from '../errors.ts';
import type { Credential } from './remote.ts';

/** A repository on GitHub, and what is needed to speak to it. */
export interface GitHubRepository {
  readonly owner: string;
  readonly repo: string;
  /** The API's base URL without a slash at its end. */
  readonly api: string;
  readonly token: string;
  /** Present where the token is also for pushing: the remote is that host, over HTTPS. */
  readonly credential: Credential | undefined;
}

const OWNER_AND_REPO = /^([\w.-]+)\/([\w.-]+?)(?:\.git)?$/;
const DOT_COM = 'https://api.github.com';

/** Host and path of a remote's URL, as `https://`, `ssh://` and `git@host:path` write them. */
function partsOf(remote: string): { protocol: string; host: string; path: string } | undefined {
  const short = /^(?:[\w.-]+@)([\w.-]+):(?!\/\/)(.+)$/.exec(remote);
  if (short) return { protocol: 'ssh:', host: short[1] ?? '', path: short[2] ?? '' };
  if (!URL.canParse(remote)) return undefined;
  const { protocol, host, pathname } = new URL(remote);
  return { protocol, host, path: pathname.replace(/^\/+|\/+$/g, '') };
}

const isLoopback = (host: string): boolean => /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/.test(host);

/** The host whose Git repositories an API is for: `github.com`, or that of a GitHub Enterprise Server. */
function gitHostOf(api: string): string {
  return api === DOT_COM ? 'github.com' : new URL(api).host.replace(/^api\.(?=.+\.ghe\.com$)/, '');
}

/**
 * The GitHub repository of a remote, with the token of the environment (`GITHUB_TOKEN`, else `GH_TOKEN`). `GITHUB_API_URL` names
 * the API of a GitHub Enterprise Server, `GITHUB_REPOSITORY` (`owner/name`) the repository where the remote's URL does not.
 * Throws `invalid-input` that says what is missing; no value of the environment is repeated.
 */
export function gitHubRepository(remote: string, env: NodeJS.ProcessEnv): GitHubRepository {
  const token = env.GITHUB_TOKEN || env.GH_TOKEN;
  if (!token) throw new OpslineError('invalid-input', '--pr needs a token in GITHUB_TOKEN or GH_TOKEN.');
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new OpslineError(
      'invalid-input',
      'The token in GITHUB_TOKEN or GH_TOKEN holds characters that no token has.',
    );
  const api = (env.GITHUB_API_URL || DOT_COM).replace(/\/+$/, '');
  if (!URL.canParse(api) || !(new URL(api).protocol === 'https:' || isLoopback(new URL(api).host)))
    throw new OpslineError('invalid-input', 'GITHUB_API_URL must be an https:// address.');
  const host = gitHostOf(api);
  const parts = partsOf(remote);
  const here = parts?.host === host;
  const named = (here ? OWNER_AND_REPO.exec(parts.path) : null) ?? OWNER_AND_REPO.exec(env.GITHUB_REPOSITORY ?? '');
  const [, owner, repo] = named ?? [];
  if (owner === undefined || repo === undefined) {
    const detail = `The remote origin is no repository of ${host}. For a GitHub Enterprise Server set GITHUB_API_URL; else set GITHUB_REPOSITORY to owner/name.`;
    throw new OpslineError('invalid-input', detail);
  }
  const sends = here && (parts.protocol === 'https:' || (parts.protocol === 'http:' && isLoopback(host)));
  const credential = sends ? { url: `${parts.protocol}//${host}/`, token } : undefined;
  return { owner, repo, api, token, credential };
}

/** A pull request as it stands after {@link publishPullRequest}. */
export interface PublishedPullRequest {
  readonly number: number;
  readonly url: string;
  readonly state: 'opened' | 'updated';
}

export interface PullRequestText {
  readonly title: string;
  readonly body: string;
  /** The whole result; the one comment holds it, and the next run replaces it there. */
  readonly comment: string;
}

/** GitHub takes comments of at most 65,536 characters. */
export const MOST_COMMENT = 65_000;

/** Speaks to one repository. Octokit is loaded by {@link connect} alone. */
export class GitHub {
  readonly #octokit: Octokit;
  readonly #at: { readonly owner: string; readonly repo: string };
  readonly #token: string;

  private constructor(octokit: Octokit, { owner, repo, token }: GitHubRepository) {
    this.#octokit = octokit;
    this.#at = { owner, repo };
    this.#token = token;
  }

  static async connect(repository: GitHubRepository, signal: AbortSignal): Promise<GitHub> {
    const { Octokit } = await import('@octokit/rest');
    const quiet = { debug() {}, info() {}, warn() {}, error() {} };
    const octokit = new Octokit({
      auth: repository.token,
      baseUrl: repository.api,
      userAgent: 'opsline',
      log: quiet,
      request: { signal: AbortSignal.any([signal, AbortSignal.timeout(60_000)]), redirect: 'error' },
    });
    return new GitHub(octokit, repository);
  }

  async #call<T>(what: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const { status, message } = error as { status?: number; message?: string };
      const words = String(message ?? error)
        .replaceAll(this.#token, '[token]')
        .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
        .slice(0, 300);
      throw new OpslineError('github-failed', `${what}: ${status === undefined ? '' : `${status} `}${words}`);
    }
  }

  /** The repository's default branch. */
  defaultBranch(): Promise<string> {
    return this.#call(
      'reading the repository',
      async () => (await this.#octokit.repos.get(this.#at)).data.default_branch,
    );
  }

  /** Whether a branch is there and protected. */
  isProtected(branch: string): Promise<boolean> {
    return this.#call(`reading the branch ${branch}`, async () => {
      try {
        return (await this.#octokit.repos.getBranch({ ...this.#at, branch })).data.protected;
      } catch (error) {
        if ((error as { status?: number }).status === 404) return false;
        throw error;
      }
    });
  }

  /**
   * Opens the pull request of a branch, or takes the one that is open, and puts the result into its one comment: found by a mark
   * that no reader sees, replaced by every run, never a second one. Throws `github-failed`.
   */
  async publish(branch: string, base: string, text: PullRequestText): Promise<PublishedPullRequest> {
    const head = `${this.#at.owner}:${branch}`;
    const open = await this.#call('reading pull requests', () =>
      this.#octokit.pulls.list({ ...this.#at, head, base, state: 'open', per_page: 10 }),
    );
    const [there] = open.data;
    const pull =
      there ??
      (
        await this.#call('opening the pull request', () =>
          this.#octokit.pulls.create({ ...this.#at, title: text.title, body: text.body, head: branch, base }),
        )
      ).data;
    if (there !== undefined && there.title !== text.title)
      await this.#call('updating the pull request', () =>
        this.#octokit.pulls.update({ ...this.#at, pull_number: there.number, title: text.title }),
      );
    await this.#comment(pull.number, pull.user?.login, text.comment);
    return { number: pull.number, url: pull.html_url, state: there === undefined ? 'opened' : 'updated' };
  }

  async #comment(issue_number: number, author: string | undefined, text: string): Promise<void> {
    const body = `${MARK}\n${text}`;
    const comments = await this.#call('reading comments', () =>
      this.#octokit.paginate(this.#octokit.issues.listComments, { ...this.#at, issue_number, per_page: 100 }),
    );
    // At its very beginning: a reply that quotes the comment holds the mark as well. And not a stranger's, who could write it.
    const own = comments.find(
      ({ body: words, user, author_association: role }) =>
        words?.startsWith(MARK) &&
        (user?.login === author || user?.type === 'Bot' || /^(?:OWNER|MEMBER|COLLABORATOR)$/.test(role)),
    );
    if (own === undefined)
      await this.#call('commenting', () => this.#octokit.issues.createComment({ ...this.#at, issue_number, body }));
    else if (own.body !== body)
      await this.#call('updating the comment', () =>
        this.#octokit.issues.updateComment({ ...this.#at, comment_id: own.id, body }),
      );
  }
}

/** Begins the one comment. */
const MARK = '<!-- opsline:policy-fix -->';
