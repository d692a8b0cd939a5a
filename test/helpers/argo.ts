import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { redisProgram } from '../../src/redis/embedded.ts';
import { listens } from '../../src/redis/running.ts';
import type { ControlPlane } from './control-plane.ts';
import type { KubeClient, KubeObject, Written } from './kube-client.ts';
import { freePorts } from './ports.ts';
import { programSources, testProgram } from './programs.ts';
import { until } from './until.ts';

/** The namespace that Argo CD lives in, and its Applications with it. */
export const ARGO_NAMESPACE = 'argocd';
/** The destination of Applications that means this control plane. */
export const IN_CLUSTER = 'https://kubernetes.default.svc';

const CONFIG_MAPS = ['cm', 'cmd-params-cm', 'rbac-cm', 'ssh-known-hosts-cm', 'tls-certs-cm', 'gpg-keys-cm'];

/** Installs what Argo Rollouts defines, and runs its controller until the control plane stops. */
export async function startRollouts(plane: ControlPlane): Promise<void> {
  const program = await testProgram('rollouts-controller');
  await applyDefinitions(plane.admin.client, join(await programSources('rollouts-controller'), 'manifests', 'crds'));
  const [metrics, health] = (await freePorts(2)) as [number, number];
  const controller = await plane.start(program, [
    ...['--kubeconfig', plane.admin.kubeconfig, '--leader-elect=false', '--qps=500', '--burst=1000'],
    `--metricsport=${metrics}`,
    `--healthzPort=${health}`,
  ]);
  await Promise.race([serves(health), controller.failed]);
}

/** Installs what Argo CD defines, and runs its repository server and application controller until the control plane stops. */
export async function startArgoCd(plane: ControlPlane): Promise<void> {
  const { client } = plane.admin;
  const kubeconfig = await inArgoNamespace(plane);
  const program = await testProgram('argocd');
  await applyDefinitions(client, join(await programSources('argocd'), 'manifests', 'crds'));
  for (const object of configuration()) await client.apply(object);
  const [redis, port, repoMetrics, metrics] = (await freePorts(4)) as [number, number, number, number];
  const env = { ARGOCD_FAKE_IN_CLUSTER: 'true', ARGOCD_GPG_ENABLED: 'false', TMPDIR: plane.folder };
  await plane.start(await redisProgram(), [
    '--port',
    `${redis}`,
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--dir',
    plane.folder,
  ]);
  const repositories = await plane.start(
    program,
    [
      ...['--port', `${port}`, '--metrics-port', `${repoMetrics}`, '--redis', `localhost:${redis}`, '--disable-tls'],
      ...['--address', '127.0.0.1', '--metrics-address', '127.0.0.1'],
    ],
    { as: 'argocd-repo-server', env },
  );
  await Promise.race([serves(port), repositories.failed]);
  const controller = await plane.start(
    program,
    [
      ...['--kubeconfig', kubeconfig, '--namespace', ARGO_NAMESPACE, '--metrics-port', `${metrics}`],
      ...['--repo-server', `localhost:${port}`, '--repo-server-plaintext', '--redis', `localhost:${redis}`],
      ...['--app-resync', '10', '--kubectl-parallelism-limit', '4'],
    ],
    // What it takes for the cluster that it runs in is the one of this variable.
    { as: 'argocd-application-controller', env: { ...env, KUBECONFIG: kubeconfig } },
  );
  await Promise.race([serves(metrics), controller.failed]);
}

/** An Application with its required fields, to be synced by itself. */
export function application(
  name: string,
  source: { readonly repoURL: string; readonly path: string; readonly targetRevision?: string },
  namespace: string,
  more: { readonly project?: string; readonly syncPolicy?: object } = {},
): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: ARGO_NAMESPACE },
    spec: {
      project: more.project ?? 'default',
      source: { targetRevision: 'HEAD', ...source },
      destination: { server: IN_CLUSTER, namespace },
      syncPolicy: more.syncPolicy ?? { automated: {}, retry: { limit: 0 } },
    },
  };
}

/** What must be there for Argo CD to start: its configuration, all of it at its defaults. */
function configuration(): Written[] {
  const metadata = (name: string) => ({
    name,
    namespace: ARGO_NAMESPACE,
    labels: { 'app.kubernetes.io/part-of': 'argocd' },
  });
  const secretKey = { 'server.secretkey': Buffer.from('not a secret: nothing is signed with it').toString('base64') };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: ARGO_NAMESPACE } },
    ...CONFIG_MAPS.map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(`argocd-${name}`) })),
    { apiVersion: 'v1', kind: 'Secret', metadata: metadata('argocd-secret'), data: secretKey },
    appProject('default', ['*'], [{ server: '*', namespace: '*' }]),
  ];
}

/** A project that allows these repositories and destinations, and every kind. */
export function appProject(name: string, sourceRepos: readonly string[], destinations: readonly object[]): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name, namespace: ARGO_NAMESPACE },
    spec: { sourceRepos, destinations, clusterResourceWhitelist: [{ group: '*', kind: '*' }] },
  };
}

async function applyDefinitions(client: KubeClient, folder: string): Promise<void> {
  for (const file of await readdir(folder)) {
    const object = parse(await readFile(join(folder, file), 'utf8')) as KubeObject;
    if (object.kind !== 'CustomResourceDefinition') continue;
    await client.apply(object);
    await client.until(object, ({ status }) =>
      (status?.conditions ?? []).some((one) => one.type === 'Established' && one.status === 'True'),
    );
  }
}

/** Resolves when something listens on the port of loopback. */
async function serves(port: number): Promise<void> {
  await until(() => listens({ host: '127.0.0.1', port }), { what: `something listens on port ${port}` });
}

/** The administrator's kubeconfig with Argo CD's namespace as the one to work in. */
async function inArgoNamespace(plane: ControlPlane): Promise<string> {
  const config = JSON.parse(await readFile(plane.admin.kubeconfig, 'utf8'));
  for (const { context } of config.contexts) context.namespace = ARGO_NAMESPACE;
  const path = join(plane.folder, 'argocd.kubeconfig');
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}
