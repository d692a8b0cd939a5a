import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { permittedUrl, withFetched } from '../../src/git/fetch.ts';
import { startGitHub, type TestGitHub } from '../helpers/github.ts';
import { makeRepository, type TestRepository } from '../helpers/repository.ts';

describe('permittedUrl', () => {
  const hosts = ['git.example.com', 'ssh://deploy@other.example.com/infra', 'http://127.0.0.1:4000/'];
  it.each([
    'https://git.example.com/shop/deploy',
    'ssh://git@git.example.com/shop/deploy.git',
    'ssh://deploy@other.example.com/infra/k8s',
    'http://127.0.0.1:4000/a',
  ])('takes %s', (url) => expect(permittedUrl(url, hosts).href).toBe(url));

  it.each([
    ['http://git.example.com/shop/deploy', 'not among the hosts'],
    ['https://git.example.com:8443/shop/deploy', 'not among the hosts'],
    ['https://git.example.com.evil.example/x', 'not among the hosts'],
    ['https://evil.example/git.example.com/x', 'not among the hosts'],
    ['ssh://deploy@other.example.com/infrastructure', 'not among the hosts'],
    ['ssh://deploy@other.example.com/infra/../secret', 'not among the hosts'],
    ['http://127.0.0.1:40000/a', 'not among the hosts'],
    ['file:///etc', 'not among the hosts'],
    ['ext::sh -c x', 'not among the hosts'],
    ['https://user:hunter2@git.example.com/x', 'name or password'],
    ['https://token@git.example.com/x', 'name or password'],
    ['ssh://-oProxyCommand=x/y', 'no host'],
    ['git@git.example.com:shop/deploy', 'no URL'],
    ['/srv/git/x', 'no URL'],
  ])('refuses %s', (url, words) => {
    expect(() => permittedUrl(url, hosts)).toThrow(words);
    expect(() => permittedUrl(url, hosts)).not.toThrow('hunter2');
  });

  it('refuses everything where nothing is configured', () => {
    expect(() => permittedUrl('https://git.example.com/x', [])).toThrow('not configured to fetch');
  });
});

describe('withFetched', () => {
  let repo: TestRepository;
  let folder: string;
  let host: TestGitHub;
  let first: string;
  const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith('opsline-fetch-'));
  const fetched = (url: string, revision?: string) =>
    withFetched(
      { url, revision },
      [new URL(host.remote).origin],
      AbortSignal.timeout(30_000),
      async (repository, commit) => {
        const tree = await repository.tree(commit);
        return { commit, texts: Object.fromEntries((await repository.texts(tree)).texts) };
      },
    );
  beforeAll(async () => {
    repo = makeRepository();
    first = repo.commit('One', { 'a.yaml': 'a: 1\n' });
    repo.git('tag', 'v1.0');
    repo.commit('Two', { 'a.yaml': 'a: 2\n', '.gitattributes': '* filter=evil\n' });
    folder = mkdtempSync(join(tmpdir(), 'opsline-remote-'));
    const bare = join(folder, 'deploy.git');
    repo.git('clone', '-q', '--bare', '.', bare);
    repo.git('--git-dir', bare, 'config', 'uploadpack.allowReachableSHA1InWant', 'true');
    host = await startGitHub(bare);
  });
  afterAll(async () => {
    await host.close();
    repo.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('reads a branch, a tag, a commit and the default branch, and leaves nothing behind', async () => {
    expect((await fetched(host.remote)).texts).toEqual({ 'a.yaml': 'a: 2\n' });
    expect((await fetched(host.remote, 'main')).texts).toEqual({ 'a.yaml': 'a: 2\n' });
    for (const revision of ['v1.0', first])
      expect(await fetched(host.remote, revision)).toEqual({ commit: first, texts: { 'a.yaml': 'a: 1\n' } });
    expect(leftovers()).toEqual([]);
  });

  it.each(['nowhere', '--upload-pack=touch', 'main:refs/heads/x', '+main', 'a..b', '@{u}', 'x/'])(
    'refuses the revision %s',
    async (revision) => {
      await expect(fetched(host.remote, revision)).rejects.toThrow(/no revision|must be a branch/);
      expect(leftovers()).toEqual([]);
    },
  );

  it('follows no redirect to another host, and says nothing of what the host said', async () => {
    const elsewhere = createServer((request, response) => {
      response.writeHead(302, { location: `${host.remote}${request.url}` }).end('secret words');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    const asked = withFetched({ url: `${origin}/x.git` }, [origin], AbortSignal.timeout(30_000), async () => 'read');
    await expect(asked).rejects.toThrow(/was not fetched: the host refused/);
    await expect(asked).rejects.not.toThrow('secret');
    elsewhere.close();
  });

  it('runs nothing that the caller configured for their own work', async () => {
    const template = join(folder, 'template');
    repo.git('init', '-q', '--bare', template);
    writeFileSync(join(template, 'hooks', 'reference-transaction'), `#!/bin/sh\ntouch '${join(folder, 'ran')}'\n`, {
      mode: 0o755,
    });
    process.env.GIT_TEMPLATE_DIR = template;
    try {
      await fetched(host.remote);
    } finally {
      delete process.env.GIT_TEMPLATE_DIR;
    }
    expect(readdirSync(folder)).not.toContain('ran');
  });
});
