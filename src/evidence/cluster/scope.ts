import { at, type Json, objects, text } from '../../json.ts';
import { type Found, findApplications, namespacesOf } from './applications.ts';
import type { Discovered } from './discovery.ts';
import { noteNearby } from './nearby.ts';
import { prune } from './prune.ts';
import type { Reader } from './reader.ts';
import { APPLICATIONS, NAMESPACED, type Resource } from './resources.ts';
import { whereUnwell } from './search.ts';
import { type Aim, aimOf } from './target.ts';

/** What is asked of a cluster. */
export interface ClusterQuestion {
  readonly namespace?: string | undefined;
  /** Everywhere, although the context names a namespace. */
  readonly everywhere?: boolean | undefined;
  readonly target?: string | undefined;
}

/** Where is looked. */
export interface Scope {
  readonly namespaces: readonly string[];
  readonly aim?: Aim;
  /** Applications that were named, already read. */
  readonly applications: readonly Json[];
  /** Whether the whole cluster was searched. */
  readonly everywhere: boolean;
  /** What a search of the whole cluster read, for an answer that nothing is unwell. */
  readonly seen: readonly Json[];
}

/** More namespaces with a thing of one name are left out. */
const MAX_NAMESPACES = 3;
const ARGO = /^(Application|AppProject|ApplicationSet)$/;
/** What a target without a kind may be: what people deploy, and what fails. */
const NAMED = /^(Deployment|StatefulSet|DaemonSet|Rollout|CronJob|Job|Pod|Service|Ingress)$/;

/**
 * Decides which namespaces to read: the one given; those of a named Application; those that have what is named; the one of the
 * context; else the worst few of those in which something is unwell. What is left out is noted.
 */
export async function scopeOf(
  reader: Reader,
  question: ClusterQuestion,
  apis: Promise<Discovered[] | undefined>,
): Promise<Scope> {
  const { access } = reader.client;
  const aim = aimOf(question.target);
  const given = question.namespace ?? (ARGO.test(aim?.kind ?? '') ? undefined : aim?.namespace);
  const base = { applications: [], seen: [], everywhere: false, ...(aim === undefined ? {} : { aim }) };
  if (aim !== undefined && ARGO.test(aim.kind ?? '')) {
    const found = await findApplications(reader, aim);
    if (found.applications.length === 0) await noteNearby(reader, aim, [APPLICATIONS]);
    const namespaces = given === undefined ? namespacesOf(found.applications) : [given];
    return { ...base, namespaces: limited(reader, namespaces, aim), applications: found.objects };
  }
  if (given !== undefined) return { ...base, namespaces: [given] };
  if (aim !== undefined) {
    const namespaces = await namespacesWith(reader, aim);
    const own = access.namespace;
    if (own !== undefined && namespaces.includes(own)) return { ...base, namespaces: [own] };
    if (namespaces.length > 0) return { ...base, namespaces: limited(reader, namespaces, aim) };
    // An Application may be called so, too.
    const found: Found = await findApplications(reader, { ...aim, kind: 'Application' });
    const there = namespacesOf(found.applications);
    if (there.length > 0) return { ...base, namespaces: limited(reader, there, aim), applications: found.objects };
    await noteNearby(reader, aim, kindsOf(aim));
    return { ...base, namespaces: [own ?? 'default'] };
  }
  if (access.namespace !== undefined && question.everywhere !== true)
    return { ...base, namespaces: [access.namespace] };
  const { namespaces, seen } = await whereUnwell(reader, apis);
  return { ...base, namespaces, seen, everywhere: true };
}

/** What the target may be. */
function kindsOf({ kind }: Aim): Resource[] {
  return NAMESPACED.filter((one) => (kind === undefined ? NAMED.test(one.kind) : one.kind === kind));
}

function limited(reader: Reader, namespaces: readonly string[], aim: Aim): string[] {
  const left = namespaces.slice(MAX_NAMESPACES);
  if (left.length > 0)
    reader.note(`${aim.name} is also in the namespaces ${left.slice(0, 10).join(', ')}: name one with -n`);
  return namespaces.slice(0, MAX_NAMESPACES);
}

/** Namespaces that have an object of this name. Without the right to look everywhere, there are none. */
async function namespacesWith(reader: Reader, aim: Aim): Promise<string[]> {
  const lists = await Promise.all(
    kindsOf(aim).map((resource) =>
      reader.list(resource, { fields: `metadata.name=${aim.name}`, max: 50, keep: (item) => prune(item) }),
    ),
  );
  const found = lists.flatMap((one) => objects(one?.items).map((item) => text(at(item, 'metadata', 'namespace'))));
  return [...new Set(found.filter((namespace) => namespace !== undefined))].sort();
}
