import { OpslineError } from '../errors.ts';
import { lastWords, type Workshop, type WrittenBranch } from './branch.ts';

/** Where commits are pushed to. */
export const REMOTE = 'origin';

/** What a remote says of its branches. */
export interface RemoteBranches {
  readonly url: string;
  /** The branch that HEAD names there. */
  readonly default: string | undefined;
  /** Ids of the branches that were asked for and are there. */
  readonly ids: ReadonlyMap<string, string>;
}

/** A token for one host over HTTPS. It goes to git in its environment alone: never in arguments, files or URLs. */
export interface Credential {
  /** The beginning of the URLs it is for, such as `https://github.com/`. */
  readonly url: string;
  readonly token: string;
}

/** Environment that has git send a token to the URLs it is for, and follow no redirect with it. */
export function credentialEnvironment(
  credential: Credential | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  if (credential === undefined) return {};
  const basic = Buffer.from(`x-access-token:${credential.token}`).toString('base64');
  const first = Number(env.GIT_CONFIG_COUNT ?? 0) || 0;
  const settings: readonly (readonly [string, string])[] = [
    // What a workflow's checkout left there would be sent, too: two such headers are an error.
    [`http.${credential.url}.extraHeader`, ''],
    [`http.${credential.url}.extraHeader`, `Authorization: Basic ${basic}`],
    [`http.${credential.url}.followRedirects`, 'false'],
  ];
  return {
    GIT_CONFIG_COUNT: String(first + settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], i) => [
        [`GIT_CONFIG_KEY_${first + i}`, key],
        [`GIT_CONFIG_VALUE_${first + i}`, value],
      ]),
    ),
  };
}

/** The URL of `origin`; undefined without one. */
export async function remoteUrl(workshop: Workshop): Promise<string | undefined> {
  const answer = await workshop.run(['remote', 'get-url', REMOTE]);
  return answer.code === 0 ? answer.stdout.toString('utf8').trim() : undefined;
}

/** Asks the remote for its default branch and for some others. Throws `git-failed`. */
export async function readRemote(
  workshop: Workshop,
  url: string,
  branches: readonly string[],
  credential: Credential | undefined,
): Promise<RemoteBranches> {
  const refs = branches.map((branch) => `refs/heads/${branch}`);
  const answer = await workshop.run(['ls-remote', '--symref', '--', REMOTE, 'HEAD', ...refs], {
    env: credentialEnvironment(credential),
  });
  if (answer.code !== 0) throw new OpslineError('git-failed', `${REMOTE} does not answer: ${lastWords(answer)}`);
  const rows = answer.stdout
    .toString('utf8')
    .split('\n')
    .map((row) => row.split('\t'));
  const head = rows.find(([left, right]) => right === 'HEAD' && left?.startsWith('ref: '))?.[0];
  return {
    url,
    default: head?.replace(/^ref: refs\/heads\//, ''),
    ids: new Map(
      rows.flatMap(([id, ref]): [string, string][] =>
        id !== undefined && ref?.startsWith('refs/heads/') ? [[ref.slice('refs/heads/'.length), id]] : [],
      ),
    ),
  };
}

/**
 * Pushes a branch to `origin`. One that is there already is replaced when it holds nothing but what opsline put there, and
 * only if it still does when the push arrives. Throws `branch-refused` and `git-failed`.
 */
export async function push(
  workshop: Workshop,
  { name, commit, base }: WrittenBranch,
  remote: RemoteBranches,
  credential: Credential | undefined,
): Promise<'pushed' | 'same'> {
  const there = remote.ids.get(name);
  if (there === commit) return 'same';
  const env = credentialEnvironment(credential);
  const ref = `refs/heads/${name}`;
  if (there !== undefined) {
    const fetched = await workshop.run(
      ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', '--', REMOTE, ref],
      { env },
    );
    if (fetched.code !== 0) throw new OpslineError('git-failed', `git fetch: ${lastWords(fetched)}`);
    if (!(await workshop.isOwn(there, base)))
      throw new OpslineError(
        'branch-refused',
        `${name} on ${REMOTE} holds commits that opsline did not make, or that were changed since: name another branch`,
      );
  }
  const lease = `--force-with-lease=${ref}:${there ?? ''}`;
  const options = ['--quiet', '--no-verify', '--no-follow-tags', '--recurse-submodules=no', lease];
  const answer = await workshop.run(['push', ...options, '--', REMOTE, `${commit}:${ref}`], { env });
  if (answer.code !== 0) {
    const why = answer.stderr.split('\n').find((line) => /^ ! |^remote: |^fatal: /.test(line)) ?? lastWords(answer);
    throw new OpslineError(
      'git-failed',
      `git push: ${why
        .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
        .trim()
        .slice(0, 300)}`,
    );
  }
  return 'pushed';
}
