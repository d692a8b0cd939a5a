import { z } from 'zod';
import type { Container, KubeObject } from './kube-client.ts';

/**
 * What a kubelet would report of one container:
 * - `running`: up and ready; with `restarts`, `reason` and `exitCode` of how it ended before
 * - `unready`: up, its readiness or startup probe fails with `probe`
 * - `crashing`: ended with `exitCode` again and again, now waits (CrashLoopBackOff); with `probe`, killed by its liveness probe
 * - `unpullable`: its image cannot be pulled for the reason `message`
 * - `waiting`: not created for `reason`, `message`
 * - `creating`: its pod is not set up yet
 * - `finished`: ended with 0; `failed`: ended with `exitCode`, and stays so
 */
const Play = z
  .strictObject({
    is: z.enum(['running', 'unready', 'crashing', 'unpullable', 'waiting', 'creating', 'finished', 'failed']),
    reason: z.string().optional(),
    message: z.string().optional(),
    exitCode: z.int().optional(),
    restarts: z.int().optional(),
    probe: z.string().optional(),
    /** What it prints; of one that crashes, what the run that ended last printed. */
    log: z.string().default(''),
    /** What the run before printed, of one that runs. */
    previous: z.string().optional(),
  })
  .readonly();
export type Play = z.infer<typeof Play>;

/** What the kubelet says of the pods that `match` (all of the namespace without it); other containers run, or have finished initialising. */
export const PodPlay = z
  .strictObject({
    match: z
      .strictObject({
        name: z.string().optional(),
        image: z.string().optional(),
        labels: z.record(z.string(), z.string()).optional(),
      })
      .default({})
      .describe('name: beginning of the name; image: part of an image; labels: all of these'),
    containers: z.record(z.string(), Play).default({}),
    events: z
      .array(
        z.strictObject({
          type: z.enum(['Normal', 'Warning']).default('Warning'),
          reason: z.string(),
          message: z.string(),
          count: z.int().default(1),
        }),
      )
      .default([]),
    /** How many pods at most are so: the first ones. */
    pods: z.int().positive().optional(),
    /** Of a pod that the kubelet ended as a whole. */
    failed: z.strictObject({ reason: z.string(), message: z.string() }).optional(),
  })
  .readonly();
export type PodPlay = z.infer<typeof PodPlay>;

/** An event in the kubelet's name about the pod, or one container of it. */
export interface PodEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly container?: string;
}

export interface Reported {
  readonly status: Readonly<Record<string, unknown>>;
  readonly events: readonly PodEvent[];
}

const RUNNING: Play = { is: 'running', log: '' };
const FINISHED: Play = { is: 'finished', log: '' };

export function matches({ match }: PodPlay, pod: KubeObject): boolean {
  const { labels = {} } = pod.metadata;
  const images = containersOf(pod).map(({ image }) => image);
  return (
    pod.metadata.name.startsWith(match.name ?? '') &&
    images.some((image) => image.includes(match.image ?? '')) &&
    Object.entries(match.labels ?? {}).every(([key, value]) => labels[key] === value)
  );
}

/** How the play is for one container of the pod. */
export function playOf(play: PodPlay, pod: KubeObject, container: string): Play {
  const told = play.containers[container];
  if (told !== undefined) return told;
  return initContainersOf(pod).some(({ name }) => name === container) ? FINISHED : RUNNING;
}

/** The pod's status and the events that a kubelet writes when its containers are as the play says. */
export function report(pod: KubeObject, play: PodPlay, now: string): Reported {
  const scheduled = (pod.status?.conditions ?? []).filter(({ type }) => type === 'PodScheduled');
  const own = play.events;
  if (play.failed !== undefined) {
    return { status: { phase: 'Failed', ...play.failed, conditions: scheduled, startTime: now }, events: own };
  }
  const init = initContainersOf(pod);
  const blocking = init.findIndex(({ name }) => playOf(play, pod, name).is !== 'finished');
  const initialized = blocking === -1;
  const initStatuses = init.map((one, i) =>
    statusOf(pod, one, initialized || i <= blocking ? playOf(play, pod, one.name) : waitingFor('PodInitializing'), now),
  );
  const plays = containersOf(pod).map(({ name }) =>
    initialized ? playOf(play, pod, name) : waitingFor('PodInitializing'),
  );
  const statuses = containersOf(pod).map((one, i) => statusOf(pod, one, plays[i] as Play, now));
  const ready = plays.every(({ is }) => is === 'running');
  const done = plays.every(({ is }) => is === 'finished');
  const given = [...init.slice(0, initialized ? init.length : blocking + 1), ...(initialized ? containersOf(pod) : [])];
  return {
    status: {
      phase: phaseOf(pod, plays, initialized),
      startTime: now,
      hostIP: '127.0.0.1',
      podIP: addressOf(pod),
      podIPs: [{ ip: addressOf(pod) }],
      conditions: [
        ...scheduled,
        condition(
          'PodReadyToStartContainers',
          plays.every(({ is }) => is !== 'creating'),
          now,
        ),
        condition(
          'Initialized',
          initialized,
          now,
          'ContainersNotInitialized',
          init.map(({ name }) => name),
        ),
        ...['Ready', 'ContainersReady'].map((type) =>
          condition(type, ready, now, done ? 'PodCompleted' : 'ContainersNotReady', done ? [] : unready(pod, plays)),
        ),
      ],
      ...(init.length === 0 ? {} : { initContainerStatuses: initStatuses }),
      containerStatuses: statuses,
    },
    events: [...given.flatMap((one) => eventsOf(pod, one, playOf(play, pod, one.name))), ...own],
  };
}

export function initContainersOf(pod: KubeObject): readonly Container[] {
  return pod.spec?.initContainers ?? [];
}

export function containersOf(pod: KubeObject): readonly Container[] {
  return pod.spec?.containers ?? [];
}

function waitingFor(reason: string): Play {
  return { is: 'waiting', reason, log: '' };
}

function unready(pod: KubeObject, plays: readonly Play[]): string[] {
  return containersOf(pod)
    .filter((_, i) => plays[i]?.is !== 'running')
    .map(({ name }) => name);
}

function phaseOf(pod: KubeObject, plays: readonly Play[], initialized: boolean): string {
  const forever = pod.spec?.restartPolicy !== 'Never';
  if (plays.every(({ is }) => is === 'finished' || is === 'failed')) {
    if (plays.every(({ is }) => is === 'finished')) return 'Succeeded';
    return forever ? 'Running' : 'Failed';
  }
  const begun = plays.some(({ is }) => ['running', 'unready', 'crashing', 'finished', 'failed'].includes(is));
  return initialized && begun ? 'Running' : 'Pending';
}

function condition(type: string, holds: boolean, now: string, reason = '', names: readonly string[] = []) {
  const word = reason === 'ContainersNotInitialized' ? 'incomplete' : 'unready';
  const message = names.length === 0 ? {} : { message: `containers with ${word} status: [${names.join(' ')}]` };
  const why = holds || reason === '' ? {} : { reason, ...message };
  return { type, status: holds ? 'True' : 'False', lastTransitionTime: now, ...why };
}

function statusOf(pod: KubeObject, { name, image }: Container, play: Play, now: string) {
  const containerID = `containerd://${pod.metadata.uid}-${name}`;
  const ended = (code: number) => ({
    terminated: {
      exitCode: play.exitCode ?? code,
      reason: play.reason ?? (code === 0 ? 'Completed' : 'Error'),
      ...(play.message === undefined ? {} : { message: play.message }),
      startedAt: now,
      finishedAt: now,
      containerID,
    },
  });
  const running = { running: { startedAt: now } };
  const restarts = play.restarts ?? 0;
  const common = { name, image, imageID: '', containerID, restartCount: restarts, ready: false, started: false };
  switch (play.is) {
    case 'running':
    case 'unready':
      return {
        ...common,
        ready: play.is === 'running',
        started: !/^Startup probe/.test(play.probe ?? ''),
        state: running,
        ...(restarts === 0 ? {} : { lastState: ended(1) }),
      };
    case 'crashing':
      return {
        ...common,
        restartCount: play.restarts ?? 5,
        state: {
          waiting: {
            reason: 'CrashLoopBackOff',
            message: `back-off 2m40s restarting failed container=${name} pod=${nameOf(pod)}`,
          },
        },
        lastState: ended(play.probe === undefined ? 1 : 137),
      };
    case 'unpullable':
      return {
        ...common,
        containerID: '',
        state: { waiting: { reason: 'ImagePullBackOff', message: backOff(image, play) } },
      };
    case 'creating':
      return { ...common, containerID: '', state: { waiting: { reason: 'ContainerCreating' } } };
    case 'waiting': {
      const { reason, message } = play;
      return {
        ...common,
        containerID: '',
        state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
      };
    }
    case 'finished':
      return { ...common, ready: initContainersOf(pod).some((one) => one.name === name), state: ended(0) };
    case 'failed':
      return { ...common, state: ended(1) };
  }
}

function eventsOf(pod: KubeObject, { name, image }: Container, play: Play): PodEvent[] {
  const event = (reason: string, message: string, count = 1, type: PodEvent['type'] = 'Normal'): PodEvent => ({
    ...{ type, reason, message, count },
    container: name,
  });
  const begun = [
    event('Pulled', `Container image "${image}" already present on machine`),
    event('Created', `Created container: ${name}`),
    event('Started', `Started container ${name}`),
  ];
  const probe = play.probe === undefined ? [] : [event('Unhealthy', play.probe, 6, 'Warning')];
  switch (play.is) {
    case 'running':
    case 'unready':
    case 'finished':
    case 'failed':
      return [...begun, ...probe];
    case 'crashing': {
      const which = play.probe?.startsWith('Startup') ? 'startup' : 'liveness';
      const killed =
        play.probe === undefined
          ? []
          : [event('Killing', `Container ${name} failed ${which} probe, will be restarted`, 5)];
      const message = `Back-off restarting failed container ${name} in pod ${nameOf(pod)}`;
      return [...begun, ...probe, ...killed, event('BackOff', message, 12, 'Warning')];
    }
    case 'unpullable':
      return [
        event('Pulling', `Pulling image "${image}"`, 4),
        event('Failed', `Failed to pull image "${image}": ${play.message}`, 4, 'Warning'),
        event('Failed', 'Error: ErrImagePull', 4, 'Warning'),
        event('BackOff', `Back-off pulling image "${image}"`, 6),
        event('Failed', 'Error: ImagePullBackOff', 6, 'Warning'),
      ];
    case 'creating':
      return [];
    case 'waiting':
      return [...begun.slice(0, 1), event('Failed', `Error: ${play.message ?? play.reason}`, 5, 'Warning')];
  }
}

function backOff(image: string, { message }: Play): string {
  return `Back-off pulling image "${image}": ErrImagePull: ${message}`;
}

function nameOf({ metadata }: KubeObject): string {
  return `${metadata.name}_${metadata.namespace}(${metadata.uid})`;
}

/** An address out of 10.244.0.0/16 that is always the same for one pod. */
function addressOf({ metadata }: KubeObject): string {
  const uid = metadata.uid ?? '';
  return `10.244.${Number.parseInt(uid.slice(0, 2), 16)}.${Number.parseInt(uid.slice(2, 4), 16)}`;
}
