import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deployExplanation, deployExplanationHere } from '../../../../pipelines/deploy-explanation/index.ts';
import { renderMarkdown } from '../../../../pipelines/deploy-explanation/markdown.ts';
import { renderExplanation } from '../../../../pipelines/deploy-explanation/render.ts';
import type { Explanation } from '../../../../pipelines/deploy-explanation/schema.ts';
import { noModel } from '../../../../src/model/predictor.ts';
import { exportRecord } from '../../../../src/runs/export.ts';
import { runInProcess } from '../../../../src/runs/in-process.ts';
import { replay } from '../../../../src/runs/replay.ts';
import { makeRepository, type TestRepository } from '../../../helpers/repository.ts';
import { afterPatch, deployment, evidenceOf, explained, recordOf, service } from './shop.ts';

let repo: TestRepository;
beforeEach(() => {
  repo = makeRepository();
});
afterEach(() => repo.remove());

const OOM = evidenceOf('running/oom-killed');
const well = deployment('data', 'importer');
const tight = deployment('data', 'importer', { 'memory: 512Mi': 'memory: 128Mi' });

test('a manifest of one endless line is cited in part, and has no endless patch', async () => {
  const line = (memory: string) =>
    JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'importer', namespace: 'data', annotations: { note: 'x '.repeat(50_000) } },
      spec: { template: { spec: { containers: [{ name: 'app', resources: { limits: { memory } } }] } } },
    });
  const good = repo.commit('Well', { 'a.json': line('512Mi') });
  const culprit = repo.commit('Less', { 'a.json': line('128Mi') });
  const answer = await explained(OOM, { path: repo.path, good });
  expect(answer.change?.git).toMatchObject({ file: 'a.json', commit: { id: culprit } });
  expect(answer.change?.git?.patch).toBeUndefined();
  expect(answer.notSeen.join()).toContain('the patch is too large');
  expect(JSON.stringify(answer).length).toBeLessThan(50_000);
});

describe('kustomize', () => {
  const base = {
    'base/kustomization.yaml': 'resources: [app.yaml, service.yaml]\n',
    'base/app.yaml': deployment('data', 'importer').replace('  namespace: data\n', ''),
    'base/service.yaml': service('data', 'importer').replace('  namespace: data\n', ''),
    'overlays/dev/kustomization.yaml': 'resources: [../../base]\nnamespace: dev\n',
  };
  const limit = (memory: string) =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: importer\nspec:\n  template:\n    spec:\n      containers:\n        - name: app\n          resources:\n            limits:\n              memory: ${memory}\n`;

  test('a strategic merge patch of an overlay', async () => {
    const overlay = 'resources: [../../base]\nnamespace: data\npatches:\n  - path: memory.yaml\n';
    const good = repo.commit('Well', {
      ...base,
      'overlays/prod/kustomization.yaml': overlay,
      'overlays/prod/memory.yaml': limit('1Gi'),
    });
    const culprit = repo.commit('Less in production', { 'overlays/prod/memory.yaml': limit('128Mi') });
    const answer = await explained(OOM, { path: repo.path, good });
    expect(answer.change?.summary).toContain('memory limit 1Gi → 128Mi');
    expect(answer.change?.object).toMatchObject({ kind: 'Deployment', namespace: 'data', name: 'importer' });
    expect(answer.change?.git).toMatchObject({
      file: 'overlays/prod/memory.yaml',
      lines: { from: 12, to: 12 },
      commit: { id: culprit },
    });
    expect(afterPatch(repo, answer, good)).toBe('');
  });

  test('a change of the base that an overlay takes over', async () => {
    const overlay = 'resources: [../../base]\nnamespace: data\n';
    const good = repo.commit('Well', { ...base, 'overlays/prod/kustomization.yaml': overlay });
    const less = (base['base/app.yaml'] ?? '').replace('memory: 512Mi', 'memory: 128Mi');
    const culprit = repo.commit('Less everywhere', { 'base/app.yaml': less });
    const answer = await explained(OOM, { path: repo.path, good });
    expect(answer.change?.git).toMatchObject({ file: 'base/app.yaml', commit: { id: culprit } });
    expect(answer.change?.object.namespace).toBe('data');
  });

  test('a JSON 6902 patch inside the kustomization', async () => {
    const overlay = (memory: string) =>
      `resources: [../../base]\nnamespace: data\npatches:\n  - target: {kind: Deployment, name: importer}\n    patch: |-\n      - op: replace\n        path: /spec/template/spec/containers/0/resources/limits/memory\n        value: ${memory}\n`;
    const good = repo.commit('Well', { ...base, 'overlays/prod/kustomization.yaml': overlay('1Gi') });
    repo.commit('Less', { 'overlays/prod/kustomization.yaml': overlay('128Mi') });
    const answer = await explained(OOM, { path: repo.path, good });
    expect(answer.change?.summary).toContain('memory limit 1Gi → 128Mi in overlays/prod/kustomization.yaml, line 8');
    expect(afterPatch(repo, answer, good)).toBe('');
  });

  test('a tag under images', async () => {
    const overlay = (tag: string) =>
      `resources: [../../base]\nnamespace: shop\nimages:\n  - name: registry.example.com/shop/importer\n    newName: registry.example.com/shop/checkout\n    newTag: ${tag}\n`;
    const evidence = evidenceOf('startup/image-not-found').map(({ name, text }) => ({
      name,
      text: text.replaceAll('checkout-6d4f', 'importer-6d4f'),
    }));
    const good = repo.commit('Well', { ...base, 'overlays/prod/kustomization.yaml': overlay('"2.9.8"') });
    const culprit = repo.commit('Release', { 'overlays/prod/kustomization.yaml': overlay('"2.9.9"') });
    const answer = await explained(evidence, { path: repo.path, good });
    expect(answer.change?.summary).toContain('checkout:2.9.8 → registry.example.com/shop/checkout:2.9.9');
    expect(answer.change?.git).toMatchObject({
      file: 'overlays/prod/kustomization.yaml',
      lines: { from: 6, to: 6 },
      commit: { id: culprit },
    });
  });

  test('a key of a generated ConfigMap, by the name that has a hash in the cluster', async () => {
    const overlay = (key: string) =>
      `resources: [../../base]\nnamespace: shop\nconfigMapGenerator:\n  - name: payments-settings\n    literals:\n      - MODE=fast\n      - ${key}=https://pay.example.com\n`;
    const app = deployment('shop', 'payments', {
      '            - name: PAYMENT_GATEWAY_URL\n              value: https://pay.example.com\n': '',
    });
    const files = { ...base, 'base/app.yaml': app };
    const good = repo.commit('Well', { ...files, 'overlays/prod/kustomization.yaml': overlay('PAYMENT_GATEWAY_URL') });
    repo.commit('A better name', { 'overlays/prod/kustomization.yaml': overlay('GATEWAY_URL') });
    const answer = await explained(evidenceOf('startup/environment-variable-missing'), { path: repo.path, good });
    expect(answer.change?.summary).toContain('key PAYMENT_GATEWAY_URL removed');
    expect(answer.change?.object).toMatchObject({ kind: 'ConfigMap', name: 'payments-settings' });
    expect(afterPatch(repo, answer, good)).toBe('');
  });

  test('what is not followed is said', async () => {
    const overlay =
      'resources: [../../base, "https://example.com/remote//deploy?ref=main"]\nnamespace: data\nreplacements: []\n';
    const good = repo.commit('Well', { ...base, 'overlays/prod/kustomization.yaml': overlay });
    repo.commit('Less', { 'base/app.yaml': (base['base/app.yaml'] ?? '').replace('memory: 512Mi', 'memory: 128Mi') });
    const answer = await explained(OOM, { path: repo.path, good });
    expect(answer.change?.git?.file).toBe('base/app.yaml');
    expect(answer.notSeen.join('\n')).toContain('`replacements` is not followed');
    expect(answer.notSeen.join('\n')).toContain('lies outside the repository');
  });
});

test('values of a chart are named by their path', async () => {
  const chart = {
    'chart/Chart.yaml': 'apiVersion: v2\nname: importer\nversion: 1.0.0\n',
    'chart/templates/app.yaml': 'kind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\n',
  };
  const values = (memory: string) => `image:\n  tag: 1.4.1\nresources:\n  limits:\n    memory: ${memory}\n`;
  const good = repo.commit('Well', { ...chart, 'chart/values.yaml': values('512Mi') });
  const culprit = repo.commit('Less', { 'chart/values.yaml': values('128Mi') });
  const answer = await explained(OOM, { path: repo.path, good });
  expect(answer.change?.summary).toContain('512Mi → 128Mi');
  expect(answer.change?.object).toMatchObject({
    kind: 'HelmValues',
    name: 'chart/values.yaml',
    path: 'values.resources.limits.memory',
  });
  expect(answer.change?.git?.commit?.id).toBe(culprit);
});

describe('secrets', () => {
  test("a Secret's values are never shown, and its file is in no patch", async () => {
    const secret = (pairs: string) =>
      `apiVersion: v1\nkind: Secret\nmetadata: {name: api-secrets, namespace: shop}\nstringData:\n  user: shop\n${pairs}`;
    const good = repo.commit('Well', { 'a.yaml': secret('  db-password: hunter2-hunter2\n') });
    const culprit = repo.commit('Rename', { 'a.yaml': secret('  database-password: hunter2-hunter2\n') });
    const answer = await explained(evidenceOf('startup/config-key-missing'), { path: repo.path, good });
    expect(answer.change?.summary).toContain('key db-password removed');
    expect(answer.change?.git?.commit?.id).toBe(culprit);
    expect(JSON.stringify(answer)).not.toContain('hunter2');
    expect(answer.remedies.some((remedy) => remedy.patch !== undefined)).toBe(false);
    expect(answer.notSeen.join()).toContain('the patch would show a secret');
  });

  test('a secret beside the change is replaced, and there is no patch that would show it', async () => {
    const password =
      '            - name: DB_PASSWORD\n              value: correct-horse-battery\n          resources:';
    const leak = (text: string) =>
      text
        .replace('          resources:', password)
        .replace(/ {10}envFrom:\n.*\n.*\n/, '')
        .replace(/ {12}requests:\n.*\n/, '');
    const good = repo.commit('Well', { 'a.yaml': leak(well) });
    repo.commit('Less', { 'a.yaml': leak(tight) });
    const { run, journal } = await recordOf(OOM, { path: repo.path, good });
    const answer = run.output as Explanation;
    expect(answer.change?.summary).toContain('512Mi → 128Mi');
    expect(JSON.stringify([answer, journal])).not.toContain('correct-horse');
    expect(answer.change?.git?.patch).toBeUndefined();
  });
});

test('a literal of a generated Secret beside the change is not shown', async () => {
  const overlay = (memory: string) =>
    `resources: [app.yaml]\nsecretGenerator:\n  - name: login\n    literals:\n      - word=swordfish-7\npatches:\n  - target: {kind: Deployment}\n    patch: '[{"op": "replace", "path": "/spec/template/spec/containers/0/resources/limits/memory", "value": "${memory}"}]'\n`;
  const good = repo.commit('Well', { 'app.yaml': well, 'kustomization.yaml': overlay('1Gi') });
  const culprit = repo.commit('Less', { 'kustomization.yaml': overlay('128Mi') });
  const { run, journal } = await recordOf(OOM, { path: repo.path, good });
  const answer = run.output as Explanation;
  expect(answer.change?.git).toMatchObject({ file: 'kustomization.yaml', commit: { id: culprit } });
  expect(JSON.stringify(answer)).toMatch(/\[redacted/);
  expect(JSON.stringify([answer, journal])).not.toContain('swordfish');
  expect(answer.change?.git?.patch).toBeUndefined();
});

test('a variable that is a secret is told without its value', async () => {
  const app = (password: string) =>
    well.replace(
      '            - name: LOG_LEVEL\n              value: info',
      `            - name: DB_PASSWORD\n              value: ${password}`,
    );
  const good = repo.commit('Well', { 'a.yaml': app('hunter2-first') });
  repo.commit('Rotate', { 'a.yaml': app('hunter2-second') });
  const answer = await explained(OOM, { path: repo.path, good });
  expect(answer.git?.changes).toEqual(['Deployment data/importer: env DB_PASSWORD changed (a secret)']);
  expect(JSON.stringify(answer)).not.toContain('hunter2');
});

describe('revisions', () => {
  const application = (good: string, bad: string) => ({
    name: 'application.yaml',
    text: `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: importer, namespace: argocd}
spec:
  source: {repoURL: "https://git.example.com/deploy.git", path: deploy}
status:
  sync: {status: Synced, revision: ${bad}}
  health: {status: Degraded}
  resources:
    - {kind: Deployment, name: importer, namespace: data}
  history:
    - {id: 1, revision: ${good}}
    - {id: 2, revision: ${bad}}
`,
  });

  test('come from an Argo CD Application in the evidence, with its folder', async () => {
    const good = repo.commit('Well', { 'deploy/a.yaml': well, 'other/a.yaml': well });
    const bad = repo.commit('Less', { 'deploy/a.yaml': tight });
    repo.commit('Repaired since', { 'deploy/a.yaml': well, 'other/a.yaml': tight });
    const answer = await explained([...OOM, application(good, bad)], { path: repo.path });
    expect(answer.git).toMatchObject({ good, bad, commits: 1 });
    expect(answer.change?.git).toMatchObject({ file: 'deploy/a.yaml', commit: { id: bad } });
  });

  test('that are not known are said, and the explanation stands', async () => {
    repo.commit('Well', { 'a.yaml': well });
    const none = await explained(OOM, { path: repo.path });
    expect(none.rootCause?.kind).toBe('oom-killed');
    expect(none.notSeen.join()).toContain('no revision is known that was good');
    const strange = await explained([...OOM, application('a'.repeat(40), 'b'.repeat(40))], { path: repo.path });
    expect(strange.notSeen.join()).toContain(`the repository does not have ${'b'.repeat(40)}`);
  });

  test('without a change that fits, it says so and lists what the range has', async () => {
    const good = repo.commit('Well', { 'a.yaml': well, 'b.yaml': deployment('shop', 'web') });
    repo.commit('Web scales', { 'b.yaml': deployment('shop', 'web', { 'replicas: 3': 'replicas: 9' }) });
    repo.commit('Text', { 'README.md': 'words' });
    const answer = await explained(OOM, { path: repo.path, good });
    expect(answer.change).toBeUndefined();
    expect(answer.git?.summary).toContain('nothing in Git explains it');
    expect(answer.git?.summary).toContain('2 commits');
    expect(answer.git?.changes).toEqual(['Deployment shop/web: replicas 3 → 9']);
    for (const page of [renderExplanation(answer, { color: false }), renderMarkdown(answer)]) {
      expect(page).toContain('nothing in Git explains it');
      expect(page).toContain('replicas 3 → 9');
    }
  });
});

test('objects that came or went beside the cause explain nothing that they cannot bring', async () => {
  const autoscaler =
    'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: importer, namespace: data}\nspec:\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: importer}\n';
  const good = repo.commit('Well', { 'a.yaml': well, 's.yaml': service('data', 'importer') });
  repo.commit('Others', { 's.yaml': undefined, 'h.yaml': autoscaler });
  const answer = await explained(OOM, { path: repo.path, good });
  expect(answer.change).toBeUndefined();
  expect(answer.git?.changes).toEqual(['HorizontalPodAutoscaler importer added', 'Service importer removed']);

  const cart = deployment('shop', 'cart');
  const before = repo.commit('Cart', { 'cart.yaml': cart });
  const culprit = repo.commit('Both', {
    'cart.yaml': cart.replace('replicas: 3', 'replicas: 0'),
    'service.yaml': service('shop', 'cart'),
  });
  const zero = await explained(evidenceOf('running/zero-replicas'), { path: repo.path, good: before });
  expect(zero.change?.summary).toContain('replicas 3 → 0');
  expect(zero.change?.git?.commit?.id).toBe(culprit);
});

test('a record replays without the repository, and a service takes none', async () => {
  const good = repo.commit('Well', { 'a.yaml': well });
  repo.commit('Less', { 'a.yaml': tight });
  const record = await recordOf(OOM, { path: repo.path, good });
  const exported = await exportRecord(record, deployExplanationHere);
  repo.remove();
  const report = await replay(exported, [deployExplanationHere]);
  expect(report).toMatchObject({ ok: true });
  expect((report.output as Explanation).change?.git?.file).toBe('a.yaml');

  // What comes over the network may name a path; nothing reads it.
  const served = await runInProcess(
    deployExplanation,
    { evidence: OOM, repo: { path: '/', good: 'HEAD' } },
    { predictor: noModel() },
  );
  expect(served.run.status).toBe('succeeded');
  expect((served.run.output as Explanation).git).toBeUndefined();
  expect(JSON.stringify(served.journal)).not.toContain('"git"');
});

test('a patch shows in a terminal and in a ticket', async () => {
  const good = repo.commit('Well', { 'a.yaml': well });
  repo.commit('Less', { 'a.yaml': tight });
  const answer = await explained(OOM, { path: repo.path, good });
  for (const page of [renderExplanation(answer, { color: false }), renderMarkdown(answer)]) {
    expect(page).toContain('+              memory: 512Mi');
    expect(page).toContain('“Less” (Ada Example, 2026-01-01)');
    expect(page).toMatch(/Revert this change of commit [0-9a-f]{10} in Git: the patch touches 2 lines of a.yaml/);
  }
});
