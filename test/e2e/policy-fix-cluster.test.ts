import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { policyFixServing } from '../../pipelines/policy-fix/index.ts';
import type { FixResult } from '../../pipelines/policy-fix/schema.ts';
import { applyOperations } from '../../src/manifest/patch.ts';
import { noModel } from '../../src/model/predictor.ts';
import { createMemoryRuns } from '../../src/runs/memory-runs.ts';
import { serve } from '../api/serve.ts';
import { cli } from '../helpers/cli.ts';
import {
  ADMISSION,
  account,
  admission,
  deployment,
  guardedPlane,
  isDenied,
  namespace,
  objectsIn,
  SAFE,
} from '../helpers/guarded-plane.ts';
import type { Written } from '../helpers/kube-client.ts';
import { until } from '../helpers/until.ts';

const guarded = guardedPlane();
const { dryRun, write } = guarded;

describe('the API server itself as the judge', { timeout: 120_000 }, () => {
  const asJudge = (paths: string[], more: string[] = [], user = guarded.plane.admin) =>
    cli(['fix', ...paths, '--engine', 'cluster', '-o', 'json', ...more], { env: { KUBECONFIG: user.kubeconfig } });

  /** Everything that anybody could have changed, with its versions. */
  async function everything(): Promise<string> {
    const { client } = guarded.plane.admin;
    const kinds: [string, string][] = [
      ['v1', 'Namespace'],
      ['v1', 'Pod'],
      ['v1', 'ServiceAccount'],
      ['apps/v1', 'Deployment'],
      [ADMISSION, 'ValidatingAdmissionPolicy'],
    ];
    const lists = await Promise.all(kinds.map(([apiVersion, kind]) => client.list(apiVersion, kind)));
    return JSON.stringify(
      lists.flat().map(({ kind, metadata }) => [kind, metadata.name, metadata.uid, metadata.resourceVersion]),
    );
  }

  it('needs no policies, finds what stands behind the first denial, and changes nothing', async () => {
    const before = deployment('judged', { tier: 'web' }, { hostNetwork: true });
    const manifest = await write('cluster/judged.yaml', [before]);
    const there = await everything();
    const { code, stdout, stderr } = await asJudge([manifest], ['--write']);
    expect(code, stderr + stdout).toBe(0);
    const result = JSON.parse(stdout) as FixResult;
    expect(result).toMatchObject({
      outcome: 'fixed',
      verified: { engine: 'cluster', version: expect.stringMatching(/^v\d/), after: 0 },
    });
    expect(result.resources[0]?.violations[0]).toMatchObject({
      engine: 'cluster',
      policy: { kind: 'ValidatingAdmissionPolicy' },
    });
    expect(await everything()).toBe(there);
    const [after] = (await objectsIn(manifest)) as [Written];
    await guarded.plane.admin.client.create(after);
  });

  it('is asked by a service under a name of its configuration', async () => {
    const pipelines = [
      policyFixServing(new Map([['lab', { kind: 'kubeconfig', path: guarded.plane.admin.kubeconfig }]])),
    ];
    const api = await serve({ pipelines, runs: createMemoryRuns({ pipelines, predictor: noModel() }) });
    const manifest = {
      file: 'd.yaml',
      text: JSON.stringify(deployment('served', { tier: 'web' }, { hostNetwork: true })),
    };
    const start = (cluster: string) =>
      api.app.inject({
        method: 'POST',
        url: '/v1/pipelines/policy-fix/runs',
        headers: { host: 'localhost', 'content-type': 'application/json' },
        body: JSON.stringify({ manifests: [manifest], engines: ['cluster'], cluster, namespace: 'default' }),
      });
    const run = await api.finished((await start('lab')).json().id);
    expect(run.error).toBeUndefined();
    expect(run.output).toMatchObject({ outcome: 'fixed', verified: { engine: 'cluster', after: 0 } });
    const unknown = await start('production');
    expect(unknown.statusCode).toBe(422);
    expect(unknown.json()).toMatchObject({
      errors: [{ pointer: '#/cluster', detail: expect.stringContaining('there are: lab') }],
    });
  });

  it('asks what only people know, with choices out of the cluster’s own policies', async () => {
    const manifest = await write('cluster/asked.yaml', [
      deployment('asked', { tier: 'midnight' }, { hostNetwork: true }),
    ]);
    const { code, stdout, stderr } = await asJudge([manifest], ['--write']);
    expect(code, stderr).toBe(1);
    const { outcome, resources, notes } = JSON.parse(stdout) as FixResult;
    expect(outcome).toBe('needs-decision');
    const [patched] = (await objectsIn(manifest)) as [Written];
    await expect(dryRun(patched)).rejects.toThrow(/known-tier/);
    const choices = resources[0]?.decisions.flatMap((decision) => decision.choices) ?? [];
    expect(choices.map(({ value }) => value).sort()).toEqual(['batch', 'web']);
    for (const { operations } of choices) await dryRun(applyOperations(patched as never, operations) as never);
    expect(notes.join()).toContain('first denial alone');
  });

  it('judges the pods of a workload, which Pod Security refuses only when they are made', async () => {
    const { metadata, ...rest } = deployment('guarded', {}, {}, { securityContext: { privileged: true } });
    const before = { ...rest, metadata: { ...metadata, namespace: 'guarded' } } as Written;
    await dryRun(before);
    const manifest = await write('cluster/guarded.yaml', [before]);
    const { code, stdout, stderr } = await asJudge([manifest], ['--write']);
    expect(code, stderr + stdout).toBe(0);
    const { resources } = JSON.parse(stdout) as FixResult;
    const policies = new Set(resources[0]?.violations.map(({ policy }) => `${policy.kind} ${policy.name}`));
    expect(policies).toEqual(new Set(['PodSecurity restricted:latest']));
    const [after] = (await objectsIn(manifest)) as [Written];
    const { template } = after.spec as { template: { spec: object } };
    await dryRun({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'made', namespace: 'guarded' },
      spec: template.spec,
    });
  });

  it('says which field the server itself finds wrong, and what it could not judge', async () => {
    const wrong = deployment('wrong', { tier: 'web' }, { dnsPolicy: 'Sometimes' }, SAFE);
    const nowhere = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'lost', namespace: 'nowhere' } };
    const unknown = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'shop' } };
    const manifest = await write('cluster/wrong.yaml', [wrong, nowhere, unknown]);
    const { code, stdout, stderr } = await asJudge([manifest]);
    expect(code, stderr).toBe(1);
    const { resources, notes } = JSON.parse(stdout) as FixResult;
    expect(resources.map(({ outcome }) => outcome)).toEqual(['cannot-fix', 'compliant', 'compliant']);
    // Said once, although its pods are wrong in the same way.
    expect(resources[0]?.violations).toEqual([
      expect.objectContaining({
        engine: 'cluster',
        policy: { kind: 'APIServer', name: 'validation' },
        path: '/spec/template/spec/dnsPolicy',
        located: 'engine',
        message: expect.stringContaining('Sometimes'),
      }),
    ]);
    expect(notes).toContainEqual(
      expect.stringMatching(/did not judge ConfigMap nowhere\/lost: namespaces "nowhere" not found/),
    );
    expect(notes).toContainEqual(expect.stringMatching(/did not judge Widget shop\/w: the cluster has no Widget/));
  });

  it('applies to what is there already, by dry run, and names a field that cannot change', async () => {
    const { client } = guarded.plane.admin;
    const there = deployment('there', { tier: 'web' }, {}, SAFE);
    await client.apply(there);
    const { resourceVersion } = (await client.get(there)).metadata;
    const other = {
      ...there,
      spec: {
        ...(there.spec as object),
        selector: { matchLabels: { app: 'other' } },
        template: {
          metadata: { labels: { app: 'other' } },
          spec: { hostNetwork: true, containers: [{ name: 'app', image: 'registry.example.com/app:2', ...SAFE }] },
        },
      },
    };
    const manifest = await write('cluster/there.yaml', [other as Written]);
    const { code, stdout, stderr } = await asJudge([manifest]);
    expect(code, stderr).toBe(1);
    const { resources } = JSON.parse(stdout) as FixResult;
    expect(resources[0]?.violations).toContainEqual(
      expect.objectContaining({ path: '/spec/selector', message: expect.stringContaining('field is immutable') }),
    );
    expect((await client.get(there)).metadata.resourceVersion).toBe(resourceVersion);
  });

  it('applies as whoever applied before: what a manifest does not say any more goes', async () => {
    const { client } = guarded.plane.admin;
    await client.apply(deployment('unlabelled', { tier: 'web' }, {}, SAFE));
    const manifest = await write('cluster/unlabelled.yaml', [deployment('unlabelled', {}, {}, SAFE)]);
    const { code, stdout, stderr } = await asJudge([manifest]);
    expect(code, stderr).toBe(1);
    const { outcome, resources } = JSON.parse(stdout) as FixResult;
    expect(outcome).toBe('needs-decision');
    expect(resources[0]?.violations).toMatchObject([{ policy: { name: 'known-tier' }, fixed: false }]);
  });

  it('takes warnings of Pod Security as what they are', async () => {
    const warns = { 'pod-security.kubernetes.io/warn': 'baseline' };
    await guarded.plane.admin.client.create(namespace('warned', warns));
    await guarded.plane.admin.client.create(account('warned'));
    const { metadata, ...rest } = deployment('warned', {}, { hostPID: true });
    const manifest = await write('cluster/warned.yaml', [
      { ...rest, metadata: { ...metadata, namespace: 'warned' } } as Written,
    ]);
    const { code, stdout, stderr } = await asJudge([manifest], ['--write']);
    expect(code, stderr + stdout).toBe(0);
    expect((JSON.parse(stdout) as FixResult).resources[0]?.violations).toMatchObject([
      { policy: { kind: 'PodSecurity', name: 'baseline:latest' }, rule: 'host namespaces', fixed: true },
    ]);
  });

  it('goes by the words of the denial where the policies may not be read', async () => {
    const { client } = guarded.plane.admin;
    const rights = { apiGroups: ['apps', ''], resources: ['deployments', 'pods'], verbs: ['get', 'create', 'patch'] };
    const rbac = 'rbac.authorization.k8s.io';
    await client.create({
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name: 'tries' },
      rules: [rights],
    });
    await client.create({
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'tries' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'tries' },
      subjects: [{ apiGroup: rbac, kind: 'User', name: 'deployer' }],
    });
    const deployer = await guarded.plane.user('deployer');
    const before = deployment('words', { tier: 'web' }, { hostNetwork: true });
    const path = await client.collection('apps/v1', 'Deployment', 'shop');
    const ask = () => deployer.client.request('POST', `${path}?dryRun=All`, { body: before });
    await until(() => isDenied(ask(), 'denied request'), { what: 'the role is in force' });
    const manifest = await write('cluster/words.yaml', [before]);
    const { code, stdout, stderr } = await asJudge([manifest], ['--write'], deployer);
    expect(code, stderr + stdout).toBe(0);
    const [after] = (await objectsIn(manifest)) as [Written];
    await dryRun(after);
  });

  it('passes webhooks, and takes one that does not answer for no denial', async () => {
    // The API server's own certificate is for the same host.
    const [cert, key] = await Promise.all(
      ['crt', 'key'].map((end) => readFile(join(guarded.plane.folder, `apiserver.${end}`))),
    );
    const asked: boolean[] = [];
    const hook = createServer({ cert, key }, async (request, response) => {
      const { request: review } = JSON.parse(await text(request));
      asked.push(review.dryRun);
      const allowed = review.object.spec.template.spec.hostNetwork !== true;
      const verdict = { uid: review.uid, allowed, status: { message: 'hostNetwork is not for you' } };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: verdict }));
    });
    hook.listen(0, '127.0.0.1');
    await once(hook, 'listening');
    const stop = async (): Promise<void> => {
      hook.closeAllConnections();
      if (hook.listening) await once(hook.close(), 'close');
    };
    onTestFinished(stop);
    const { client } = guarded.plane.admin;
    await client.create(namespace('hooked'));
    await client.create(account('hooked'));
    const { port } = hook.address() as AddressInfo;
    await client.create({
      apiVersion: ADMISSION,
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'hook' },
      webhooks: [
        {
          name: 'hook.example.com',
          clientConfig: {
            url: `https://127.0.0.1:${port}/`,
            caBundle: Buffer.from(guarded.plane.ca).toString('base64'),
          },
          rules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['*'], resources: ['deployments'] }],
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'hooked' } },
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
        },
      ],
    });
    const { metadata, ...rest } = deployment('hooked', {}, { hostNetwork: true });
    const before = { ...rest, metadata: { ...metadata, namespace: 'hooked' } } as Written;
    await until(() => isDenied(dryRun(before), 'not for you'), { what: 'the webhook is in force' });
    const manifest = await write('cluster/hooked.yaml', [before]);
    const { code, stdout, stderr } = await asJudge([manifest]);
    expect(code, stderr).toBe(1);
    const { outcome, resources } = JSON.parse(stdout) as FixResult;
    expect(outcome).toBe('fixed');
    expect(resources[0]?.violations).toMatchObject([
      {
        policy: { kind: 'AdmissionWebhook', name: 'hook.example.com' },
        message: 'hostNetwork is not for you',
        fixed: true,
      },
    ]);
    expect(new Set(asked)).toEqual(new Set([true]));
    await stop();
    const away = await asJudge([manifest]);
    expect(away.code).toBe(2);
    expect(away.stderr).toContain('failed calling webhook "hook.example.com"');
  });

  it('a record of it replays without the cluster', async () => {
    const manifest = await write('cluster/recorded.yaml', [deployment('recorded', { tier: 'web' }, {})]);
    const record = join(guarded.folder, 'record.json');
    const { stdout, stderr, code } = await asJudge([manifest], ['--record', record]);
    expect(code, stderr).toBe(1);
    expect(stdout).not.toContain(guarded.plane.admin.token);
    expect(await readFile(record, 'utf8')).not.toContain(guarded.plane.admin.token);
    const replayed = await cli(['runs', 'replay', record], { env: { KUBECONFIG: '/nowhere' } });
    expect(replayed.code, replayed.stderr + replayed.stdout).toBe(0);
  });

  it('and given policies have to agree', async () => {
    const stricter = admission('one-replica-more', 'object.spec.replicas >= 2', 'at least two replicas');
    const policies = await write('stricter.yaml', stricter);
    const manifest = await write('cluster/both.yaml', [
      deployment('both', { tier: 'web' }, { hostNetwork: true }, SAFE),
    ]);
    const { code, stdout, stderr } = await asJudge([manifest], ['--policies', policies]);
    expect(code, stderr).toBe(1);
    const { verified, resources } = JSON.parse(stdout) as FixResult;
    expect(verified.engine).toBe('vap+cluster');
    expect(new Set(resources[0]?.violations.map(({ engine }) => engine))).toEqual(new Set(['vap', 'cluster']));
  });

  it('a user without rights and a server that is away are errors, not violations', async () => {
    const manifest = await write('cluster/forbidden.yaml', [deployment('forbidden', { tier: 'web' }, {})]);
    const forbidden = await asJudge([manifest], [], await guarded.plane.user('nobody'));
    expect(forbidden.code).toBe(2);
    expect(forbidden.stderr).toMatch(/cannot (get|create) resource/);
    const away = join(guarded.folder, 'away.kubeconfig');
    const kubeconfig = await readFile(guarded.plane.admin.kubeconfig, 'utf8');
    await writeFile(away, kubeconfig.replaceAll(guarded.plane.url, 'https://127.0.0.1:1'), { mode: 0o600 });
    const unreachable = await cli(['fix', manifest, '--engine', 'cluster'], { env: { KUBECONFIG: away } });
    expect(unreachable.code).toBe(2);
    expect(unreachable.stderr).toContain('the connection is refused');
  });
});
