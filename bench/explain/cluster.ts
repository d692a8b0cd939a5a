import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startControlPlane } from '../../test/helpers/control-plane.ts';
import { startKubelet } from '../../test/helpers/kubelet.ts';

/** Of so many Deployments is the namespace; one of them crashes. */
const WORKLOADS = 25;
const NAMESPACE = 'shop';
/** How long a packet is on its way, ms: there and back, an API server in a neighbouring region. */
const ONE_WAY = 20;

export interface BenchCluster {
  /** A kubeconfig for the API server, and one for it behind a slow line. */
  readonly near: string;
  readonly far: string;
  stop(): Promise<void>;
}

/** A real API server with a namespace of so many pods in 25 workloads, one of which crashes, and a played kubelet. */
export async function startBenchCluster(folder: string, pods: number): Promise<BenchCluster> {
  const plane = await startControlPlane({ controllers: false, scheduler: false });
  const { client } = plane.admin;
  const kubelet = await startKubelet(plane, [{ name: 'worker-1', capacity: { pods: String(pods * 2) } }]);
  const log = `${'INFO serving orders\n'.repeat(900)}FATAL: environment variable DATABASE_URL is not set\n`;
  await kubelet.tell(NAMESPACE, [
    { match: { name: 'app-0-' }, containers: { app: { is: 'crashing', exitCode: 1, log } } },
  ]);
  await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  await client.create({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: NAMESPACE },
  });
  for (let n = 0; n < WORKLOADS; n++) {
    const labels = { app: `app-${n}` };
    const containers = [{ name: 'app', image: `shop/app-${n}:1`, ports: [{ containerPort: 8080 }] }];
    const metadata = (name: string) => ({ name, namespace: NAMESPACE, labels });
    const spec = { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } };
    const set = await client.create({
      ...{ apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: metadata(`app-${n}-7d9f8b6c5d`) },
      spec: { ...spec, replicas: pods / WORKLOADS },
    });
    await client.create({
      ...{ apiVersion: 'v1', kind: 'Service', metadata: metadata(`app-${n}`) },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    });
    const createPod = (own: { name: string; namespace: string; ownerReferences: object[] }) =>
      client.create({ apiVersion: 'v1', kind: 'Pod', metadata: own, spec: { nodeName: 'worker-1', containers } });
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: set.metadata.name, uid: set.metadata.uid };
    await Promise.all(
      Array.from({ length: pods / WORKLOADS }, (_, i) =>
        createPod({ ...metadata(`app-${n}-7d9f8b6c5d-${i}`), ownerReferences: [{ ...owner, controller: true }] }),
      ),
    );
  }
  const reported = async (): Promise<boolean> =>
    (await client.list('v1', 'Pod', NAMESPACE)).every(({ status }) => status?.phase !== 'Pending');
  while (!(await reported())) await sleep(200);
  const line = await slowLine(Number(new URL(plane.url).port));
  const far = join(folder, 'far.json');
  const { port } = line.address() as AddressInfo;
  await writeFile(
    far,
    (await readFile(plane.admin.kubeconfig, 'utf8')).replace(plane.url, `https://127.0.0.1:${port}`),
  );
  return {
    near: plane.admin.kubeconfig,
    far,
    stop: async () => {
      line.close();
      await kubelet.stop();
      await plane.stop();
    },
  };
}

/** Passes connections on to a port of loopback, each piece a while later. */
async function slowLine(to: number): Promise<Server> {
  const later = (from: Socket, into: Socket): void => {
    from.on('data', (piece) => setTimeout(() => into.writable && into.write(piece), ONE_WAY));
    from.on('close', () => setTimeout(() => into.destroy(), ONE_WAY));
    from.on('error', () => into.destroy());
  };
  const server = createServer((client) => {
    const upstream = connect(to, '127.0.0.1');
    later(client, upstream);
    later(upstream, client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
