import type { Json } from '../../json.ts';
import { type Discovered, discover } from './discovery.ts';
import { pruneCustom } from './prune.ts';
import type { Reader } from './reader.ts';
import { APP_PROJECTS, APPLICATION_SETS, APPLICATIONS, NAMESPACED, resourceText, TELLING_GROUPS } from './resources.ts';
import { customIsWell } from './unwell.ts';

/** Kinds that are listed in a namespace, and objects of each. */
const MAX_KINDS = 120;
const MAX_OBJECTS = 200;
const KNOWN = new Set([...NAMESPACED, APPLICATIONS, APP_PROJECTS, APPLICATION_SETS].map(resourceText));
/** Kubernetes' own groups, whose kinds are read or say nothing of their own; and measurements, of which there are many. */
const OWN =
  /^(apps|batch|autoscaling|policy|extensions|[\w.-]*\.k8s\.io|[\w.-]*metrics[\w.-]*|wgpolicyk8s\.io|openreports\.io|reports\.kyverno\.io|aquasecurity\.github\.io)$/;
const FOREIGN = /^(gateway\.networking|snapshot\.storage|cluster|infrastructure\.cluster|addons\.cluster)\b.*k8s\.io$/;
const MANY =
  /^(ciliumendpoints|ciliumidentities|ipamblocks|blockaffinities|replicas|engines|podmonitors|servicemonitors)$/;

/** The API's own list of what it has. Undefined when that could not be read. */
export function discovered(reader: Reader): Promise<Discovered[] | undefined> {
  return reader.attempt('the list of APIs', undefined, () => discover(reader.client));
}

/**
 * Custom resources of a namespace, or of all, that say they are not well, and those of meshes, gateways and fault injectors
 * anyway.
 */
export async function readCustom(
  reader: Reader,
  namespace: string | undefined,
  all: readonly Discovered[],
): Promise<Json[]> {
  const kinds = all
    .filter((one) => one.namespaced && (!OWN.test(one.group) || FOREIGN.test(one.group)))
    .filter((one) => !KNOWN.has(resourceText(one)) && !MANY.test(one.plural))
    .toSorted((a, b) => Number(telling(b)) - Number(telling(a)));
  if (kinds.length > MAX_KINDS)
    reader.note(`custom resources of ${kinds.length - MAX_KINDS} of ${kinds.length} kinds were not read`);
  const lists = await Promise.all(
    kinds.slice(0, MAX_KINDS).map((resource) =>
      reader.list(resource, {
        ...(namespace === undefined ? {} : { namespace }),
        max: MAX_OBJECTS,
        keep: (item) => (telling(resource) || !customIsWell(item) ? pruneCustom(item) : undefined),
      }),
    ),
  );
  return lists.flatMap((one) => [...(one?.items ?? [])]);
}

function telling({ group }: Discovered): boolean {
  return TELLING_GROUPS.includes(group);
}
