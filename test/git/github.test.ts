import { describe, expect, it } from 'vitest';
import { gitHubRepository } from '../../src/git/github.ts';
import { credentialEnvironment } from '../../src/git/remote.ts';

const TOKEN = 'ghs_secret';
const of = (remote: string, env: Record<string, string> = {}) =>
  gitHubRepository(remote, { GITHUB_TOKEN: TOKEN, ...env });
const ENTERPRISE = { GITHUB_API_URL: 'https://git.example.com/api/v3/' };

describe('gitHubRepository', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['https://github.com/shop/deploy.git', {}, 'https://github.com/'],
    ['https://github.com/shop/deploy', { GITHUB_REPOSITORY: 'other/one' }, 'https://github.com/'],
    ['git@github.com:shop/deploy.git', {}, undefined],
    ['ssh://git@github.com/shop/deploy.git', {}, undefined],
    ['https://git.example.com/shop/deploy', ENTERPRISE, 'https://git.example.com/'],
    ['https://corp.ghe.com/shop/deploy', { GITHUB_API_URL: 'https://api.corp.ghe.com' }, 'https://corp.ghe.com/'],
    ['/srv/git/deploy.git', { GITHUB_REPOSITORY: 'shop/deploy' }, undefined],
    ['https://mirror.example.com/shop/deploy', { GITHUB_REPOSITORY: 'shop/deploy' }, undefined],
  ])('reads %s, and gives the token to its own host alone', (remote, env, url) => {
    const repository = of(remote, env);
    expect(repository).toMatchObject({ owner: 'shop', repo: 'deploy' });
    expect(repository.credential?.url).toBe(url);
  });

  it.each([
    ['https://github.com.evil.example/shop/deploy', {}],
    ['https://git.example.com/shop/deploy', {}],
    ['https://github.com/shop/deploy', ENTERPRISE],
    ['https://github.com/shop/deploy/more', {}],
    ['https://github.com/shop/deploy', { GITHUB_API_URL: 'http://api.github.com' }],
    ['https://github.com/shop/deploy', { GITHUB_TOKEN: 'ghs_secret\nX: y' }],
  ])('refuses %s with %j, and keeps the token to itself', (remote, env) => {
    expect(() => of(remote, env)).toThrow(/GITHUB/);
    expect(() => of(remote, env)).not.toThrow(/ghs_secret/);
  });

  it('takes GH_TOKEN where there is no other', () => {
    expect(gitHubRepository('https://github.com/shop/deploy', { GH_TOKEN: TOKEN }).token).toBe(TOKEN);
  });
});

describe('credentialEnvironment', () => {
  it('goes on behind settings that are in the environment already', () => {
    const env = credentialEnvironment({ url: 'https://github.com/', token: TOKEN }, { GIT_CONFIG_COUNT: '2' });
    expect(env).toMatchObject({ GIT_CONFIG_COUNT: '5', GIT_CONFIG_KEY_3: 'http.https://github.com/.extraHeader' });
    expect(Object.keys(env)).not.toContain('GIT_CONFIG_KEY_1');
    expect(credentialEnvironment(undefined)).toEqual({});
  });
});
