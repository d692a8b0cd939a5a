import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cli } from '../helpers/cli.ts';
import { BUILD_TIMEOUT_MS, program } from '../helpers/programs.ts';
import { makeRepository, type TestRepository } from '../helpers/repository.ts';
import { READ_ONLY_POLICY, workload } from '../pipelines/policy-fix/read-only.ts';

const application = (name: string, repoURL: string, source: string) =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: ${name}, namespace: argocd }\nspec:\n  source:\n    repoURL: ${repoURL}\n${source.replace(/^/gm, '    ')}\n`;

let repo: TestRepository;
beforeAll(() => program('gator'), BUILD_TIMEOUT_MS);
beforeEach(() => {
  repo = makeRepository();
  repo.commit('Manifests', {
    'k8s/base/kustomization.yaml': 'resources: [web.yaml]\n',
    'k8s/base/web.yaml': workload('Deployment', 'web'),
    'k8s/dev/kustomization.yaml': 'resources: [../base]\n',
    'k8s/prod/kustomization.yaml': 'resources: [../base]\nreplicas: [{ name: web, count: 3 }]\n',
    'policies/p.yaml': READ_ONLY_POLICY,
  });
});
afterEach(() => repo.remove());

const fix = (paths: string[], more: string[], cwd = repo.path) =>
  cli(['fix', ...paths, ...more], { cwd, env: { GIT_CONFIG_GLOBAL: '/dev/null' } });

describe('opsline fix', () => {
  it('reads what a kustomization builds on, says who else does, and mends the source', async () => {
    const said = await fix(['k8s/prod'], ['--policies', 'policies', '--write']);
    expect(said).toMatchObject({ code: 0, stdout: expect.stringContaining('k8s/base/web.yaml:1, built by k8s/prod') });
    expect(said.stderr).toContain('also read 2 files');
    expect(said.stderr).toContain('not judged, and served by the same files: k8s/dev');
    expect(repo.git('diff', '--stat')).toContain('k8s/base/web.yaml | 2 ++');
    const again = await fix(['k8s/prod', 'k8s/dev'], ['--policies', 'policies']);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('2 objects already compliant') });
  }, 60_000);

  it('reads nothing outside the repository, neither by a path nor by a link', async () => {
    const secret = join(repo.path, '..', `secret-${process.pid}.yaml`);
    writeFileSync(secret, workload('Deployment', 'secret'));
    try {
      symlinkSync(secret, join(repo.path, 'k8s', 'prod', 'link.yaml'));
      repo.write({ 'k8s/prod/kustomization.yaml': `resources: [../base, link.yaml, ../../../${basename(secret)}]\n` });
      const said = await fix(['k8s/prod/kustomization.yaml'], ['--policies', 'policies', '-o', 'json']);
      const { resources, notes } = JSON.parse(said.stdout);
      expect(resources.map(({ object }: { object: { name: string } }) => object.name)).toEqual(['web']);
      expect(notes).toHaveLength(2);
    } finally {
      rmSync(secret);
    }
  }, 60_000);

  it('names files from the top of the repository when some lie above', async () => {
    const cwd = join(repo.path, 'k8s', 'prod');
    const said = await fix(['.'], ['--policies', '../../policies', '-o', 'diff'], cwd);
    expect(said.stderr).toContain('names of files are relative to');
    writeFileSync(join(repo.path, 'fix.patch'), said.stdout);
    repo.git('apply', 'fix.patch');
    expect(repo.git('diff', '--name-only')).toBe('k8s/base/web.yaml\n');
  }, 60_000);

  it('writes an edit for one overlay into a patch of its own, to a branch too', async () => {
    const policy = `${READ_ONLY_POLICY}spec: { match: { labelSelector: { matchLabels: { stage: prod } } } }\n`;
    repo.git('config', 'user.name', 'Grace Example');
    repo.git('config', 'user.email', 'grace@example.com');
    repo.commit('Labels', {
      'policies/p.yaml': policy,
      'k8s/prod/kustomization.yaml': 'resources: [../base]\nlabels: [{ pairs: { stage: prod } }]\n',
    });
    const said = await fix(['k8s'], ['--policies', 'policies', '--branch', 'mend']);
    expect(said).toMatchObject({ code: 0 });
    const patch = 'k8s/prod/policy-fix-deployment-web.yaml';
    expect(repo.git('diff', '--name-only', 'main', 'mend')).toBe(`k8s/prod/kustomization.yaml\n${patch}\n`);
    expect(repo.git('show', `mend:${patch}`)).toContain('readOnlyRootFilesystem: true');
    expect(repo.git('log', '--format=%s', 'main..mend').trim().split('\n')).toHaveLength(2);
    expect(repo.git('status', '--porcelain')).toBe('');
  }, 60_000);

  it('follows Argo CD Applications into their folder of the same repository, and tells of what it cannot render', async () => {
    repo.git('remote', 'add', 'origin', 'git@git.example.com:shop/deploy.git');
    repo.commit('Applications', {
      'apps/prod.yaml': [
        application('prod', 'https://git.example.com/shop/deploy', 'path: k8s/prod'),
        application('far', 'https://git.example.com/shop/other', 'path: k8s/dev'),
        application('chart', 'https://git.example.com/shop/deploy', 'path: charts/x\nhelm: { values: "a: 1" }'),
      ].join('---\n'),
    });
    const said = await fix(['apps'], ['--policies', 'policies', '-o', 'json']);
    const result = JSON.parse(said.stdout);
    expect(result).toMatchObject({ outcome: 'fixed', patches: [{ file: 'k8s/base/web.yaml' }] });
    expect(result.notes).toEqual([
      'Application far: the folder k8s/dev of its source is not among the files',
      expect.stringContaining('Application chart: what its Helm chart makes was not judged'),
    ]);
  }, 60_000);
});
