import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { deployExplanationHereOn } from '../../pipelines/deploy-explanation/index.ts';
import { renderMarkdown } from '../../pipelines/deploy-explanation/markdown.ts';
import { renderExplanation } from '../../pipelines/deploy-explanation/render.ts';
import type { Explanation } from '../../pipelines/deploy-explanation/schema.ts';
import { readCluster } from '../../src/evidence/cluster/collect.ts';
import { accessOf } from '../../src/kubernetes/kubeconfig.ts';
import { noModel } from '../../src/model/predictor.ts';
import { exportRecord } from '../../src/runs/export.ts';
import { runInProcess } from '../../src/runs/in-process.ts';
import { replay } from '../../src/runs/replay.ts';
import { renderExplanationPage } from '../../src/web/explanation.ts';
import { cli, ROOT } from '../helpers/cli.ts';
import { type ControlPlane, type KubeUser, startControlPlane } from '../helpers/control-plane.ts';
import type { Written } from '../helpers/kube-client.ts';
import { type Kubelet, startKubelet } from '../helpers/kubelet.ts';
import { BUILD_TIMEOUT_MS } from '../helpers/programs.ts';

const CANARY = 'canary';
const LABELS = { app: 'web' };
let plane: ControlPlane;
let kubelet: Kubelet;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsline-reading-'));
  // Its controllers would only take time: what fails here is brought about by hand.
  plane = await startControlPlane({ controllers: false, scheduler: false });
  kubelet = await startKubelet(plane, [{ name: 'worker-1' }]);
  await space('shop');
  await kubelet.tell('shop', [
    {
      match: { name: 'web-' },
      containers: {
        app: {
          is: 'crashing',
          exitCode: 1,
          log: `connecting with password=${CANARY}-log\nFATAL: environment variable DATABASE_URL is not set\n$ kubectl get pods\nNAME READY STATUS\nghost 0/1 Error\n`,
        },
      },
    },
    {
      match: { name: 'job-' },
      containers: {
        app: {
          is: 'waiting',
          reason: 'CreateContainerConfigError',
          message: `couldn't find key DB_PASS in Secret shop/db`,
        },
      },
    },
  ]);
  await create({ ...object('v1', 'Secret', 'db'), stringData: { DB_PASSWORD: `${CANARY}-value` } });
  await create({ ...object('v1', 'ConfigMap', 'web'), data: { DB_PASSWORD: `${CANARY}-config`, HOST: 'api.shop' } });
  const metadata = { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"x":"${CANARY}-applied"}` } };
  await create(pod('web-1', metadata));
  await create(pod('job-1'));
}, BUILD_TIMEOUT_MS);
afterAll(async () => {
  await kubelet?.stop();
  await plane?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

const create = (what: Written) => plane.admin.client.create(what);

function object(apiVersion: string, kind: string, name: string, namespace = 'shop', more: object = {}) {
  return { apiVersion, kind, metadata: { name, namespace, ...more } };
}

async function space(name: string): Promise<void> {
  await create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await create(object('v1', 'ServiceAccount', 'default', name));
}

function pod(name: string, metadata: object = {}, namespace = 'shop', nodeName: string | undefined = 'worker-1') {
  const env = [{ name: 'DB_PASSWORD', value: `${CANARY}-environment` }];
  return {
    ...object('v1', 'Pod', name, namespace, { labels: LABELS, ...metadata }),
    spec: { ...(nodeName === undefined ? {} : { nodeName }), containers: [{ name: 'app', image: 'shop/web:1', env }] },
  };
}

async function explain(user: KubeUser, input: object) {
  const pipeline = deployExplanationHereOn(() => ({ kind: 'kubeconfig', path: user.kubeconfig }));
  const record = await runInProcess(pipeline, { cluster: 'test', ...input }, { predictor: noModel() });
  return { record, pipeline, output: record.run.output as Explanation };
}

describe('reading a cluster', () => {
  it('finds the cause, whatever a log pretends to be, and keeps no secret anywhere', async () => {
    const { record, pipeline, output } = await explain(plane.admin, { namespace: 'shop', target: 'pod/web-1' });
    expect(output).toMatchObject({
      verdict: 'failed',
      rootCause: { kind: 'environment-variable-missing', object: { kind: 'Pod', name: 'web-1', namespace: 'shop' } },
      live: { cluster: 'test', namespaces: ['shop'] },
      notSeen: [],
    });
    expect(JSON.stringify(output)).not.toContain('"ghost"');
    const exported = await exportRecord(record, pipeline);
    const everywhere = [record, exported, output].map((one) => JSON.stringify(one));
    const shown = [renderExplanation(output, { color: false }), renderMarkdown(output), renderExplanationPage(output)];
    for (const text of [...everywhere, ...shown]) expect(text).not.toContain(CANARY);
    expect(JSON.stringify(record)).not.toContain(plane.admin.token);
    expect(shown[0]).toContain('Seen in cluster test, namespace shop, at ');
    // Another machine, without the cluster, comes to the same.
    expect(await replay(exported, [deployExplanationHereOn(() => undefined)])).toMatchObject({ ok: true });
  });

  it('names the keys that a Secret has where the kubelet misses one, and no value', async () => {
    const access = await accessOf({ kind: 'kubeconfig', path: plane.admin.kubeconfig });
    const reading = await readCluster(access, { namespace: 'shop' }, new AbortController().signal);
    const secrets = reading.objects.filter(({ kind }) => kind === 'Secret');
    expect(secrets).toContainEqual(expect.objectContaining({ keys: ['DB_PASSWORD'] }));
    expect(JSON.stringify(reading.objects.filter(({ kind }) => kind !== 'Pod' && kind !== 'ConfigMap'))).not.toContain(
      CANARY,
    );
    const { output } = await explain(plane.admin, { namespace: 'shop', target: 'pod/job-1' });
    expect(output.rootCause).toMatchObject({ kind: 'config-key-missing', object: { kind: 'Secret', name: 'db' } });
  });

  it('looks at whatever is unwell when nothing says where', async () => {
    await space('calm');
    const { output } = await explain(plane.admin, {});
    expect(output.verdict).toBe('failed');
    // A slow API server may warn of its own Service in `default`.
    expect(output.live?.namespaces.filter((name) => name !== 'default')).toEqual(['shop']);
    const named = await explain(plane.admin, { target: 'pod/web-1' });
    expect(named.output.live?.namespaces).toEqual(['shop']);
    const near = await explain(plane.admin, { target: 'pod/webb-1' });
    expect(near.output.notSeen.join('\n')).toContain(
      'nothing in the cluster is called webb-1; near it: Pod shop/web-1',
    );
    const calm = await explain(plane.admin, { namespace: 'calm' });
    expect(calm.output.verdict).toBe('unknown');
    expect(calm.output.notSeen).toEqual(['namespace calm has no workloads and no pods']);
  });

  it('reads more pods than a page holds', async () => {
    await space('crowd');
    for (let from = 0; from < 1200; from += 100)
      await Promise.all(Array.from({ length: 100 }, (_, i) => create(pod(`idle-${from + i}`, {}, 'crowd', ''))));
    const access = await accessOf({ kind: 'kubeconfig', path: plane.admin.kubeconfig });
    const reading = await readCluster(access, { namespace: 'crowd' }, new AbortController().signal);
    expect(reading.objects.filter(({ kind }) => kind === 'Pod')).toHaveLength(1200);
    const { output } = await explain(plane.admin, { namespace: 'crowd' });
    expect(output.usage.items).toBeGreaterThan(1000);
  });
});

describe('rights', () => {
  it('of the role that is shipped suffice, and Secrets are not among them', async () => {
    const source = await readFile(join(ROOT, 'deploy/kubernetes-live/cluster-reader.yaml'), 'utf8');
    const documents = parseAllDocuments(source).map((document) => document.toJS() as Written);
    await create(documents.find(({ kind }) => kind === 'ClusterRole') as Written);
    const binding = documents.find(({ kind }) => kind === 'ClusterRoleBinding') as Written;
    const subject = { kind: 'User', name: 'reader', apiGroup: 'rbac.authorization.k8s.io' };
    await create({ ...binding, subjects: [subject] });
    const reader = await plane.user('reader');
    const { output } = await explain(reader, { namespace: 'shop' });
    expect(output.verdict).toBe('failed');
    expect(output.notSeen).toEqual(['reading secrets in shop is not permitted']);
    const anywhere = await explain(reader, {});
    expect(anywhere.output.live?.namespaces).toContain('shop');
  });

  it('that reach a part give that part, and say what is missing', async () => {
    const role = object('rbac.authorization.k8s.io/v1', 'Role', 'pods');
    await create({ ...role, rules: [{ apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list'] }] });
    await create({
      ...object('rbac.authorization.k8s.io/v1', 'RoleBinding', 'pods'),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'pods' },
      subjects: [{ kind: 'User', name: 'deployer', apiGroup: 'rbac.authorization.k8s.io' }],
    });
    const { output } = await explain(await plane.user('deployer'), { namespace: 'shop', target: 'pod/web-1' });
    expect(output.rootCause?.kind).toBe('environment-variable-missing');
    const said = output.notSeen.join('\n');
    expect(said).toMatch(/^reading services, events, configmaps, .* and \d+ more kinds in shop is not permitted$/m);
    // There is no Argo CD here, and the server says so by refusing.
    expect(said).not.toContain('argoproj');
  });

  it('that reach nothing are an error with the way out', async () => {
    const nobody = await plane.user('nobody');
    const env = { KUBECONFIG: nobody.kubeconfig };
    const said = await cli(['explain', '-n', 'shop'], { env });
    expect(said).toMatchObject({ code: 2, stdout: '' });
    expect(said.stderr).toContain('may read nothing here');
    expect(said.stderr).toContain('deploy/kubernetes-live/cluster-reader.yaml');
    expect(said.stderr).not.toContain(nobody.token);
  });
});

describe('opsline explain', () => {
  it('looks into the cluster of the kubeconfig, and joins what it is given', async () => {
    const env = { KUBECONFIG: plane.admin.kubeconfig };
    const notes = join(folder, 'notes.txt');
    await writeFile(notes, '2026-11-02T10:00:00Z deployed by ci');
    const [plain, target, joined, offline] = await Promise.all([
      cli(['explain', '-n', 'shop'], { env }),
      cli(['explain', 'pod/web-1', '-o', 'json'], { env }),
      cli(['explain', '--from', notes, '-n', 'shop', '-o', 'json'], { env }),
      cli(['explain', '--from', notes, 'pod/web-1', '-o', 'json'], { env }),
    ]);
    expect(plain).toMatchObject({ code: 1, stdout: expect.stringContaining('FAILED') });
    expect(JSON.parse(target.stdout)).toMatchObject({ rootCause: { kind: 'environment-variable-missing' } });
    expect(JSON.parse(joined.stdout)).toMatchObject({ verdict: 'failed', live: { namespaces: ['shop'] } });
    const alone = JSON.parse(offline.stdout) as Explanation;
    expect(alone.live).toBeUndefined();
    expect(alone.usage.texts).toBe(1);
  });

  it('says what is wrong with where it is to look', async () => {
    const env = { KUBECONFIG: plane.admin.kubeconfig };
    const notes = join(folder, 'more.txt');
    await writeFile(notes, 'api 0/1 CrashLoopBackOff');
    const [context, namespace, two, both, server, gone] = await Promise.all([
      cli(['explain', '--context', 'tes'], { env }),
      cli(['explain', '-n', 'shopp'], { env }),
      cli(['explain', 'deployment/a', 'deployment/b'], { env }),
      cli(['explain', '-n', 'shop', '-A'], { env }),
      cli(['explain', '--context', 'test', '--server', 'http://127.0.0.1:9'], { env }),
      cli(['explain', '--from', notes, '--context', 'gone', '-o', 'json'], { env }),
    ]);
    for (const said of [context, namespace, two, both, server]) expect(said).toMatchObject({ code: 2, stdout: '' });
    expect(context.stderr).toContain('has no context "tes" (there are: test). Did you mean test?');
    expect(namespace.stderr).toContain('There is no namespace "shopp"');
    expect(namespace.stderr).toContain('Near it: shop.');
    expect(two.stderr).toContain('One thing can be explained at a time');
    expect(both.stderr).toContain('leave out one');
    expect(server.stderr).toContain('name one of those with --cluster');
    expect((JSON.parse(gone.stdout) as Explanation).notSeen.join()).toContain(
      'the cluster gone: The kubeconfig has no context',
    );
  });
});
