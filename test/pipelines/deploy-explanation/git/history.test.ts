import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeRepository, type TestRepository } from '../../../helpers/repository.ts';
import { afterPatch, deployment, evidenceOf, explained, service } from './shop.ts';

let repo: TestRepository;
beforeEach(() => {
  repo = makeRepository();
});
afterEach(() => repo.remove());

const OOM = evidenceOf('running/oom-killed');
const well = deployment('data', 'importer');
const tight = deployment('data', 'importer', { 'memory: 512Mi': 'memory: 128Mi' });

describe('history', () => {
  test('a merge that takes a change over is passed by; the commit on the branch is named', async () => {
    const good = repo.commit('Well', { 'a.yaml': well, 'b.yaml': service('shop', 'b') });
    repo.git('checkout', '-q', '-b', 'topic');
    const culprit = repo.commit('Less memory', { 'a.yaml': tight });
    repo.git('checkout', '-q', 'main');
    repo.commit('Meanwhile', { 'b.yaml': service('shop', 'b', 'c') });
    repo.git('merge', '-q', '--no-ff', '-m', 'Merge topic', 'topic');
    const answer = await explained(OOM, { path: repo.path, good });
    expect(answer.change?.git?.commit?.id).toBe(culprit);
    expect(answer.git?.commits).toBe(3);
  });

  test('a merge that itself makes the change is the one', async () => {
    const good = repo.commit('Well', { 'a.yaml': well });
    repo.git('checkout', '-q', '-b', 'topic');
    repo.commit('Elsewhere', { 'b.yaml': service('shop', 'b') });
    repo.git('checkout', '-q', 'main');
    repo.commit('Meanwhile', { 'c.yaml': service('shop', 'c') });
    repo.git('merge', '-q', '--no-ff', '--no-commit', 'topic');
    const culprit = repo.commit('Merge with more', { 'a.yaml': tight });
    const answer = await explained(OOM, { path: repo.path, good });
    expect(answer.change?.git?.commit?.id).toBe(culprit);
  });

  test('of several steps the one that brought the value that failed', async () => {
    const good = repo.commit('Well', { 'a.yaml': well });
    repo.commit('First', { 'a.yaml': well.replace('512Mi', '256Mi') });
    const culprit = repo.commit('Second', { 'a.yaml': tight });
    repo.commit('A comment', { 'a.yaml': `# importer\n${tight}` });
    const answer = await explained(OOM, { path: repo.path, good });
    expect(answer.change?.summary).toContain('memory limit 512Mi → 128Mi');
    expect(answer.change?.git?.commit?.id).toBe(culprit);
  });

  test('the same line for another container does not mislead', async () => {
    const good = repo.commit('Well', { 'a.yaml': `${well}---\n${deployment('data', 'other')}` });
    const culprit = repo.commit('It', { 'a.yaml': `${tight}---\n${deployment('data', 'other')}` });
    const other = deployment('data', 'other', { 'memory: 512Mi': 'memory: 128Mi' });
    repo.commit('The other', { 'a.yaml': `${tight}---\n${other}` });
    const answer = await explained(OOM, { path: repo.path, good });
    expect(answer.change?.git?.commit?.id).toBe(culprit);
    expect(afterPatch(repo, answer, 'HEAD')).toBe('1\t1\ta.yaml\n');
  });

  test('a comment that was added beside the value stays', async () => {
    const good = repo.commit('Well', { 'a.yaml': well });
    const noted = tight.replace(/( *)memory: 128Mi\n/, '$1memory: 128Mi\n$1# see the capacity plan\n');
    expect(noted).not.toBe(tight);
    repo.commit('Less memory, and why', { 'a.yaml': noted });
    const answer = await explained(OOM, { path: repo.path, good });
    expect(answer.change?.git?.patch).not.toContain('-              # see the capacity plan');
    expect(afterPatch(repo, answer, 'HEAD')).toBe('1\t1\ta.yaml\n');
    expect(repo.git('diff', '-U0', good)).toContain('+              # see the capacity plan');
    expect(answer.remedies.find(({ patch }) => patch !== undefined)?.way).toBe('revert');
  });

  test('a file that was moved and changed: the move is no change, the change is found in it', async () => {
    const good = repo.commit('Well', { 'old/a.yaml': well });
    repo.commit('Move', { 'old/a.yaml': undefined, 'new/importer.yaml': well });
    const culprit = repo.commit('Less memory', { 'new/importer.yaml': tight });
    const answer = await explained(OOM, { path: repo.path, good });
    expect(answer.change?.git).toMatchObject({ file: 'new/importer.yaml', commit: { id: culprit } });
    expect(answer.git?.changes).toEqual([]);
    expect(afterPatch(repo, answer, 'HEAD')).toBe('1\t1\tnew/importer.yaml\n');
  });

  test('moved and changed in one commit', async () => {
    const good = repo.commit('Well', { 'old/a.yaml': well });
    const culprit = repo.commit('Move and change', { 'old/a.yaml': undefined, 'new/importer.yaml': tight });
    const answer = await explained(OOM, { path: repo.path, good });
    expect(answer.change?.git).toMatchObject({ file: 'new/importer.yaml', commit: { id: culprit } });
    expect(afterPatch(repo, answer, 'HEAD')).toBe('1\t1\tnew/importer.yaml\n');
  });

  test('line ends of Windows stay as they are', async () => {
    const crlf = (text: string) => text.replaceAll('\n', '\r\n');
    const good = repo.commit('Well', { 'a.yaml': crlf(well) });
    const culprit = repo.commit('Less memory', { 'a.yaml': crlf(tight) });
    const answer = await explained(OOM, { path: repo.path, good });
    expect(answer.change?.git).toMatchObject({ lines: { from: 38, to: 38 }, commit: { id: culprit } });
    expect(afterPatch(repo, answer, good)).toBe('');
  });

  test('a file without a last line end', async () => {
    const cut = (memory: string) =>
      `{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "importer", "namespace": "data"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "resources": {"limits": {"memory": "${memory}"}}}]}}}}`;
    const good = repo.commit('Well', { 'a.json': cut('512Mi') });
    repo.commit('Less memory', { 'a.json': cut('128Mi') });
    const answer = await explained(OOM, { path: repo.path, good });
    expect(answer.change?.summary).toContain('512Mi → 128Mi');
    expect(afterPatch(repo, answer, good)).toBe('');
  });
});
