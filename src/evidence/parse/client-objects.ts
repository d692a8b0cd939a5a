import { asArray, isObject, type Json } from '../../json.ts';
import { readyCondition, taintsIn } from './node-words.ts';

/** Members whose own members are names of the user's, not of the API. */
const MAPS =
  /^(?:labels|annotations|match_labels|node_selector|data|binary_data|string_data|limits|requests|hard|used|capacity|allocatable|parameters)$/;
const SNAKE = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)+$/;

function named(value: unknown, within: string, depth: number): unknown {
  if (depth > 40) return value;
  if (Array.isArray(value)) return value.map((one) => named(one, '', depth + 1));
  if (!isObject(value)) return value;
  // The selector of a Service is a map of labels, that of a workload is none.
  if (MAPS.test(within) || (within === 'selector' && !Object.values(value).some((one) => typeof one === 'object')))
    return value;
  const members = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(members.map(([key, one]) => [camel(key), named(one, key, depth + 1)]));
}

const ACRONYM = /^(?:ip|cidr|id|uid|url|fqdn|pid|ipc)(?=s?$)/;

/** `host_ip` is `hostIP`, `pod_cidrs` is `podCIDRs`, `api_version` is `apiVersion`. */
function camel(key: string): string {
  if (!SNAKE.test(key)) return key;
  const word = (one: string) =>
    ACRONYM.test(one)
      ? one.replace(ACRONYM, (letters) => letters.toUpperCase())
      : `${one[0]?.toUpperCase() ?? ''}${one.slice(1)}`;
  const [first = '', ...rest] = key.split('_');
  return `${first}${rest.map(word).join('')}`;
}

/**
 * An object (or event) as clients in Python and Ruby print theirs (`creation_timestamp`, `container_statuses`, `None` for all that is not
 * set), in the names of the API. Any other object as it is.
 */
export function inNamesOfApi(object: Json): Json {
  const isOfClient =
    'api_version' in object ||
    (isObject(object.metadata) && Object.keys(object.metadata).some((key) => SNAKE.test(key))) ||
    'involved_object' in object;
  return isOfClient && !('apiVersion' in object) ? (named(object, '', 0) as Json) : object;
}

/** A node as a tool sums up the cluster's configuration: its name, what it holds, its labels and taints. */
function asNode(value: Json): Json[] {
  const { name, capacity, allocatable, labels, taints, unschedulable, status: said } = value;
  const size = isObject(allocatable) ? allocatable : capacity;
  if (typeof name !== 'string' || !isObject(size) || !('cpu' in size) || !('memory' in size)) return [];
  const spec = {
    ...(Array.isArray(taints) ? { taints: taints.flatMap(taintsIn) } : {}),
    ...(typeof unschedulable === 'boolean' ? { unschedulable } : {}),
  };
  const ready = typeof said === 'string' ? readyCondition(said) : undefined;
  const status = {
    ...(isObject(capacity) ? { capacity } : {}),
    allocatable: size,
    ...(ready === undefined ? {} : { conditions: [ready] }),
  };
  return [{ kind: 'Node', metadata: { name, ...(isObject(labels) ? { labels } : {}) }, spec, status }];
}

const isOfApi = (value: Json): boolean => typeof value.kind === 'string' && isObject(value.metadata);

/**
 * Objects of the API that stand beside other things in the answer of a tool (`{"object": {…}, "events": […]}`), and the events beside
 * them, as one list. Events that do not say of what they are, are of the first object. Undefined where there is no such object.
 */
export function openedObjects(value: unknown): Json[] | undefined {
  if (!isObject(value) || 'kind' in value || 'apiVersion' in value || 'metadata' in value) return undefined;
  const members = Object.values(value).flatMap((one) => (Array.isArray(one) ? one : [one]));
  const inner = members.filter((one) => isObject(one));
  const nodes = inner.flatMap(asNode);
  if (nodes.length > 0) return nodes;
  const objects = inner.filter(isOfApi);
  const [first] = objects;
  if (first === undefined) return undefined;
  const metadata = isObject(first.metadata) ? first.metadata : {};
  const involvedObject = { kind: first.kind, name: metadata.name, namespace: metadata.namespace };
  const events = asArray(value.events)
    .filter((one) => isObject(one))
    .filter((one) => !isOfApi(one) && typeof one.message === 'string');
  const of = (one: Json) =>
    'involvedObject' in one || 'involved_object' in one || 'object' in one ? one : { ...one, involvedObject };
  return [...objects, ...events.map(of)];
}

/** What of an object's metadata people pick with its status (`jq '{kind, name: .metadata.name, status}'`). */
const PICKED = ['name', 'namespace', 'labels', 'annotations', 'ownerReferences', 'creationTimestamp', 'generation'];

/** An object of which members were picked, those of its metadata beside the others, in the shape of the API. Any other as it is. */
export function withMetadata(object: Json): Json {
  const whole = isObject(object.status) || isObject(object.spec);
  if ('metadata' in object || !whole || typeof object.name !== 'string' || typeof object.kind !== 'string')
    return object;
  const own = Object.entries(object);
  return {
    ...Object.fromEntries(own.filter(([key]) => !PICKED.includes(key))),
    metadata: Object.fromEntries(own.filter(([key]) => PICKED.includes(key))),
  };
}
