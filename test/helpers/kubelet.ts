import { randomBytes } from 'node:crypto';
import type { ControlPlane } from './control-plane.ts';
import { KubeError, type KubeObject, type WatchEvent } from './kube-client.ts';
import { serveLogs } from './kubelet-logs.ts';
import { containersOf, initContainersOf, matches, type PodEvent, PodPlay, playOf, report } from './kubelet-play.ts';

/** A node to play. */
export interface PlayedNode {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly object[];
  readonly unschedulable?: boolean;
  /** Beside 8 CPUs, 32 GiB and 250 pods. */
  readonly capacity?: Readonly<Record<string, string>>;
  /** Why it is not ready; ready without. */
  readonly notReady?: { readonly reason: string; readonly message: string };
}

/**
 * Plays the kubelets of a control plane: keeps nodes alive, reports for each pod that is bound to a node what it was told to (a
 * pod of which nothing was told runs), ends pods that are deleted, and serves logs.
 */
export interface Kubelet {
  /** What pods of a namespace shall be like from now on, those that are there, too; the first that matches a pod counts. */
  tell(namespace: string, plays: readonly unknown[]): Promise<void>;
  addNode(node: PlayedNode): Promise<void>;
  stop(): Promise<void>;
}

const DEFAULT = PodPlay.parse({});
const RENEW_MS = 10_000;

export async function startKubelet(plane: ControlPlane, nodes: readonly PlayedNode[]): Promise<Kubelet> {
  const { client } = plane.admin;
  const plays = new Map<string, PodPlay[]>();
  const pods = new Map<string, KubeObject>();
  const assigned = new Map<string, PodPlay>();
  const working = new Map<string, Promise<void>>();
  const errors: unknown[] = [];
  const names: string[] = [];
  const stopping = new AbortController();

  /** The first play that matches the pod and is not used up; a pod keeps its play until others are told. */
  const playFor = (pod: KubeObject): PodPlay => {
    const given = assigned.get(pod.metadata.uid as string);
    if (given !== undefined) return given;
    const uses = (play: PodPlay): number => [...assigned.values()].filter((one) => one === play).length;
    const told = plays.get(pod.metadata.namespace ?? '') ?? [];
    const play = told.find((one) => matches(one, pod) && uses(one) < (one.pods ?? Number.POSITIVE_INFINITY)) ?? DEFAULT;
    assigned.set(pod.metadata.uid as string, play);
    return play;
  };
  const logs = await serveLogs(plane.folder, (namespace, name, container) => {
    const pod = [...pods.values()].find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
    const known =
      pod !== undefined && [...initContainersOf(pod), ...containersOf(pod)].some((one) => one.name === container);
    return known ? playOf(playFor(pod), pod, container) : undefined;
  });

  /** Runs after what runs for the pod already; a pod that went meanwhile is no error. */
  const work = (pod: KubeObject, task: () => Promise<unknown>): Promise<void> => {
    const uid = pod.metadata.uid as string;
    const next = (working.get(uid) ?? Promise.resolve()).then(task).then(
      () => {},
      (error: unknown) => {
        const gone = error instanceof KubeError && (error.status === 404 || error.status === 409);
        if (!gone && !stopping.signal.aborted) errors.push(error);
      },
    );
    working.set(uid, next);
    return next;
  };
  const say = async (pod: KubeObject): Promise<void> => {
    const { status, events } = report(pod, playFor(pod), timestamp());
    await client.patch(pod, { status }, 'status');
    for (const event of events) await client.create(eventObject(pod, event));
  };
  const onPod = ({ type, object: pod }: WatchEvent): void => {
    const uid = pod.metadata.uid as string;
    if (pod.spec?.nodeName === undefined) return;
    if (type === 'DELETED') {
      pods.delete(uid);
      working.delete(uid);
      return;
    }
    const known = pods.has(uid);
    pods.set(uid, pod);
    if (pod.metadata.deletionTimestamp !== undefined) {
      void work(pod, () => client.remove(pod, { gracePeriodSeconds: 0 }));
    } else if (!known) void work(pod, () => say(pod));
  };

  const addNode = async (node: PlayedNode): Promise<void> => {
    await client.apply(nodeObject(node));
    await client.patch(nodeObject(node), { status: nodeStatus(node, logs.port) }, 'status');
    names.push(node.name);
    await client.apply(lease(node.name));
  };
  for (const node of nodes) await addNode(node);
  const renewing = setInterval(() => {
    for (const name of names) client.apply(lease(name)).catch((error: unknown) => errors.push(error));
  }, RENEW_MS);
  const watching = client.watch('v1', 'Pod', onPod, stopping.signal).catch((error: unknown) => errors.push(error));

  return {
    addNode,
    tell: async (namespace, told) => {
      plays.set(
        namespace,
        told.map((one) => PodPlay.parse(one)),
      );
      const there = [...pods.values()].filter(({ metadata }) => metadata.namespace === namespace);
      for (const { metadata } of there) assigned.delete(metadata.uid as string);
      await Promise.all(there.map((pod) => work(pod, () => say(pod))));
    },
    stop: async () => {
      stopping.abort();
      clearInterval(renewing);
      await Promise.all([watching, ...working.values()]);
      await logs.stop();
      if (errors.length > 0) throw new AggregateError(errors, `the played kubelet failed: ${errors[0]}`);
    },
  };
}

function nodeObject({ name, labels, taints, unschedulable }: PlayedNode): KubeObject {
  const known = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { ...known, ...labels } },
    spec: {
      ...(taints === undefined ? {} : { taints }),
      ...(unschedulable === undefined ? {} : { unschedulable }),
    },
  };
}

function nodeStatus({ name, capacity, notReady }: PlayedNode, port: number): object {
  const has = { cpu: '8', memory: '32Gi', pods: '250', 'ephemeral-storage': '100Gi', ...capacity };
  const now = timestamp();
  const heard = { lastHeartbeatTime: now, lastTransitionTime: now };
  const ready =
    notReady === undefined
      ? { status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
      : { status: 'False', ...notReady };
  return {
    capacity: has,
    allocatable: has,
    addresses: [
      { type: 'InternalIP', address: '127.0.0.1' },
      { type: 'Hostname', address: name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    conditions: [
      ...['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
        ...{ type, status: 'False', ...heard },
        reason: `KubeletHasNo${type}`,
      })),
      { type: 'Ready', ...ready, ...heard },
    ],
  };
}

function lease(node: string): KubeObject {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: node, namespace: 'kube-node-lease' },
    spec: { holderIdentity: node, leaseDurationSeconds: 40, renewTime: new Date().toISOString().replace('Z', '000Z') },
  };
}

function eventObject(pod: KubeObject, { container, ...event }: PodEvent): KubeObject {
  const { name, namespace = '', uid = '' } = pod.metadata;
  const init = initContainersOf(pod).some((one) => one.name === container);
  const place =
    container === undefined ? {} : { fieldPath: `spec.${init ? 'initContainers' : 'containers'}{${container}}` };
  const now = timestamp();
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${randomBytes(8).toString('hex')}`, namespace },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', name, namespace, uid, ...place },
    ...event,
    firstTimestamp: now,
    lastTimestamp: now,
    source: { component: 'kubelet', host: pod.spec?.nodeName },
    reportingComponent: 'kubelet',
    reportingInstance: pod.spec?.nodeName,
  };
}

/** Now, to the second, as Kubernetes writes times. */
function timestamp(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
