import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpslineError } from '../errors.ts';
import { git } from './command.ts';
import { Repository } from './repository.ts';

/** What fetching one revision may take. */
const LIMITS = { packBytes: 256 * 1024 * 1024 } as const;

/** A branch, tag or whole commit id, without what would make a range, a path or an option of it. */
const REVISION = /^(?!.*(?:\.\.|\/\/|@\{|\.lock(?:\/|$)))[A-Za-z0-9](?:[\w./+-]{0,248}[\w+-])?$/;

/**
 * The URL, if the configuration permits it. An entry that is a host name permits `https` and `ssh` to it on their own ports; any
 * other entry is the beginning of the URLs that it permits. Throws `invalid-input`.
 */
export function permittedUrl(url: string, hosts: readonly string[]): URL {
  const refuse = (why: string): never => {
    throw new OpslineError('invalid-input', `The Git URL is refused: ${why}`);
  };
  if (!URL.canParse(url)) refuse('it is no URL; write ssh://git@host/path for git@host:path.');
  const parsed = new URL(url);
  if (parsed.password !== '' || (parsed.username !== '' && parsed.protocol !== 'ssh:'))
    refuse('it holds a name or password. The service has credentials of its own, or none.');
  // A name that ssh would take for an option.
  if (/^-/.test(parsed.hostname) || /^-/.test(decodeURIComponent(parsed.username))) refuse('its host is no host.');
  const permitted = hosts.some((entry) =>
    entry.includes('://')
      ? parsed.href.startsWith(entry.endsWith('/') ? entry : `${entry}/`)
      : /^(?:https|ssh):$/.test(parsed.protocol) && parsed.hostname === entry.toLowerCase() && parsed.port === '',
  );
  if (!permitted)
    refuse(
      hosts.length === 0
        ? 'this opsline is not configured to fetch from any host (OPSLINE_GIT_HOSTS).'
        : `${parsed.protocol}//${parsed.host} is not among the hosts that this opsline is configured to fetch from (OPSLINE_GIT_HOSTS).`,
    );
  return parsed;
}

async function packedBytes(folder: string): Promise<number> {
  const packs = join(folder, 'objects', 'pack');
  const names = await readdir(packs).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(packs, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * Fetches one revision, without history, checkout, hooks, filters, tags or submodules, and gives it to `use`; what was fetched is
 * removed afterwards. Redirects are not followed. Throws `invalid-input` for a URL that is not permitted or a revision that is
 * none, `git-failed` where the host refuses or does not answer, `payload-too-large` past 256 MiB.
 */
export async function withFetched<T>(
  { url, revision = 'HEAD' }: { readonly url: string; readonly revision?: string | undefined },
  hosts: readonly string[],
  signal: AbortSignal,
  use: (repository: Repository, commit: string) => Promise<T>,
): Promise<T> {
  const { href, protocol } = permittedUrl(url, hosts);
  if (!REVISION.test(revision))
    throw new OpslineError('invalid-input', 'The revision must be a branch, a tag or a whole commit id.');
  const folder = await mkdtemp(join(tmpdir(), 'opsline-fetch-'));
  const tooLarge = new AbortController();
  const watch = setInterval(async () => {
    if ((await packedBytes(folder)) > LIMITS.packBytes)
      tooLarge.abort(
        new OpslineError(
          'payload-too-large',
          `The revision is larger than ${LIMITS.packBytes} bytes. Send the manifests.`,
        ),
      );
  }, 250);
  try {
    const limited = AbortSignal.any([signal, tooLarge.signal]);
    const made = await git(folder, ['init', '--quiet', '--bare', '--template='], { signal });
    if (made.code !== 0) throw new OpslineError('git-failed', 'git init failed.');
    const scheme = protocol.slice(0, -1);
    const settings = [
      'protocol.allow=never',
      `protocol.${scheme}.allow=always`,
      'http.followRedirects=false',
      'core.askPass=',
      'transfer.fsckObjects=true',
      'submodule.recurse=false',
      'gc.auto=0',
    ].flatMap((setting) => ['-c', setting]);
    const args = ['fetch', '--quiet', '--depth=1', '--no-tags', '--no-recurse-submodules', '--', href, revision];
    const fetched = await git(folder, [...settings, ...args], {
      signal: limited,
      as: 'user',
      env: { GIT_ALLOW_PROTOCOL: scheme, GIT_SSH_COMMAND: 'ssh -oBatchMode=yes', GIT_ASKPASS: '', SSH_ASKPASS: '' },
    });
    if (fetched.code !== 0) {
      const missing = /couldn't find remote ref|not our ref|no such ref/i.test(fetched.stderr);
      const why = missing ? `it has no revision ${revision}` : 'the host refused, or did not answer';
      throw new OpslineError('git-failed', `${href} was not fetched: ${why}.`);
    }
    const repository = await Repository.open(folder, signal);
    const commit = await repository.resolve('FETCH_HEAD');
    if (commit === undefined) throw new OpslineError('git-failed', `${href} has no commit ${revision}.`);
    return await use(repository, commit);
  } finally {
    clearInterval(watch);
    await rm(folder, { recursive: true, force: true });
  }
}
