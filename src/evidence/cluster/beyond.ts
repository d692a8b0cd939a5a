import { asObject, at, type Json, objects, strings, text } from '../../json.ts';
import { chosenLogs, type Log, readLogs } from './logs.ts';
import { type NamespaceReading, readNamespace, type WholeList } from './namespace.ts';
import type { Reader } from './reader.ts';

/** Other namespaces that are looked into, and Services in each. */
const MAX_NAMESPACES = 2;
const MAX_SERVICES = 5;
/** A Service's name inside a cluster, as logs and webhooks write it. */
const ADDRESS = /\b([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\.([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\.svc\b/g;
/** Names that do not resolve because whoever resolves them does not answer; a name that does not exist is no such thing. */
const DNS_SILENT =
  /:53: (?:i\/o timeout|read: connection refused|connect: connection refused)|server misbehaving|Temporary failure in name resolution|EAI_AGAIN|connection timed out; no servers could be reached/;

export interface Beyond {
  readonly objects: readonly Json[];
  readonly events: readonly Json[];
  readonly logs: readonly Log[];
  readonly lists: readonly WholeList[];
}

/** Services of other namespaces that logs and warnings speak of, by namespace. */
function calledBy(logs: readonly Log[], events: readonly Json[], known: readonly string[]): Map<string, Set<string>> {
  const calls = new Map<string, Set<string>>();
  const add = (namespace: string, service: string): void => {
    if (known.includes(namespace)) return;
    const services = calls.get(namespace) ?? new Set<string>();
    if (calls.size < MAX_NAMESPACES || calls.has(namespace)) calls.set(namespace, services);
    if (services.size < MAX_SERVICES) services.add(service);
  };
  const warnings = events.filter(({ type }) => type === 'Warning').map(({ message }) => text(message) ?? '');
  for (const said of [...logs.map((log) => log.text), ...warnings]) {
    for (const [, service = '', namespace = ''] of said.matchAll(ADDRESS)) add(namespace, service);
    if (DNS_SILENT.test(said)) add('kube-system', 'kube-dns');
  }
  return calls;
}

/**
 * Follows calls one step: of namespaces that were not asked about, but whose Services the logs and warnings speak of (a database, an admission
 * webhook, cluster DNS), these Services with what stands behind them, and why that is not well. Nothing else of those namespaces is
 * kept: what fails there besides has nothing to do with the question.
 */
export async function readBeyond(
  reader: Reader,
  logs: readonly Log[],
  events: readonly Json[],
  known: readonly string[],
): Promise<Beyond> {
  const parts = await Promise.all(
    [...calledBy(logs, events, known)].map(async ([namespace, services]): Promise<Beyond> => {
      const space = await readNamespace(reader, namespace);
      const found = behind(space, services);
      const pods = found.filter(({ kind }) => kind === 'Pod');
      const about = new Set(found.map((item) => `${text(item.kind)}/${text(at(item, 'metadata', 'name'))}`));
      return {
        objects: found,
        events: space.events.filter((event) => about.has(aboutOf(event))),
        logs: await readLogs(reader, chosenLogs(pods, undefined)),
        lists: space.lists.filter(({ resource }) => resource.kind === 'Service'),
      };
    }),
  );
  return {
    objects: parts.flatMap((part) => part.objects),
    events: parts.flatMap((part) => part.events),
    logs: parts.flatMap((part) => part.logs),
    lists: parts.flatMap((part) => part.lists),
  };
}

function aboutOf(event: Json): string {
  return `${text(at(event, 'involvedObject', 'kind'))}/${text(at(event, 'involvedObject', 'name'))}`;
}

/** The Services of these names, their endpoints, and the pods and workloads that they select. */
function behind({ objects: all }: NamespaceReading, services: ReadonlySet<string>): Json[] {
  const named = all.filter(
    ({ kind, metadata }) => kind === 'Service' && services.has(text(at(metadata, 'name')) ?? ''),
  );
  const slices = all.filter(
    ({ kind, metadata }) =>
      kind === 'EndpointSlice' && services.has(text(at(metadata, 'labels', 'kubernetes.io/service-name')) ?? ''),
  );
  const selectors = named.map((service) => Object.entries(strings(at(service, 'spec', 'selector'))));
  const selected = all.filter((item) => {
    const labels = strings(
      item.kind === 'Pod' ? at(item, 'metadata', 'labels') : asObject(at(item, 'spec', 'template', 'metadata')).labels,
    );
    return selectors.some((pairs) => pairs.length > 0 && pairs.every(([key, value]) => labels[key] === value));
  });
  const claims = new Set(
    selected.flatMap((item) =>
      objects(at(item, 'spec', 'volumes')).map((volume) => text(at(volume, 'persistentVolumeClaim', 'claimName'))),
    ),
  );
  const stored = all.filter(
    ({ kind, metadata }) => kind === 'PersistentVolumeClaim' && claims.has(text(at(metadata, 'name'))),
  );
  return [...named, ...slices, ...selected, ...stored];
}
