import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { findOnPath } from '../../src/programs/path.ts';
import { freePorts } from './ports.ts';

const HOST = '127.0.0.1';
const SLOTS = 16_384;

/** A master of {@link TestCluster}; its append-only file outlives it. */
export interface TestMaster {
  readonly port: number;
  /** To this node alone, whatever the slots of its keys. */
  readonly admin: Redis;
  start(): Promise<void>;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
}

/** A Redis Cluster without replicas on loopback: each master has a third of the slots. */
export interface TestCluster {
  readonly url: string;
  readonly masters: readonly TestMaster[];
  /** Resolves when every master says that the cluster serves all slots. */
  healthy(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts one of `size` masters; stop it at the end. */
export async function startCluster(size = 3): Promise<TestCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'opsline-cluster-'));
  const ports = await freePorts(2 * size);
  const masters = Array.from({ length: size }, (_, i) =>
    server(folder, ports[i] as number, {
      'cluster-enabled': 'yes',
      'cluster-port': ports[size + i] as number,
      'cluster-config-file': `nodes-${i}.conf`,
      'cluster-node-timeout': 1000,
    }),
  );
  const cluster = {
    url: `redis+cluster://${masters.map(({ port }) => `${HOST}:${port}`).join(',')}`,
    masters,
    healthy: async () => {
      for (const { admin } of masters) {
        await until(async () => {
          const info = String(await admin.cluster('INFO'));
          return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${size}`);
        });
      }
    },
    stop: async () => {
      await Promise.all(masters.map((one) => one.kill()));
      for (const { admin } of masters) admin.disconnect();
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await Promise.all(masters.map((one) => one.start()));
    for (const [i, { admin }] of masters.entries()) {
      const from = Math.floor((SLOTS * i) / size);
      const to = Math.floor((SLOTS * (i + 1)) / size) - 1;
      await admin.call('CLUSTER', 'ADDSLOTSRANGE', from, to);
      await admin.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
      await admin.call('CLUSTER', 'MEET', HOST, ports[0] as number, ports[size] as number);
    }
    await cluster.healthy();
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

/** Moves the slot of `key` from its master to another, key by key with a pause after each, as `redis-cli --cluster reshard` does. */
export async function moveSlot(cluster: TestCluster, key: string): Promise<void> {
  const [any] = cluster.masters as [TestMaster];
  const slot = Number(await any.admin.cluster('KEYSLOT', key));
  const from = cluster.masters[Math.floor((slot * cluster.masters.length) / SLOTS)] as TestMaster;
  const to = cluster.masters.find((one) => one !== from) as TestMaster;
  const target = String(await to.admin.cluster('MYID'));
  await to.admin.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(await from.admin.cluster('MYID')));
  await from.admin.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target);
  for (;;) {
    const [next] = (await from.admin.call('CLUSTER', 'GETKEYSINSLOT', slot, 1)) as [string?];
    if (next === undefined) break;
    await from.admin.call('MIGRATE', HOST, to.port, next, 0, 5000);
    await sleep(20);
  }
  for (const { admin } of [to, ...cluster.masters]) await admin.call('CLUSTER', 'SETSLOT', slot, 'NODE', target);
}

/** Starts a single Redis on a port of loopback. */
export async function startTcpRedis(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'opsline-redis-'));
  const [port] = (await freePorts(1)) as [number];
  const { start, kill, admin } = server(folder, port, {});
  await start();
  return {
    url: `redis://${HOST}:${port}`,
    stop: async () => {
      await kill();
      admin.disconnect();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function server(folder: string, port: number, more: Record<string, string | number>): TestMaster {
  const settings = {
    port,
    bind: HOST,
    dir: folder,
    appendonly: 'yes',
    appenddirname: `aof-${port}`,
    save: '',
    'maxmemory-policy': 'noeviction',
    ...more,
  };
  let child: ChildProcess | undefined;
  const admin = new Redis({
    ...{ host: HOST, port, lazyConnect: true, maxRetriesPerRequest: null, replyMapping: 'legacy' },
    retryStrategy: () => 20,
  });
  admin.on('error', () => {});
  return {
    port,
    admin,
    start: async () => {
      const program = await findOnPath(['redis-server', 'valkey-server']);
      if (program === undefined) throw new Error('neither redis-server nor valkey-server is on PATH');
      const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
      const started = spawn(program, args, { stdio: 'ignore' });
      child = started;
      const ended = once(started, 'exit').then(([code]) =>
        Promise.reject(new Error(`redis-server ended with ${code}`)),
      );
      ended.catch(() => {});
      await Promise.race([admin.ping(), ended]);
    },
    kill: async () => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('the cluster did not become healthy within 20 s');
    await sleep(50);
  }
}
