import { asObject, at, type Json, number, objects, text } from '../../json.ts';
import { chosenEvents } from './events.ts';
import { prune } from './prune.ts';
import type { Reader } from './reader.ts';
import { NAMESPACED, NAMESPACES, OTHER_EVENTS, type Resource, SECRETS } from './resources.ts';
import { isWell } from './unwell.ts';

/** Names and labels, without the values. */
export const NAMES_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const MAX: Readonly<Record<string, number>> = { Pod: 5000 };
const MAX_OTHERS = 1000;
const MAX_EVENTS = 2000;
/** ReplicaSets of a Deployment that are kept: what runs, what ran before, and one more. */
const REVISIONS = 3;
const MAX_ENDPOINTS = 20;

/** A list that was read to its end, so that what is not in it is not there. */
export interface WholeList {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly items: readonly Json[];
}

export interface NamespaceReading {
  readonly namespace: string;
  /** False when the API server says that there is no such namespace. */
  readonly exists: boolean;
  readonly objects: readonly Json[];
  readonly events: readonly Json[];
  readonly lists: readonly WholeList[];
}

/** Reads all of a namespace in one round of parallel lists. */
export async function readNamespace(reader: Reader, namespace: string): Promise<NamespaceReading> {
  const lists: WholeList[] = [];
  const all = async (resource: Resource, accept?: string): Promise<readonly Json[]> => {
    const found = await reader.list(resource, {
      namespace,
      max: MAX[resource.kind] ?? MAX_OTHERS,
      keep: prune,
      ...(accept === undefined ? {} : { accept }),
    });
    if (found?.complete === true) lists.push({ resource, namespace, items: found.items });
    return found?.items ?? [];
  };
  const events = (resource: Resource, fields: string, max = MAX_EVENTS) =>
    reader.list(resource, { namespace, fields, max, keep: prune });
  const kinds = NAMESPACED.filter(({ kind }) => kind !== 'Event');
  const [eventKind] = NAMESPACED.filter(({ kind }) => kind === 'Event') as [Resource];
  const [own, found, secrets, warnings, others] = await Promise.all([
    reader.object(NAMESPACES, namespace),
    Promise.all(kinds.map((resource) => all(resource))),
    all(SECRETS, NAMES_ONLY),
    // Lists are in the order of names, not of time: warnings are asked for apart, so that no limit hides them.
    events(eventKind, 'type=Warning'),
    events(eventKind, 'type!=Warning', 500),
  ]);
  const read =
    warnings === undefined && others === undefined
      ? [await events(OTHER_EVENTS, 'type=Warning'), await events(OTHER_EVENTS, 'type!=Warning', 500)]
      : [warnings, others];
  const everything = [...(own ? [prune(own)] : []), ...found.flat(), ...secrets];
  return {
    namespace,
    exists: own !== null,
    objects: everything.filter(tells).filter(revisions(everything)).map(shortened),
    events: chosenEvents(
      read.flatMap((list) => [...(list?.items ?? [])]),
      everything,
    ),
    lists,
  };
}

/** What Kubernetes and its kin put into every namespace. */
function tells({ kind, metadata }: Json): boolean {
  const name = text(at(metadata, 'name')) ?? '';
  return !(kind === 'ConfigMap' && /^(kube-root-ca\.crt|istio-ca-root-cert|openshift-service-ca\.crt)$/.test(name));
}

function revisionOf(item: Json): number {
  const notes = asObject(at(item, 'metadata', 'annotations'));
  const told = notes['deployment.kubernetes.io/revision'] ?? notes['rollout.argoproj.io/revision'];
  return number(told) ?? 0;
}

/** Keeps of each Deployment's ReplicaSets the newest few, and those that have pods or should. */
function revisions(all: readonly Json[]): (item: Json) => boolean {
  const byOwner = Map.groupBy(
    all.filter(({ kind }) => kind === 'ReplicaSet'),
    (item) => text(objects(at(item, 'metadata', 'ownerReferences'))[0]?.name) ?? '',
  );
  const kept = new Set<Json>();
  for (const [owner, sets] of byOwner) {
    const newest = sets.toSorted((a, b) => revisionOf(b) - revisionOf(a)).slice(0, REVISIONS);
    const alive = sets.filter((set) => (number(at(set, 'spec', 'replicas')) ?? 0) > 0 || !isWell(set));
    for (const set of owner === '' ? sets : [...newest, ...alive]) kept.add(set);
  }
  return (item) => item.kind !== 'ReplicaSet' || kept.has(item);
}

/** A slice of a thousand endpoints says no more than one of twenty. */
function shortened(item: Json): Json {
  if (item.kind !== 'EndpointSlice') return item;
  const all = objects(item.endpoints);
  if (all.length <= MAX_ENDPOINTS) return item;
  const ready = (endpoint: Json): number => (at(endpoint, 'conditions', 'ready') === false ? 1 : 0);
  return { ...item, endpoints: all.toSorted((a, b) => ready(a) - ready(b)).slice(0, MAX_ENDPOINTS) };
}
