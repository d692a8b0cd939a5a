import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli } from '../helpers/cli.ts';
import { makeRepository, type TestRepository } from '../helpers/repository.ts';
import { deployment, evidenceOf } from '../pipelines/deploy-explanation/git/shop.ts';

const input = evidenceOf('running/oom-killed')[0]?.text ?? '';
let repo: TestRepository;
let culprit: string;

beforeAll(() => {
  repo = makeRepository();
  repo.commit('Well', { 'a.yaml': deployment('data', 'importer') });
  repo.git('tag', 'v1');
  culprit = repo.commit('Less memory', {
    'a.yaml': deployment('data', 'importer', { 'memory: 512Mi': 'memory: 128Mi' }),
  });
});
afterAll(() => repo.remove());

describe('opsline explain --repo', () => {
  it('names the commit in every form, from a relative folder too', async () => {
    const record = join(repo.path, '..', `record-${culprit}.json`);
    const [page, ticket, json] = await Promise.all([
      cli(['explain', '-', '--repo', repo.path, '--good', 'v1'], { input }),
      cli(['explain', '-', '--repo', repo.path, '--good', 'v1', '-o', 'md'], { input }),
      cli(['explain', '-', '--repo', repo.path, '--good', 'v1', '--bad', culprit, '-o', 'json', '--record', record], {
        input,
      }),
    ]);
    expect(page).toMatchObject({ code: 1 });
    for (const { stdout } of [page, ticket]) expect(stdout).toContain('memory limit 512Mi → 128Mi in a.yaml, line 38');
    expect(JSON.parse(json.stdout)).toMatchObject({
      change: { git: { commit: { id: culprit } } },
      git: { commits: 1 },
    });
    try {
      expect(await cli(['runs', 'replay', record])).toMatchObject({ code: 0, stdout: expect.stringContaining('same') });
    } finally {
      rmSync(record, { force: true });
    }
  });

  it('is wrong usage with a service, without a repository, and with revisions that are none', async () => {
    const file = join(repo.path, 'evidence.txt');
    writeFileSync(file, input);
    const [served, environment, bare, unknown, option, outside] = await Promise.all([
      cli(['explain', file, '--repo', '.', '--server', 'http://127.0.0.1:9']),
      cli(['explain', file, '--repo', '.'], { env: { OPSLINE_URL: 'http://127.0.0.1:9' } }),
      cli(['explain', file, '--good', 'v1']),
      cli(['explain', file, '--repo', repo.path, '--good', 'v9']),
      cli(['explain', file, '--repo', repo.path, '--good=--all']),
      cli(['explain', file, '--repo', '/', '--good', 'v1']),
    ]);
    for (const said of [served, environment]) {
      expect(said).toMatchObject({ code: 2, stdout: '' });
      expect(said.stderr).toContain('--repo is read by this process alone');
    }
    expect(bare).toMatchObject({ code: 2, stderr: expect.stringContaining('say which with --repo') });
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('`v9` names no commit') });
    expect(option).toMatchObject({ code: 2, stderr: expect.stringContaining('`--all` names no commit') });
    expect(outside).toMatchObject({ code: 2, stderr: expect.stringContaining('is in no Git repository') });
  });
});
