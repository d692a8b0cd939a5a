import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployExplanation } from '../../pipelines/deploy-explanation/index.ts';
import { policyFix } from '../../pipelines/policy-fix/index.ts';
import { noModel } from '../../src/model/predictor.ts';
import { createMemoryRuns } from '../../src/runs/memory-runs.ts';
import { startGitHub, type TestGitHub } from '../helpers/github.ts';
import { BUILD_TIMEOUT_MS, program } from '../helpers/programs.ts';
import { makeRepository, type TestRepository } from '../helpers/repository.ts';
import { READ_ONLY_POLICY, workload } from '../pipelines/policy-fix/read-only.ts';
import { type Served, serve } from './serve.ts';

const FAULT = join(import.meta.dirname, '../faults/admission/gatekeeper-denied/text/describe-rs.txt');
const CART = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
  namespace: shop
  uid: 0b0c6f0e-4f0c-4d5e-9a55-9a2f7f3a1111
  resourceVersion: "4711"
  annotations: { deployment.kubernetes.io/revision: "3" }
spec:
  template:
    metadata: { labels: { app: cart, team: baskets } }
    spec: { containers: [{ name: app, image: registry.example.com/shop/cart:2.0.0 }] }
status: { observedGeneration: 3 }
`;
const TEAM_POLICY = `apiVersion: v1
kind: List
items:
  - apiVersion: templates.gatekeeper.sh/v1
    kind: ConstraintTemplate
    metadata: { name: teamlabel }
    spec:
      crd: { spec: { names: { kind: TeamLabel } } }
      targets:
        - target: admission.k8s.gatekeeper.sh
          rego: |
            package teamlabel
            violation[{"msg": msg}] {
              not input.review.object.metadata.labels.team
              msg := "you must provide labels: {\\"team\\"}"
            }
  - apiVersion: constraints.gatekeeper.sh/v1beta1
    kind: TeamLabel
    metadata: { name: require-team-label }
`;

async function served(): Promise<Served> {
  const pipelines = [deployExplanation, policyFix];
  return serve({ pipelines, runs: createMemoryRuns({ pipelines, predictor: noModel() }) });
}

beforeAll(() => program('gator'), BUILD_TIMEOUT_MS);

describe('a run of policy-fix', () => {
  async function start(api: Served, pipeline: string, body: unknown, headers: Record<string, string> = {}) {
    const response = await api.app.inject({
      method: 'POST',
      url: `/v1/pipelines/${pipeline}/runs`,
      headers: { host: 'localhost', 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return { status: response.statusCode, body: response.json() };
  }
  const explained = async (api: Served, more: readonly { name: string; text: string }[]) => {
    const evidence = [{ name: 'describe-rs.txt', text: readFileSync(FAULT, 'utf8') }, ...more];
    const { body } = await start(api, 'deploy-explanation', { evidence });
    return api.finished(body.id);
  };

  it('starts from an explanation whose evidence holds object and policies', async () => {
    const api = await served();
    const explanation = await explained(api, [
      { name: 'cart.yaml', text: CART },
      { name: 'policies.yaml', text: TEAM_POLICY },
    ]);
    expect(explanation.output).toMatchObject({
      rootCause: { kind: 'gatekeeper-denied' },
      remedies: expect.arrayContaining([
        expect.objectContaining({
          starts: 'policy-fix',
          changes: false,
          command:
            'kubectl get constrainttemplates,constraints -o yaml > policies.yaml && kubectl get deployment cart -n shop -o yaml | opsline fix - --policies policies.yaml',
        }),
      ]),
    });
    const { status, body } = await start(api, 'policy-fix', { explanation: explanation.id });
    expect(status).toBe(202);
    const run = await api.finished(body.id);
    expect(run.error).toBeUndefined();
    expect(run.output).toMatchObject({
      outcome: 'fixed',
      denial: { kind: 'gatekeeper-denied', policy: 'require-team-label', reproduced: true },
      patches: [{ file: 'deployment-cart.yaml', diff: expect.stringContaining('+    team: baskets') }],
    });
    expect(JSON.stringify(run.output)).not.toMatch(/4711|observedGeneration|0b0c6f0e/);
  }, 60_000);

  it('takes policies of the request beside an explanation, and says when they deny something else', async () => {
    const api = await served();
    const { id } = await explained(api, [{ name: 'cart.yaml', text: CART }]);
    expect(await start(api, 'policy-fix', { explanation: id })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '#/policies' }] },
    });
    const policies = [{ file: 'p.yaml', text: READ_ONLY_POLICY }];
    const { body } = await start(api, 'policy-fix', { explanation: id, policies });
    expect((await api.finished(body.id)).output).toMatchObject({ outcome: 'fixed', denial: { reproduced: false } });
  }, 60_000);

  it('refuses what is no explanation of a denial', async () => {
    const api = await served();
    const { id } = await explained(api, []);
    expect(await start(api, 'policy-fix', { explanation: id })).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining('does not hold Deployment cart as YAML') },
    });
    expect(await start(api, 'policy-fix', { explanation: 'run_1' })).toMatchObject({ status: 422 });
    expect(
      await start(api, 'policy-fix', { explanation: id.replace(/.$/, (last) => (last === '0' ? '1' : '0')) }),
    ).toMatchObject({ status: 404 });
    const other = await start(api, 'deploy-explanation', { evidence: [{ name: 'x', text: 'OOMKilled' }] });
    await api.finished(other.body.id);
    expect(await start(api, 'policy-fix', { explanation: other.body.id })).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining('no denial by a policy') },
    });
    const writer = await api.bearer('runs:write');
    expect(await start(api, 'policy-fix', { explanation: id }, writer)).toMatchObject({ status: 403 });
  }, 60_000);

  describe('with a repository', () => {
    let repo: TestRepository;
    let folder: string;
    let host: TestGitHub;
    let commit: string;
    beforeAll(async () => {
      repo = makeRepository();
      commit = repo.commit('Manifests', {
        'k8s/base/kustomization.yaml': 'resources: [web.yaml]\n',
        'k8s/base/web.yaml': workload('Deployment', 'web'),
        'k8s/prod/kustomization.yaml': 'resources: [../base]\n',
        'k8s/values.yaml': 'replicas: 1\n',
        'policies/p.yaml': READ_ONLY_POLICY,
      });
      folder = mkdtempSync(join(tmpdir(), 'opsline-remote-'));
      repo.git('clone', '-q', '--bare', '.', join(folder, 'deploy.git'));
      host = await startGitHub(join(folder, 'deploy.git'));
    });
    afterAll(async () => {
      delete process.env.OPSLINE_GIT_HOSTS;
      await host.close();
      repo.remove();
      rmSync(folder, { recursive: true, force: true });
    });

    it('mends the sources of a revision', async () => {
      process.env.OPSLINE_GIT_HOSTS = `git.example.com, ${new URL(host.remote).origin}`;
      const api = await served();
      const git = {
        url: host.remote,
        revision: 'main',
        paths: ['k8s/prod', 'k8s/values.yaml'],
        policies: ['policies'],
      };
      const { body } = await start(api, 'policy-fix', { git });
      const run = await api.finished(body.id);
      expect(run.error).toBeUndefined();
      expect(run.output).toMatchObject({
        outcome: 'fixed',
        git: { url: host.remote, revision: 'main', commit },
        resources: [{ kustomization: 'k8s/prod', file: 'k8s/base/web.yaml' }],
        patches: [{ file: 'k8s/base/web.yaml' }],
        notes: ['k8s/values.yaml: no Kubernetes objects, or none that can be read'],
      });
      repo.git('checkout', '-q', commit);
      for (const { diff } of (run.output as { patches: { diff: string }[] }).patches) {
        repo.write({ 'fix.patch': diff });
        repo.git('apply', 'fix.patch');
      }
    }, 60_000);

    it('refuses hosts that are not configured, and paths that lead out', async () => {
      process.env.OPSLINE_GIT_HOSTS = 'git.example.com';
      const api = await served();
      const { body } = await start(api, 'policy-fix', { git: { url: host.remote, policies: ['policies'] } });
      expect((await api.finished(body.id)).error).toMatchObject({
        code: 'invalid-input',
        message: expect.stringContaining('not among the hosts'),
      });
      for (const paths of [['../x'], ['/etc'], ['a/../b']])
        expect(
          await start(api, 'policy-fix', { git: { url: host.remote, paths, policies: ['policies'] } }),
        ).toMatchObject({
          status: 422,
        });
    }, 60_000);
  });
});
