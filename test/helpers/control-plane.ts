import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Daemon, startDaemon } from './daemon.ts';
import { KubeClient } from './kube-client.ts';
import { freePorts } from './ports.ts';
import { type TestProgram, testProgram } from './programs.ts';
import { until } from './until.ts';

/** Somebody who may speak to the API server. */
export interface KubeUser {
  readonly name: string;
  readonly token: string;
  /** The path of a kubeconfig with this user's token. */
  readonly kubeconfig: string;
  readonly client: KubeClient;
}

/** A real Kubernetes control plane on loopback, without nodes: see `kubelet.ts`. */
export interface ControlPlane {
  readonly url: string;
  /** The certificates that vouch for `url`, as PEM. */
  readonly ca: string;
  /** A private folder that goes when the control plane does. */
  readonly folder: string;
  /** May do everything. */
  readonly admin: KubeUser;
  /** A user without any right, until a role is bound to its name; always the same one for one name. */
  user(name: UserName): Promise<KubeUser>;
  /** Starts a further program, given by its path, that ends with it. Its output goes to a file of `folder`. */
  start(program: string, args: readonly string[], how?: Started): Promise<Daemon>;
  /** Ends everything at once. */
  stop(): Promise<void>;
}

export const USERS = ['reader', 'deployer', 'nobody'] as const;
export type UserName = (typeof USERS)[number];

export interface Started {
  readonly env?: Readonly<Record<string, string>>;
  /** The name that it is called by, for a program that is many. */
  readonly as?: string;
}

export interface ControlPlaneOptions {
  /** Run the controllers (ReplicaSets, endpoints, quota, …); true unless told otherwise. */
  readonly controllers?: boolean;
  /** Run the scheduler; true unless told otherwise. */
  readonly scheduler?: boolean;
}

/** Starts etcd, the API server and what `options` say, and waits until they serve. Builds what is missing: minutes. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { controllers = true, scheduler = true } = options;
  const folder = await mkdtemp(join(tmpdir(), 'opsline-plane-'));
  const daemons: Daemon[] = [];
  const clients: KubeClient[] = [];
  const users = new Map<string, Promise<KubeUser>>();
  const stop = async (): Promise<void> => {
    for (const client of clients) client.close();
    await Promise.all(daemons.map((daemon) => daemon.stop()));
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  const start = async (program: string, args: readonly string[], { as, env = {} }: Started = {}): Promise<Daemon> => {
    const called = as === undefined ? program : join(folder, as);
    if (as !== undefined) await symlink(program, called);
    const daemon = await startDaemon(called, args, { log: join(folder, `${basename(called)}.log`), env });
    daemons.push(daemon);
    return daemon;
  };
  try {
    const needed: TestProgram[] = ['etcd', 'kube-apiserver'];
    if (controllers) needed.push('kube-controller-manager');
    if (scheduler) needed.push('kube-scheduler');
    // Before any starts, and one after the other: what one build compiles serves the next.
    for (const name of needed) await testProgram(name);
    const [client, peer, secure] = (await freePorts(3)) as [number, number, number];
    const etcd = `http://127.0.0.1:${client}`;
    await start(await testProgram('etcd'), etcdArguments(folder, etcd, `http://127.0.0.1:${peer}`));
    const keys = await writeKeys(folder);
    const url = `https://127.0.0.1:${secure}`;
    const apiServer = await start(await testProgram('kube-apiserver'), apiServerArguments(folder, etcd, secure, keys));
    const ca = await Promise.race([
      until(() => readFile(join(folder, 'apiserver.crt'), 'utf8').catch(() => undefined), { what: 'a certificate' }),
      apiServer.failed,
    ]);
    const makeUser = async (name: string): Promise<KubeUser> => {
      const kubeconfig = join(folder, `${name}.kubeconfig`);
      const token = keys.tokenOf(name);
      await writeFile(kubeconfig, kubeconfigText(url, ca, name, token), { mode: 0o600 });
      const made = new KubeClient(url, ca, token);
      clients.push(made);
      return { name, token, kubeconfig, client: made };
    };
    const admin = await makeUser('admin');
    const ready = (): Promise<boolean> =>
      admin.client.raw('GET', '/readyz').then(
        () => true,
        () => false,
      );
    await Promise.race([until(ready, { what: 'the API server is ready' }), apiServer.failed]);
    const shared = ['--kubeconfig', admin.kubeconfig, '--leader-elect=false', '--secure-port=0'];
    const fast = ['--kube-api-qps=1000', '--kube-api-burst=2000'];
    if (controllers) {
      const serves = await start(await testProgram('kube-controller-manager'), [
        ...[...shared, ...fast],
        `--service-account-private-key-file=${keys.serviceAccounts}`,
        '--horizontal-pod-autoscaler-sync-period=2s',
        '--pvclaimbinder-sync-period=1s',
      ]);
      const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } };
      const { client: ask } = admin;
      await Promise.race([ask.until(account, () => true, { what: 'controllers at work' }), serves.failed]);
    }
    if (scheduler) await start(await testProgram('kube-scheduler'), [...shared, ...fast]);
    return {
      url,
      ca,
      folder,
      admin,
      start,
      stop,
      user: (name) => {
        const user = users.get(name) ?? makeUser(name);
        users.set(name, user);
        return user;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function etcdArguments(folder: string, client: string, peer: string): string[] {
  return [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync', // nothing here outlives the test
    '--log-level=warn',
  ];
}

interface Keys {
  readonly serviceAccounts: string;
  readonly tokens: string;
  readonly tokenOf: (user: string) => string;
}

async function writeKeys(folder: string): Promise<Keys> {
  const secret = randomBytes(16).toString('hex');
  const tokenOf = (user: string): string => `${user}-${secret}`;
  const keys = { serviceAccounts: join(folder, 'sa.key'), tokens: join(folder, 'tokens.csv'), tokenOf };
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  await writeFile(keys.serviceAccounts, privateKey, { mode: 0o600 });
  const lines = [
    `${tokenOf('admin')},admin,admin,system:masters`,
    ...USERS.map((name) => `${tokenOf(name)},${name},${name}`),
  ];
  await writeFile(keys.tokens, `${lines.join('\n')}\n`, { mode: 0o600 });
  return keys;
}

function apiServerArguments(folder: string, etcd: string, port: number, keys: Keys): string[] {
  return [
    `--etcd-servers=${etcd}`,
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    // It must not be loopback, and the machine may have no other; nobody calls it.
    '--advertise-address=192.0.2.1',
    '--endpoint-reconciler-type=none',
    `--cert-dir=${folder}`,
    `--service-account-key-file=${keys.serviceAccounts}`,
    `--service-account-signing-key-file=${keys.serviceAccounts}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--token-auth-file=${keys.tokens}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.0.0.0/16',
    '--allow-privileged=true',
    '--kubelet-preferred-address-types=InternalIP',
  ];
}

function kubeconfigText(url: string, ca: string, user: string, token: string): string {
  // JSON is YAML, and needs no quoting of its own.
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'test', cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
    ],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user } }],
    'current-context': 'test',
  });
}
