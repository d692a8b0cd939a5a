import { OpslineError } from '../../errors.ts';
import { at, type Json, objects, text } from '../../json.ts';
import { ClusterClient } from '../../kubernetes/client.ts';
import type { Access } from '../../kubernetes/kubeconfig.ts';
import { nearest } from '../../nearest.ts';
import { WORKLOADS } from '../kinds.ts';
import { applicationsOf, eventsOf, withoutOtherApplications } from './applications.ts';
import { readBeyond } from './beyond.ts';
import { discovered, readCustom } from './custom.ts';
import { chosenLogs, type Log, readLogs } from './logs.ts';
import { type NamespaceReading, readNamespace, type WholeList } from './namespace.ts';
import { nodesThatTell } from './nodes.ts';
import { prune } from './prune.ts';
import { Reader } from './reader.ts';
import { CLUSTER_WIDE, NAMESPACES, resourceText, VOLUMES } from './resources.ts';
import { type ClusterQuestion, type Scope, scopeOf } from './scope.ts';
import { missingKeys } from './secret-keys.ts';
import { isWell, podIsWell } from './unwell.ts';

/** As long may reading a cluster take; what has come by then is the answer. */
const WHOLE_MS = 30_000;
const MAX_CLUSTER_WIDE = 1000;
const MAX_VOLUMES = 10;

/** What was read of a cluster: reduced, but not yet redacted. */
export interface ClusterReading {
  /** The context's name. */
  readonly cluster: string;
  readonly namespaces: readonly string[];
  readonly objects: readonly Json[];
  readonly events: readonly Json[];
  readonly logs: readonly Log[];
  readonly lists: readonly WholeList[];
  /** What was looked for and could not be read, or was left out. */
  readonly notSeen: readonly string[];
  /** Whether something that a namespace is judged by is not all there, although it may be read. */
  readonly partial: boolean;
  /** When it was read, RFC 3339. */
  readonly time: string;
  readonly spent: { readonly requests: number; readonly bytes: number; readonly ms: number };
}

export interface CollectOptions {
  readonly wholeMs?: number;
  readonly requestMs?: number;
}

/**
 * Reads what explains a failure from a cluster, with GET requests alone: a first round of parallel lists, then the logs, custom resources
 * and volumes that these point to. What may not be read or takes too long is in `notSeen`. Throws `cluster-unreachable`,
 * `cluster-unauthorized`, `cluster-forbidden` when nothing can be read, `kubeconfig-invalid`, and `invalid-input` for a namespace that
 * does not exist.
 */
export async function readCluster(
  access: Access,
  question: ClusterQuestion,
  signal: AbortSignal,
  { wholeMs = WHOLE_MS, requestMs }: CollectOptions = {},
): Promise<ClusterReading> {
  const started = performance.now();
  const client = await ClusterClient.open(access, {
    signal,
    wholeMs,
    ...(requestMs === undefined ? {} : { requestMs }),
  });
  const reader = new Reader(client);
  try {
    const read = await readAll(reader, question);
    return { ...read, spent: { ...client.spent, ms: Math.round(performance.now() - started) } };
  } finally {
    client.close();
  }
}

async function readAll(reader: Reader, question: ClusterQuestion): Promise<Omit<ClusterReading, 'spent'>> {
  const clusterWide = readClusterWide(reader);
  const apis = discovered(reader);
  // Both go on while the scope is found; what they throw is thrown where they are awaited.
  for (const begun of [clusterWide, apis]) begun.catch(() => {});
  const scope = await scopeOf(reader, question, apis);
  reader.requireAnything();
  const [spaces, applications, known, wide] = await Promise.all([
    Promise.all(scope.namespaces.map((namespace) => readNamespace(reader, namespace))),
    scope.applications.length > 0 ? scope.applications : applicationsOf(reader, scope.namespaces),
    apis,
    clusterWide,
  ]);
  reader.requireAnything();
  await requireNamespaces(reader, spaces, question);
  for (const space of spaces)
    if (isEmpty(space)) reader.note(`namespace ${space.namespace} has no workloads and no pods`);
  const pods = spaces.flatMap((space) => space.objects.filter(({ kind }) => kind === 'Pod'));
  const [logs, custom, volumes, keys, argo] = await Promise.all([
    readLogs(reader, chosenLogs(pods, scope.aim)),
    Promise.all(spaces.map(({ namespace }) => readCustom(reader, namespace, known ?? []))),
    readVolumes(reader, spaces),
    missingKeys(reader, spaces),
    eventsOf(
      reader,
      applications.filter((item) => !scope.namespaces.includes(text(at(item, 'metadata', 'namespace')) ?? '')),
    ),
  ]);
  const events = withoutOtherApplications(
    reader,
    spaces.flatMap((space) => space.events),
    applications,
  );
  const beyond = await readBeyond(reader, logs, events, scope.namespaces);
  const all = spaces.flatMap((space) => space.objects);
  const has = new Set((known ?? []).map(resourceText));
  return {
    cluster: reader.client.access.name,
    namespaces: spaces.map(({ namespace }) => namespace),
    objects: [
      ...applications,
      ...all,
      ...beyond.objects,
      ...custom.flat(),
      ...volumes,
      ...keys,
      ...nodesThatTell(wide.objects, pods, scope.everywhere),
      ...(spaces.length === 0 ? scope.seen : []),
    ],
    events: [...events, ...beyond.events, ...argo],
    logs: [...logs, ...beyond.logs],
    lists: [...spaces.flatMap((space) => space.lists), ...beyond.lists, ...wide.lists],
    notSeen: [
      ...reader.missed((what) => known === undefined || !what.includes('.') || has.has(what)),
      ...nothingUnwell(scope),
    ],
    partial: reader.isPartial,
    time: new Date().toISOString(),
  };
}

function isEmpty({ exists, lists, objects: found }: NamespaceReading): boolean {
  const listed = lists.some(({ resource }) => resource.kind === 'Pod');
  return exists && listed && !found.some(({ kind }) => kind === 'Pod' || WORKLOADS.includes(text(kind) ?? ''));
}

function nothingUnwell({ namespaces, seen }: Scope): string[] {
  return namespaces.length > 0 || seen.length === 0
    ? []
    : [
        'no namespace has anything unwell: Services, Ingresses and logs of what runs were not read; name a namespace with -n',
      ];
}

async function readClusterWide(reader: Reader): Promise<{ objects: Json[]; lists: WholeList[] }> {
  const lists: WholeList[] = [];
  const found = await Promise.all(
    CLUSTER_WIDE.map(async (resource) => {
      const one = await reader.list(resource, {
        max: MAX_CLUSTER_WIDE,
        // Of the API's own parts only the broken ones tell something.
        keep: (item) => (resource.kind === 'APIService' && isWell(item) ? undefined : prune(item)),
      });
      if (one?.complete === true && resource.kind !== 'APIService') lists.push({ resource, items: one.items });
      return one?.items ?? [];
    }),
  );
  return { objects: found.flat(), lists };
}

/** A name with a typing error must not look like a namespace in which all is well. */
async function requireNamespaces(
  reader: Reader,
  spaces: readonly NamespaceReading[],
  question: ClusterQuestion,
): Promise<void> {
  const gone = spaces.filter(({ exists }) => !exists);
  for (const { namespace } of gone) {
    const all = await reader.list(NAMESPACES, { max: MAX_CLUSTER_WIDE, keep: prune });
    const names = (all?.items ?? []).flatMap((item) => text(at(item, 'metadata', 'name')) ?? []);
    const near = nearest(namespace, new Set(names));
    const others = names.slice(0, 10).join(', ') + (names.length > 10 ? ` and ${names.length - 10} more` : '');
    const meant =
      near.length > 0 ? ` Near it: ${near.join(', ')}.` : names.length === 0 ? '' : ` There are: ${others}.`;
    const detail = `There is no namespace ${JSON.stringify(namespace)} in the cluster of context ${reader.client.access.name}.${meant}`;
    if (spaces.length === 1 && (question.namespace !== undefined || question.target === undefined))
      throw new OpslineError('invalid-input', detail);
    reader.note(detail);
  }
}

/** The volumes behind the claims of pods that are not well: which nodes they can be reached from. */
async function readVolumes(reader: Reader, spaces: readonly NamespaceReading[]): Promise<Json[]> {
  const names = spaces.flatMap((space) => {
    const pods = space.objects.filter((item) => item.kind === 'Pod' && !podIsWell(item));
    const claims = new Set(
      pods.flatMap((pod) =>
        objects(at(pod, 'spec', 'volumes')).map((volume) => text(at(volume, 'persistentVolumeClaim', 'claimName'))),
      ),
    );
    return space.objects
      .filter((item) => item.kind === 'PersistentVolumeClaim' && claims.has(text(at(item, 'metadata', 'name')) ?? ''))
      .map((item) => text(at(item, 'spec', 'volumeName')));
  });
  const wanted = [...new Set(names.filter((name) => name !== undefined && name !== ''))].slice(
    0,
    MAX_VOLUMES,
  ) as string[];
  const read = await Promise.all(wanted.map((name) => reader.object(VOLUMES, name)));
  return read.flatMap((one) => (one ? [prune(one)] : []));
}
