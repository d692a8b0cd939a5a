import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ROOT } from '../helpers/cli.ts';
import { type ControlPlane, startControlPlane } from '../helpers/control-plane.ts';
import { type Kubelet, startKubelet } from '../helpers/kubelet.ts';
import { BUILD_TIMEOUT_MS } from '../helpers/programs.ts';
import { until } from '../helpers/until.ts';

let plane: ControlPlane;
let kubelet: Kubelet;
beforeAll(async () => {
  plane = await startControlPlane();
  kubelet = await startKubelet(plane, [{ name: 'worker-1' }]);
}, BUILD_TIMEOUT_MS);
afterAll(async () => {
  await kubelet?.stop();
  await plane?.stop();
});

function deployment(namespace: string, name: string) {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'app', image: 'registry.example.com/app:1', ports: [{ containerPort: 80 }] }] },
      },
    },
  };
}

const service = (namespace: string, name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { selector: { app: name }, ports: [{ port: 80 }] },
});

async function namespace(name: string): Promise<string> {
  await plane.admin.client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  return name;
}

describe('a control plane with a played kubelet', () => {
  it('brings a Deployment up: real controllers and scheduler, endpoints and all', async () => {
    const { client } = plane.admin;
    const ns = await namespace('healthy');
    await client.apply(service(ns, 'web'));
    const web = await client.apply(deployment(ns, 'web'));
    await client.until(web, ({ status }) => status?.availableReplicas === 2);
    const pods = await client.list('v1', 'Pod', ns);
    expect(pods.map(({ spec }) => spec?.nodeName)).toEqual(['worker-1', 'worker-1']);
    const addresses = await until(
      async () => {
        const [slice] = await client.list('discovery.k8s.io/v1', 'EndpointSlice', ns);
        const endpoints = (slice?.endpoints ?? []) as { addresses: string[] }[];
        return endpoints.length === 2 && endpoints.flatMap((one) => one.addresses);
      },
      { what: 'two endpoints' },
    );
    expect(new Set(addresses)).toEqual(new Set(pods.map(({ status }) => status?.podIP)));
    await client.remove(web);
    await until(async () => (await client.list('v1', 'Pod', ns)).length === 0, {
      what: 'pods end with their Deployment',
    });
  });

  it('reports what it is told of a container, and serves its log through the API server', async () => {
    const { client } = plane.admin;
    const ns = await namespace('crashing');
    await kubelet.tell(ns, [{ containers: { app: { is: 'crashing', exitCode: 3, log: 'one\ntwo\nthree\n' } } }]);
    await client.apply(deployment(ns, 'web'));
    const events = await until(
      async () => {
        const found = (await client.list('v1', 'Event', ns)).filter(({ reason }) => reason === 'BackOff');
        return found.length === 2 && found;
      },
      { what: 'both pods back off' },
    );
    expect(events[0]).toMatchObject({ type: 'Warning', source: { component: 'kubelet', host: 'worker-1' } });
    const [pod] = await client.list('v1', 'Pod', ns);
    expect(pod?.status).toMatchObject({
      phase: 'Running',
      containerStatuses: [
        {
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 3, reason: 'Error' } },
        },
      ],
    });
    const path = `/api/v1/namespaces/${ns}/pods/${pod?.metadata.name}/log`;
    expect(await client.raw('GET', `${path}?container=app&previous=true&tailLines=2`)).toBe('two\nthree\n');
    await kubelet.tell(ns, []);
    await client.until(deployment(ns, 'web'), ({ status }) => status?.availableReplicas === 2);
    await expect(client.raw('GET', `${path}?previous=true`)).rejects.toMatchObject({ status: 400 });
  });

  it('denies by quota, and schedules nothing where nothing fits', async () => {
    const { client } = plane.admin;
    const ns = await namespace('denied');
    await client.apply({
      ...{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'pods', namespace: ns } },
      ...{ spec: { hard: { pods: '0' } } },
    });
    await client.until(
      { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'pods', namespace: ns } },
      ({ status }) => status?.hard !== undefined,
    );
    const denied = await client.apply(deployment(ns, 'web'));
    const { status } = await client.until(denied, (one) =>
      (one.status?.conditions ?? []).some(({ type }) => type === 'ReplicaFailure'),
    );
    expect(status?.conditions?.find(({ type }) => type === 'ReplicaFailure')?.message).toContain(
      'exceeded quota: pods',
    );
  });

  it('gives a user no more than its roles do', async () => {
    const [reader, nobody] = await Promise.all([plane.user('reader'), plane.user('nobody')]);
    await plane.admin.client.apply({
      ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'reader' } },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'reader' }],
    });
    await until(() => reader.client.list('v1', 'Pod').catch(() => undefined), { what: 'the role is in force' });
    await expect(reader.client.list('v1', 'Secret')).rejects.toMatchObject({ status: 403 });
    await expect(nobody.client.list('v1', 'Pod')).rejects.toMatchObject({ status: 403 });
  });
});

it('dies with the process that started it', { timeout: 120_000 }, async () => {
  const script = `
    const { startControlPlane } = await import(${JSON.stringify(join(ROOT, 'test/helpers/control-plane.ts'))});
    const { url, folder } = await startControlPlane({ controllers: false, scheduler: false });
    console.log(JSON.stringify({ url, folder }));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const { url, folder } = JSON.parse(String(line)) as { url: string; folder: string };
  const answers = (): Promise<boolean> =>
    fetch(url).then(
      () => true,
      // A certificate that nobody vouches for is an answer, too.
      (error: { cause?: { code?: string } }) => error.cause?.code !== 'ECONNREFUSED',
    );
  expect(await answers()).toBe(true);
  expect(existsSync(folder)).toBe(true);
  // Whoever is killed leaves its files behind.
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  child.kill('SIGKILL');
  await until(async () => !(await answers()), { what: 'nothing listens any more' });
});
