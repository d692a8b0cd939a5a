import { asArray, asObject, at, isObject, type Json, objects, strings, text } from '../../json.ts';
import { whole } from '../whole.ts';
import { podIsWell } from './unwell.ts';

/** Longer strings are cut: nobody reads them, and no rule does. */
const MAX_STRING = 4000;
const MAX_ANNOTATION = 500;
/** A longer value of a ConfigMap, or one of several lines, is a file: its key says enough. */
const MAX_SETTING = 256;
/** Spec or status of a custom resource that is larger tells by its size alone. */
const MAX_PART = 32 * 1024;
const MAX_APP_RESOURCES = 300;
const MAX_HISTORY = 10;

/** Copies what tells something, and leaves out what only the API server needs. */
type Prune = (item: Json) => Json;

function metadata(item: Json, annotations = true): Json {
  const own = asObject(item.metadata);
  const kept: Record<string, unknown> = {};
  for (const key of [
    'name',
    'namespace',
    'labels',
    'creationTimestamp',
    'deletionTimestamp',
    'generation',
    'finalizers',
  ])
    if (own[key] !== undefined) kept[key] = own[key];
  const notes = Object.entries(strings(own.annotations)).filter(
    ([key, value]) => value.length <= MAX_ANNOTATION && !/last-applied-configuration|managed-fields/.test(key),
  );
  if (annotations && notes.length > 0) kept.annotations = Object.fromEntries(notes);
  const owners = objects(own.ownerReferences).map(({ apiVersion, kind, name, controller }) => ({
    apiVersion,
    kind,
    name,
    controller,
  }));
  if (owners.length > 0) kept.ownerReferences = owners;
  return kept;
}

function short(value: unknown, depth = 0): unknown {
  if (typeof value === 'string')
    return value.length <= MAX_STRING ? value : `${whole(value.slice(0, MAX_STRING))}… (${value.length} characters)`;
  if (depth > 20) return undefined;
  if (Array.isArray(value)) return value.map((member) => short(member, depth + 1));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'managedFields' && key !== 'caBundle')
      .map(([key, member]) => [key, short(member, depth + 1)]),
  );
}

const general: Prune = ({ apiVersion, kind, metadata: meta, ...rest }) => ({
  apiVersion,
  kind,
  metadata: metadata({ metadata: meta }),
  ...(short(rest) as Json),
});

/** The token that every pod gets says nothing. */
function withoutToken(spec: unknown): Json {
  const own = asObject(spec);
  const foreign = (entry: Json): boolean => !(text(entry.name) ?? '').startsWith('kube-api-access-');
  const containers = (key: string) =>
    own[key] === undefined
      ? {}
      : {
          [key]: objects(own[key]).map((container) => {
            const { volumeMounts, terminationMessagePath: _, ...others } = container;
            const mounts = objects(volumeMounts).filter(foreign);
            return { ...others, ...(mounts.length === 0 ? {} : { volumeMounts: mounts }) };
          }),
        };
  const { volumes, ...others } = own;
  const kept = objects(volumes).filter(foreign);
  return {
    ...others,
    ...containers('containers'),
    ...containers('initContainers'),
    ...(kept.length === 0 ? {} : { volumes: kept }),
  };
}

const pod: Prune = (item) =>
  podIsWell(item)
    ? slimPod(item)
    : { ...general({ ...item, spec: withoutToken(item.spec) }), metadata: { ...metadata(item), ...uid(item) } };

/** The scheduler calls pods by their uid where it tells which took a place. */
function uid(item: Json): Json {
  const own = text(at(item, 'metadata', 'uid'));
  return own === undefined ? {} : { uid: own };
}

/** A pod that works: who it is, whose, where, and on which ports it listens. */
function slimPod(item: Json): Json {
  const { status, spec } = item;
  const containers = objects(at(spec, 'containers')).map(({ name, image, ports }) => ({
    name,
    image,
    ...(ports === undefined ? {} : { ports }),
  }));
  return {
    apiVersion: item.apiVersion,
    kind: item.kind,
    metadata: { ...metadata(item, false), ...uid(item) },
    spec: { containers, nodeName: at(spec, 'nodeName'), priorityClassName: at(spec, 'priorityClassName') },
    status: {
      phase: at(status, 'phase'),
      podIP: at(status, 'podIP'),
      conditions: objects(at(status, 'conditions')).filter(({ type }) => type === 'Ready'),
      containerStatuses: objects(at(status, 'containerStatuses')).map(({ name, ready, restartCount, state }) => ({
        name,
        ready,
        restartCount,
        state,
      })),
    },
  };
}

/** Names and keys; short values stay, because programs are told there whom to call. */
const configMap: Prune = (item) => ({
  apiVersion: item.apiVersion,
  kind: item.kind,
  metadata: metadata(item, false),
  data: {
    ...Object.fromEntries(
      Object.entries(strings(item.data)).map(([key, value]) => [
        key,
        value.length > MAX_SETTING || value.includes('\n') ? `(${value.length} characters)` : value,
      ]),
    ),
    ...Object.fromEntries(Object.keys(asObject(item.binaryData)).map((key) => [key, '(binary)'])),
  },
});

/** Whatever a server sent of a Secret, only its name and the names of its keys are taken. */
const secret: Prune = (item) => ({
  apiVersion: item.apiVersion,
  kind: item.kind,
  metadata: { name: at(item, 'metadata', 'name'), namespace: at(item, 'metadata', 'namespace') },
  ...(isObject(item.data) ? { keys: Object.keys(item.data).sort() } : {}),
});

const node: Prune = (item) => {
  const { spec, status } = item;
  const info = asObject(at(status, 'nodeInfo'));
  return {
    apiVersion: item.apiVersion,
    kind: item.kind,
    metadata: metadata(item, false),
    spec: { taints: at(spec, 'taints'), unschedulable: at(spec, 'unschedulable') },
    status: {
      conditions: at(status, 'conditions'),
      allocatable: at(status, 'allocatable'),
      capacity: at(status, 'capacity'),
      nodeInfo: {
        kubeletVersion: info.kubeletVersion,
        architecture: info.architecture,
        osImage: info.osImage,
        containerRuntimeVersion: info.containerRuntimeVersion,
      },
    },
  };
};

/** An event of either API, in the shape of the older one. */
const event: Prune = (item) => {
  const about = asObject(item.involvedObject ?? item.regarding);
  const source = asObject(item.source ?? item.deprecatedSource);
  const { creationTimestamp, name, namespace } = asObject(item.metadata);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    type: item.type,
    reason: item.reason,
    message: short(item.message ?? item.note),
    count: item.count ?? item.deprecatedCount ?? at(item, 'series', 'count'),
    involvedObject: { kind: about.kind, namespace: about.namespace, name: about.name, fieldPath: about.fieldPath },
    firstTimestamp: item.firstTimestamp ?? item.deprecatedFirstTimestamp ?? item.eventTime ?? creationTimestamp,
    lastTimestamp:
      item.lastTimestamp ??
      item.deprecatedLastTimestamp ??
      at(item, 'series', 'lastObservedTime') ??
      item.eventTime ??
      creationTimestamp,
    source: source.component ?? item.reportingController ?? item.reportingComponent,
    metadata: { name, namespace },
  };
};

function unsynced(resource: Json): number {
  const health = text(at(resource, 'health', 'status')) ?? 'Healthy';
  return (/^(Healthy|Suspended)$/.test(health) ? 0 : 2) + (text(resource.status) === 'Synced' ? 0 : 1);
}

/** An Argo CD Application: what it deploys whereto, how that went, and what of it is not as it should be first. */
const application: Prune = (item) => {
  const status = asObject(item.status);
  const operation = asObject(status.operationState);
  const result = asObject(operation.syncResult);
  const members = objects(status.resources).toSorted((a, b) => unsynced(b) - unsynced(a));
  const synced = objects(result.resources).toSorted((a, b) => unsynced(b) - unsynced(a));
  return {
    apiVersion: item.apiVersion,
    kind: item.kind,
    metadata: metadata(item),
    spec: short(item.spec),
    status: short({
      health: status.health,
      sync: { ...asObject(status.sync), comparedTo: undefined },
      conditions: status.conditions,
      operationState: {
        phase: operation.phase,
        message: operation.message,
        startedAt: operation.startedAt,
        finishedAt: operation.finishedAt,
        retryCount: operation.retryCount,
        syncResult: {
          revision: result.revision,
          revisions: result.revisions,
          resources: synced.slice(0, MAX_APP_RESOURCES),
        },
      },
      history: objects(status.history)
        .slice(-MAX_HISTORY)
        .map(({ id, revision, revisions, deployedAt }) => ({ id, revision, revisions, deployedAt })),
      resources: members
        .slice(0, MAX_APP_RESOURCES)
        .map(({ kind, namespace, name, status: sync, health }) => ({ kind, namespace, name, status: sync, health })),
      reconciledAt: status.reconciledAt,
    }),
  };
};

function bounded(part: unknown): unknown {
  const source = JSON.stringify(part) ?? '';
  return source.length <= MAX_PART ? part : `(${source.length} characters)`;
}

const KINDS: Readonly<Record<string, Prune>> = {
  Pod: pod,
  ConfigMap: configMap,
  Secret: secret,
  Node: node,
  Event: event,
  Application: application,
};

/** What is kept of an object of a kind that Kubernetes or Argo brings. */
export function prune(item: Json): Json {
  return (KINDS[text(item.kind) ?? ''] ?? general)(item);
}

/** What is kept of any other object: its own words of its state, and what was asked of it where that is not long. */
export function pruneCustom(item: Json): Json {
  const { spec, status } = asObject(short({ spec: item.spec, status: item.status }));
  const state = bounded(status);
  // A status that is too long still has its conditions.
  const conditions =
    isObject(state) || !isObject(status) ? state : { conditions: asArray(status.conditions).slice(0, 50) };
  return {
    apiVersion: item.apiVersion,
    kind: item.kind,
    metadata: metadata(item),
    ...(spec === undefined ? {} : { spec: bounded(spec) }),
    ...(conditions === undefined ? {} : { status: conditions }),
  };
}
