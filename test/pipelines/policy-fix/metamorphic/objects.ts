import type { KubeObject } from '../../../../src/policy/violation.ts';
import { shuffled } from './cases.ts';

type Next = () => number;
/** The same change for an object as given and for the one that is mended; undefined where it does not apply. */
export type ObjectChange = (object: KubeObject, next: Next) => KubeObject | undefined;

const isMap = (value: unknown): value is KubeObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** All keys in another order, at every depth. */
export function keysShuffled(value: unknown, next: Next): unknown {
  if (Array.isArray(value)) return value.map((item) => keysShuffled(item, next));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    shuffled(Object.entries(value), next).map(([key, item]) => [key, keysShuffled(item, next)]),
  );
}

interface Pod {
  readonly metadata: KubeObject;
  readonly spec: KubeObject;
}

/** The pod that an object is or makes. */
export function podOf({ kind, metadata, spec }: KubeObject): Pod | undefined {
  if (kind === 'Pod') return { metadata: metadata ?? {}, spec };
  const template = kind === 'CronJob' ? spec?.jobTemplate?.spec?.template : spec?.template;
  return isMap(template?.spec) ? { metadata: template.metadata ?? {}, spec: template.spec } : undefined;
}

export const WORKLOADS = ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'] as const;

/** The same pod, made by another kind of workload. */
export function asWorkload(object: KubeObject, kind: (typeof WORKLOADS)[number]): KubeObject | undefined {
  const pod = podOf(object);
  if (!pod || !WORKLOADS.some((name) => name === object.kind) || object.kind === kind) return undefined;
  const { name, namespace, labels, annotations } = object.metadata ?? {};
  const own = object.kind === 'Pod' ? {} : pod.metadata;
  const metadata = {
    name,
    ...(namespace ? { namespace } : {}),
    ...(labels || (kind === 'Pod' && own.labels)
      ? { labels: { ...(kind === 'Pod' ? own.labels : {}), ...labels } }
      : {}),
    ...(annotations || (kind === 'Pod' && own.annotations)
      ? { annotations: { ...(kind === 'Pod' ? own.annotations : {}), ...annotations } }
      : {}),
  };
  if (kind === 'Pod') return { apiVersion: 'v1', kind, metadata, spec: pod.spec };
  const batch = kind === 'Job' || kind === 'CronJob';
  const { restartPolicy: _, ...spec } = pod.spec;
  const { name: _name, namespace: _namespace, ...templateMetadata } = object.kind === 'Pod' ? pod.metadata : own;
  const chosen = { app: String(name), ...templateMetadata.labels };
  const template = {
    metadata: { ...templateMetadata, labels: batch ? (templateMetadata.labels ?? { app: String(name) }) : chosen },
    spec: batch ? { ...spec, restartPolicy: 'Never' } : spec,
  };
  const selector = { matchLabels: { app: chosen.app } };
  if (kind === 'Job') return { apiVersion: 'batch/v1', kind, metadata, spec: { template } };
  if (kind === 'CronJob')
    return {
      apiVersion: 'batch/v1',
      kind,
      metadata,
      spec: { schedule: '5 3 * * *', jobTemplate: { spec: { template } } },
    };
  const rest = kind === 'StatefulSet' ? { serviceName: String(name) } : {};
  const replicas =
    kind !== 'DaemonSet' && object.spec?.replicas !== undefined ? { replicas: object.spec.replicas } : {};
  return { apiVersion: 'apps/v1', kind, metadata, spec: { ...replicas, ...rest, selector, template } };
}

/** The object with another pod spec. */
export function withPodSpec(object: KubeObject, change: (spec: KubeObject) => KubeObject): KubeObject | undefined {
  const copy = structuredClone(object);
  const pod = podOf(copy);
  if (!pod || !Array.isArray(pod.spec.containers)) return undefined;
  const spec = change(pod.spec);
  for (const key of Object.keys(pod.spec)) delete pod.spec[key];
  Object.assign(pod.spec, spec);
  return copy;
}

/** Another container like the first, which needs whatever the first does; ports are its own. */
export const secondContainer: ObjectChange = (object) =>
  withPodSpec(object, (spec) => {
    const { ports: _, ...first } = spec.containers[0];
    return { ...spec, containers: [...spec.containers, { ...structuredClone(first), name: `${first.name}-2` }] };
  });

export const firstContainerTwice: ObjectChange = (object) =>
  withPodSpec(object, (spec) => {
    const { ports: _, ...first } = spec.containers[0];
    return { ...spec, containers: [{ ...structuredClone(first), name: `${first.name}-0` }, ...spec.containers] };
  });

export const containersRenamed: ObjectChange = (object) =>
  withPodSpec(object, (spec) => ({
    ...spec,
    containers: spec.containers.map((container: KubeObject, i: number) => ({ ...container, name: `c${i}` })),
  }));

/** Labels, annotations and fields that no policy speaks of. */
export const extraFields: ObjectChange = (object) => {
  const copy = structuredClone(object);
  copy.metadata = {
    ...copy.metadata,
    labels: { 'zz.example.net/wave': '7', ...copy.metadata?.labels },
    annotations: { ...copy.metadata?.annotations, 'zz.example.net/note': 'kept as it is' },
  };
  return (
    withPodSpec(copy, (spec) => ({
      ...spec,
      enableServiceLinks: false,
      containers: spec.containers.map((container: KubeObject) => ({
        ...container,
        terminationMessagePath: '/dev/note',
      })),
    })) ?? copy
  );
};

/** Another name; a text replaced everywhere in the object's metadata alone. */
export const otherName: ObjectChange = (object) => ({
  ...object,
  metadata: { ...object.metadata, name: `q${object.metadata?.name}` },
});

/** All in one other namespace. */
export const otherNamespace: ObjectChange = (object) =>
  object.kind === 'Namespace'
    ? { ...object, metadata: { ...object.metadata, name: `q${object.metadata?.name}` } }
    : object.metadata?.namespace
      ? { ...object, metadata: { ...object.metadata, namespace: `q${object.metadata.namespace}` } }
      : undefined;
