import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { deployExplanationOn } from '../../pipelines/deploy-explanation/index.ts';
import type { Explanation } from '../../pipelines/deploy-explanation/schema.ts';
import { noModel } from '../../src/model/predictor.ts';
import { createMemoryRuns } from '../../src/runs/memory-runs.ts';
import { pod, type Route, refused, type UnrulyApi, unrulyApi } from '../evidence/cluster/unruly-api.ts';
import { type Served, serve } from './serve.ts';

const RUNS = '/v1/pipelines/deploy-explanation/runs';
const PODS = '/api/v1/namespaces/shop/pods';

const crashing: Route = ({ path, query }) => {
  if (path === PODS || (path === '/api/v1/pods' && query.get('fieldSelector') !== 'metadata.name=other'))
    return { items: [pod('api-0', false)] };
  if (path === `${PODS}/api-0/log`)
    return (response) => void response.end('FATAL: environment variable REGION is not set\n');
  return undefined;
};

/** A service that knows two clusters: `prod`, which answers by `route`, and `gone`, where nobody listens. */
async function served(route: Route): Promise<{ service: Served; api: UnrulyApi }> {
  const api = await unrulyApi(route);
  const folder = await mkdtemp(join(tmpdir(), 'opsline-clusters-'));
  onTestFinished(async () => {
    await api[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  const kubeconfig = async (name: string, server: string): Promise<string> => {
    const path = join(folder, name);
    const content = {
      clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: { token: 'canary-token-77' } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'c',
    };
    await writeFile(path, JSON.stringify(content));
    return path;
  };
  const clusters = new Map([
    ['prod', { kind: 'kubeconfig' as const, path: await kubeconfig('prod', api.access.cluster.server) }],
    ['gone', { kind: 'kubeconfig' as const, path: await kubeconfig('gone', 'http://127.0.0.1:9') }],
  ]);
  const pipelines = [deployExplanationOn(clusters)];
  const runs = createMemoryRuns({ pipelines, predictor: noModel() });
  return { service: await serve({ pipelines, runs }), api };
}

async function ask({ app, finished }: Served, url: string, payload: object) {
  const response = await app.inject({ method: 'POST', url, payload });
  const { id } = response.json() as { id?: string };
  const run = id === undefined ? undefined : await finished(id);
  return { response, run, output: run?.output as Explanation | undefined };
}

test('a request names a cluster of the configuration, and gets an answer from there', async () => {
  const { service } = await served(crashing);
  const { run, output } = await ask(service, RUNS, { cluster: 'prod', namespace: 'shop' });
  expect(run).toMatchObject({ status: 'succeeded' });
  expect(output).toMatchObject({
    rootCause: { kind: 'environment-variable-missing' },
    live: { cluster: 'prod', namespaces: ['shop'] },
  });
  const record = await service.app.inject({ url: `/v1/runs/${run?.id}/record` });
  expect(record.body).not.toContain('canary');
});

test.each([
  [{ cluster: 'staging' }, '#/cluster', /there are: prod, gone/],
  [{ cluster: 'prod', namespace: '../kube-system' }, '#/namespace', /must be the name of a namespace/],
  [{ namespace: 'shop', evidence: [{ name: 'a', text: 'b' }] }, '#/namespace', /name that, too/],
  [{ question: 'why?' }, '#/evidence', /or `cluster` name a cluster/],
])('a request that names none, or no place in it, is refused: %j', async (payload, pointer, detail) => {
  const { service, api } = await served(crashing);
  const { response } = await ask(service, RUNS, payload);
  expect(response.statusCode).toBe(422);
  expect(response.json().errors).toEqual([{ pointer, detail: expect.stringMatching(detail) }]);
  expect(api.asked).toEqual([]);
});

test('kubeconfigs, contexts and addresses of a request are not taken', async () => {
  const { service, api } = await served(crashing);
  const more = { kubeconfig: '/etc/passwd', context: 'c', server: 'http://127.0.0.1:1', repo: { path: '/' } };
  const { output } = await ask(service, RUNS, { cluster: 'prod', namespace: 'shop', everywhere: true, ...more });
  expect(output?.live).toMatchObject({ cluster: 'prod', namespaces: ['shop'] });
  expect(new Set(api.asked.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer canary-token-77']));
});

test('a cluster that is down fails the run with its code, unless there is other evidence', async () => {
  const { service } = await served(crashing);
  const alone = await ask(service, RUNS, { cluster: 'gone', namespace: 'shop' });
  expect(alone.run).toMatchObject({ status: 'failed', error: { code: 'cluster-unreachable' } });
  const evidence = [{ name: 'app.log', text: 'FATAL: environment variable REGION is not set' }];
  const beside = await ask(service, RUNS, { cluster: 'gone', evidence });
  expect(beside.output?.rootCause?.kind).toBe('environment-variable-missing');
  expect(beside.output?.live).toBeUndefined();
  expect(beside.output?.notSeen.join()).toMatch(/the cluster gone: .* cannot be reached/);
});

const alerts = {
  version: '4',
  groupKey: 'g',
  status: 'firing',
  commonLabels: { namespace: 'shop', pod: 'api-0' },
  alerts: [
    { status: 'firing', labels: { alertname: 'KubePodCrashLooping', pod: 'api-0' }, startsAt: '2026-11-02T09:00:00Z' },
  ],
};
const application = {
  metadata: { name: 'shop', namespace: 'argocd' },
  spec: { destination: { namespace: 'shop', server: 'https://kubernetes.default.svc' } },
  status: { health: { status: 'Degraded' }, sync: { status: 'Synced', revision: 'a1' } },
};

test('a notification that names a cluster leads to what is there', async () => {
  const withApplication: Route = (asked) =>
    asked.path === '/apis/argoproj.io/v1alpha1/applications' ? { items: [application] } : crashing(asked);
  const { service } = await served(withApplication);
  for (const [url, payload] of [
    ['/v1/hooks/alertmanager', alerts],
    ['/v1/hooks/argocd', application],
  ] as const) {
    const { output } = await ask(service, `${url}?cluster=prod`, payload);
    expect(output).toMatchObject({
      rootCause: { kind: 'environment-variable-missing' },
      live: { cluster: 'prod', namespaces: ['shop'] },
    });
    expect(output?.notSeen.join()).not.toContain('nobody looked there');
    const without = await ask(service, url, payload);
    expect(without.output?.live).toBeUndefined();
    expect(without.output?.notSeen.join()).toContain('nobody looked there');
    const unknown = await ask(service, `${url}?cluster=nowhere`, payload);
    expect(unknown.response.statusCode).toBe(422);
    expect(unknown.response.body).toContain('there are: prod, gone');
  }
});

test('Secrets are asked for by name alone, except one of which the kubelet misses a key', async () => {
  const waiting = {
    metadata: { name: 'api-0', namespace: 'shop' },
    spec: { containers: [{ name: 'app', image: 'i' }] },
    status: {
      phase: 'Pending',
      containerStatuses: [
        {
          name: 'app',
          ready: false,
          state: {
            waiting: { reason: 'CreateContainerConfigError', message: "couldn't find key url in Secret shop/db" },
          },
        },
      ],
    },
  };
  const { service, api } = await served(({ path }) => {
    if (path === PODS) return { items: [waiting] };
    // A proxy that does not know the shorter form sends everything.
    if (path === '/api/v1/namespaces/shop/secrets')
      return { items: ['db', 'other'].map((name) => ({ metadata: { name }, data: { x: 'canary-data' } })) };
    if (path === '/api/v1/namespaces/shop/secrets/db')
      return { kind: 'Secret', metadata: { name: 'db', namespace: 'shop' }, data: { uri: 'canary-data' } };
    return path.includes('/secrets') ? refused(404, 'NotFound', 'no') : undefined;
  });
  const { run } = await ask(service, RUNS, { cluster: 'prod', namespace: 'shop' });
  expect(run).toMatchObject({ status: 'succeeded' });
  const record = await service.app.inject({ url: `/v1/runs/${run?.id}/record` });
  expect(record.body).not.toContain('canary');
  expect(record.body).toContain('uri');
  const secrets = api.asked.filter(({ path }) => path.includes('/secrets'));
  expect(secrets.map(({ path, headers }) => [path, /as=PartialObjectMetadataList/.test(headers.accept ?? '')])).toEqual(
    [
      ['/api/v1/namespaces/shop/secrets', true],
      ['/api/v1/namespaces/shop/secrets/db', false],
    ],
  );
});
