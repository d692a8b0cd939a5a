import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cli } from '../helpers/cli.ts';
import { startGitHub, type TestGitHub } from '../helpers/github.ts';
import { BUILD_TIMEOUT_MS, program } from '../helpers/programs.ts';
import { makeRepository, type TestRepository } from '../helpers/repository.ts';
import { READ_ONLY_POLICY, workload } from '../pipelines/policy-fix/read-only.ts';

const TOKEN = 'ghs_0123456789abcdefghijklmnopqrstuvwxyz';
let repo: TestRepository;
let bare: string;
let folder: string;

beforeAll(() => program('gator'), BUILD_TIMEOUT_MS);
beforeEach(() => {
  repo = makeRepository();
  repo.git('config', 'user.name', 'Grace Example');
  repo.git('config', 'user.email', 'grace@example.com');
  repo.commit('Manifests', {
    'deploy/one.yaml': workload('Deployment', 'one'),
    'deploy/two.yaml': workload('Deployment', 'two'),
    'policies/p.yaml': READ_ONLY_POLICY,
  });
  folder = mkdtempSync(join(tmpdir(), 'opsline-remote-'));
  bare = join(folder, 'deploy.git');
  repo.git('init', '-q', '--bare', '-b', 'main', bare);
});
afterEach(() => {
  repo.remove();
  rmSync(folder, { recursive: true, force: true });
});

const ENV = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
const fix = (more: readonly string[], env: Record<string, string> = {}) =>
  cli(['fix', 'deploy', '--policies', 'policies', '-o', 'diff', ...more], {
    cwd: repo.path,
    env: { ...ENV, ...env },
  });
const withOrigin = (url = bare): void => {
  repo.git('remote', 'add', 'origin', url);
  repo.git('push', '-q', bare, 'main');
};

describe('opsline fix --branch', () => {
  it('writes one commit a file beside the working tree, and pushes it', async () => {
    withOrigin();
    // Something half done in the index and the tree, which is to stay exactly so.
    repo.write({ 'notes.txt': 'mine', 'other.txt': 'too' });
    repo.git('add', 'notes.txt');
    const before = [repo.git('status', '--porcelain=v2', '--branch'), repo.git('ls-files', '-s')];
    const said = await fix(['--branch', 'mend']);
    expect(said).toMatchObject({ code: 0 });
    expect(said.stderr).toContain('pushed to origin');
    expect([repo.git('status', '--porcelain=v2', '--branch'), repo.git('ls-files', '-s')]).toEqual(before);

    const log = repo
      .git('--git-dir', bare, 'log', '--reverse', '--format=%an <%ae>%n%s', 'main..mend')
      .trim()
      .split('\n');
    expect(log).toEqual([
      'Grace Example <grace@example.com>',
      'Make one satisfy read-only',
      'Grace Example <grace@example.com>',
      'Make two satisfy read-only',
    ]);
    expect(repo.git('diff', '--name-only', 'mend~1', 'mend')).toBe('deploy/two.yaml\n');
    expect(repo.git('diff', 'main', 'mend')).toContain('+            readOnlyRootFilesystem: true');
    const body = repo.git('log', '-1', '--format=%b', 'mend');
    for (const words of [
      'shop/Deployment/two was denied:\n- read-only: ',
      'the container web must not write (see # 12, @ platform)',
      'container web: read-only root file system (risk: medium)',
      '- `Read-only file system` in its log',
      'Verified by gatekeeper',
    ])
      expect(body).toContain(words);

    const tip = repo.git('rev-parse', 'mend');
    expect((await fix(['--branch', 'mend'])).stderr).toContain('as before');
    expect(repo.git('rev-parse', 'mend')).toBe(tip);
    repo.commit('Go on', { 'deploy/two.yaml': `# more\n${workload('Deployment', 'two')}` });
    expect(await fix(['--branch', 'mend'])).toMatchObject({ code: 0 });
    expect(repo.git('--git-dir', bare, 'rev-parse', 'mend~2')).toBe(repo.git('rev-parse', 'main'));
  }, 120_000);

  it('commits what is checked out with other line ends as it was committed', async () => {
    repo.write({ 'deploy/one.yaml': workload('Deployment', 'one').replaceAll('\n', '\r\n') });
    const said = await fix(['--branch', 'mend']);
    expect(said.stderr).toContain('no remote origin');
    expect(repo.git('show', 'mend:deploy/one.yaml')).not.toContain('\r');
    expect(repo.git('diff', '--stat', 'main', 'mend')).toContain('2 files changed, 4 insertions(+)');
  }, 60_000);

  it.each<[string, string, string, (() => void) | undefined]>([
    [
      'the default branch of the remote',
      'trunk-of-ours',
      'is the default branch',
      () => {
        withOrigin();
        repo.git('push', '-q', bare, 'main:trunk-of-ours');
        repo.git('--git-dir', bare, 'symbolic-ref', 'HEAD', 'refs/heads/trunk-of-ours');
      },
    ],
    ['a name that is protected everywhere', 'release/1.2', 'protected branch', undefined],
    ['the branch that is checked out', 'work', 'is checked out', () => repo.git('switch', '-qc', 'work')],
    ['no name of a branch', '--upload-pack=x', 'no name of a branch', undefined],
    [
      'no name of a branch either',
      '@{-1}',
      'no name of a branch',
      () => {
        repo.git('switch', '-qc', 'work');
      },
    ],
    [
      'a file with changes',
      'mend',
      'deploy/one.yaml differs from the last commit',
      () => repo.write({ 'deploy/one.yaml': `# mine\n${workload('Deployment', 'one')}` }),
    ],
    [
      'a file that was never committed',
      'mend',
      'deploy/new.yaml is not in the last commit',
      () => repo.write({ 'deploy/new.yaml': workload('Deployment', 'new') }),
    ],
    [
      'a branch with work of people',
      'mend',
      'commits that opsline did not make',
      () => {
        repo.git('switch', '-qc', 'mend');
        repo.commit('By hand', { 'x.txt': '1' });
        repo.git('switch', '-q', 'main');
      },
    ],
    ['a repository without an identity', 'mend', 'who commits', () => repo.git('config', '--remove-section', 'user')],
  ])(
    'refuses %s',
    async (_, branch, words, prepare) => {
      prepare?.();
      const refs = repo.git('for-each-ref');
      const said = await fix([`--branch=${branch}`]);
      expect(said).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
      expect(repo.git('for-each-ref')).toBe(refs);
    },
    60_000,
  );

  it('refuses a branch of the remote that someone else changed', async () => {
    withOrigin();
    await fix(['--branch', 'mend']);
    repo.git('switch', '-q', 'mend');
    repo.commit('A word of mine', { 'x.txt': '1' });
    repo.git('push', '-q', 'origin', 'mend');
    repo.git('switch', '-q', 'main');
    repo.git('branch', '-qD', 'mend');
    const said = await fix(['--branch', 'mend']);
    expect(said).toMatchObject({ code: 2, stderr: expect.stringContaining('on origin holds commits') });
  }, 60_000);
});

describe('opsline fix --pr', () => {
  let github: TestGitHub;
  let env: Record<string, string>;
  beforeEach(async () => {
    github = await startGitHub(bare, TOKEN);
    withOrigin(github.remote);
    env = { GITHUB_TOKEN: TOKEN, GITHUB_API_URL: github.api };
  });
  afterEach(() => github.close());

  it('opens one pull request with one comment, and the next run replaces both', async () => {
    const bin = join(folder, 'bin');
    const log = join(folder, 'arguments');
    repo.git('init', '-q', bin);
    const real = repo.git('--exec-path').trim();
    writeFileSync(join(bin, 'git'), `#!/bin/sh\nprintf '%s\\n' "$*" >> '${log}'\nexec '${real}/git' "$@"\n`);
    chmodSync(join(bin, 'git'), 0o755);
    const watched = { ...env, PATH: `${bin}:${process.env.PATH}` };
    const stranger = { user: { login: 'mallory', type: 'User' }, author_association: 'NONE' };
    const first = await fix(['--pr'], watched);
    expect(first).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('pull request #1 opened: http://github.test/'),
    });
    expect(github.pulls).toMatchObject([
      { head: 'opsline/policy-fix', base: 'main', title: 'Make 2 objects satisfy read-only' },
    ]);
    expect(github.comments).toHaveLength(1);
    expect(github.comments[0]?.body).toContain('### `shop/Deployment/two`: fixed');
    // Others talk, one of them with the mark; ours is on the second page now.
    const [own] = github.comments.splice(0, 1);
    github.comments.push(
      { id: 1, body: `${own?.body}`, ...stranger },
      { id: 2, body: `> ${own?.body}`, ...stranger },
      own as NonNullable<typeof own>,
    );

    repo.commit('Mend one by hand', {
      'deploy/one.yaml': repo.git('show', 'opsline/policy-fix:deploy/one.yaml'),
    });
    repo.git('push', '-q', bare, 'main');
    const second = await fix(['--pr'], watched);
    expect(second.stderr).toContain('pull request #1 updated');
    expect(github.pulls).toMatchObject([{ title: 'Make two satisfy read-only' }]);
    expect(github.comments).toHaveLength(3);
    expect(github.comments[2]?.body).not.toContain('shop/Deployment/one');
    expect(github.comments[0]?.body).toContain('shop/Deployment/one');
    expect(repo.git('--git-dir', bare, 'log', '--format=%s', 'main..opsline/policy-fix').trim()).toBe(
      'Make two satisfy read-only',
    );

    const basic = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');
    const told = [first, second].map(({ stdout, stderr }) => stdout + stderr).join('');
    const kept = [told, readFileSync(log, 'utf8'), readFileSync(join(repo.path, '.git', 'config'), 'utf8')];
    for (const text of kept) for (const secret of [TOKEN, basic]) expect(text).not.toContain(secret);
    expect(readFileSync(log, 'utf8')).toContain('push');
  }, 120_000);

  it('asks for a pull request into the branch that it stands on', async () => {
    repo.git('switch', '-qc', 'feature');
    expect(await fix(['--pr'], env)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('feature is not on origin'),
    });
    repo.git('push', '-q', bare, 'feature');
    expect(await fix(['--pr', '--branch', 'mend'], env)).toMatchObject({ code: 0 });
    expect(github.pulls).toMatchObject([{ head: 'mend', base: 'feature' }]);
  }, 60_000);

  it.each<[string, (env: Record<string, string>) => Record<string, string>, string]>([
    ['without a token', ({ GITHUB_TOKEN: _, ...rest }) => rest, 'needs a token in GITHUB_TOKEN or GH_TOKEN'],
    ['with a wrong token', (given) => ({ ...given, GITHUB_TOKEN: 'ghs_wrong' }), 'origin does not answer'],
    ['with the API of another host', ({ GITHUB_API_URL: _, ...rest }) => rest, 'no repository of github.com'],
    ['with an API in the open', (given) => ({ ...given, GITHUB_API_URL: 'http://github.example' }), 'https://'],
  ])(
    'refuses to go on %s',
    async (_, change, words) => {
      const said = await fix(['--pr'], change(env));
      expect(said).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
      expect(said.stderr).not.toContain('ghs_');
      expect(github.pulls).toEqual([]);
      expect(repo.git('--git-dir', bare, 'for-each-ref', '--format=%(refname)').trim()).toBe('refs/heads/main');
    },
    60_000,
  );

  it('never writes a branch that GitHub protects', async () => {
    github.guarded.add('mend');
    expect(await fix(['--pr', '--branch', 'mend'], env)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('protected on GitHub'),
    });
    expect(repo.git('branch', '--list', 'mend')).toBe('');
  }, 60_000);
});

describe('opsline fix', () => {
  it.each([
    [['--write', '--branch', 'mend'], 'the patches go to one place'],
    [['-', '--pr'], '--pr needs files'],
  ])('refuses %j', async (flags, words) => {
    expect(await fix(flags)).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
  });
});
