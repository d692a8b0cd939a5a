import { asArray, at, type Json, objects, text } from '../../json.ts';
import { prune } from './prune.ts';
import type { Reader } from './reader.ts';
import { APP_PROJECTS, APPLICATION_SETS, APPLICATIONS, NAMESPACED } from './resources.ts';
import type { Aim } from './target.ts';
import { isWell } from './unwell.ts';

/** Where Argo CD lives unless somebody chose otherwise; asked when Applications may not be listed everywhere. */
const HOME = 'argocd';
/** Most Applications that are looked at; each may be large. */
const MAX_APPLICATIONS = 500;
const PAGE = 50;
const HERE = /^(https:\/\/kubernetes\.default(\.svc)?(\.cluster\.local)?(:443)?\/?|in-cluster)$/;

export interface Found {
  readonly applications: readonly Json[];
  /** The Applications with their projects and sets. */
  readonly objects: readonly Json[];
}

/** Applications that `keep` wants: of all namespaces, or of Argo CD's own where no more may be listed. */
async function listed(reader: Reader, keep: (item: Json) => boolean, fields?: string): Promise<Json[]> {
  const options = {
    max: MAX_APPLICATIONS,
    page: PAGE,
    keep: (item: Json) => (keep(item) ? prune(item) : undefined),
    ...(fields === undefined ? {} : { fields }),
  };
  const everywhere = await reader.list(APPLICATIONS, options);
  if (everywhere !== undefined) return [...everywhere.items];
  if (!reader.wasForbidden(APPLICATIONS)) return [];
  return [...((await reader.list(APPLICATIONS, { ...options, namespace: HOME }))?.items ?? [])];
}

/** The Applications of a name, of a project or of a set, with the projects and sets that they belong to. */
export async function findApplications(reader: Reader, aim: Aim): Promise<Found> {
  const home = (item: Json): boolean =>
    aim.namespace === undefined || text(at(item, 'metadata', 'namespace')) === aim.namespace;
  const { kind, name } = aim;
  const applications =
    kind === 'AppProject'
      ? await listed(reader, (item) => home(item) && text(at(item, 'spec', 'project')) === name)
      : kind === 'ApplicationSet'
        ? await listed(reader, (item) => home(item) && setOf(item) === name)
        : await listed(reader, home, `metadata.name=${name}`);
  return { applications, objects: await withParents(reader, applications) };
}

/**
 * The Applications that deploy into these namespaces, and those that lie in one of them and are not well; with the projects and sets
 * that they belong to.
 */
export async function applicationsOf(reader: Reader, namespaces: readonly string[]): Promise<Json[]> {
  const wanted = new Set(namespaces);
  const found = await listed(
    reader,
    (item) =>
      (isHere(item) && namespacesOf([item]).some((namespace) => wanted.has(namespace))) ||
      (wanted.has(text(at(item, 'metadata', 'namespace')) ?? '') && !isWell(item)),
  );
  return withParents(reader, found);
}

function setOf(item: Json): string | undefined {
  const owner = objects(at(item, 'metadata', 'ownerReferences')).find(({ kind }) => kind === 'ApplicationSet');
  return text(owner?.name);
}

function isHere(item: Json): boolean {
  const server = text(at(item, 'spec', 'destination', 'server'));
  const name = text(at(item, 'spec', 'destination', 'name'));
  return HERE.test(server ?? name ?? '');
}

async function withParents(reader: Reader, applications: readonly Json[]): Promise<Json[]> {
  const parents = new Map<string, () => Promise<Json | null | undefined>>();
  for (const item of applications) {
    const namespace = text(at(item, 'metadata', 'namespace'));
    const project = text(at(item, 'spec', 'project'));
    const set = setOf(item);
    if (project !== undefined)
      parents.set(`p/${namespace}/${project}`, () => reader.object(APP_PROJECTS, project, namespace));
    if (set !== undefined) parents.set(`s/${namespace}/${set}`, () => reader.object(APPLICATION_SETS, set, namespace));
    if (!isHere(item)) {
      const to = text(at(item, 'spec', 'destination', 'server')) ?? text(at(item, 'spec', 'destination', 'name'));
      reader.note(
        `Application ${namespace}/${text(at(item, 'metadata', 'name'))} deploys to another cluster (${to}): nobody looked there`,
      );
    }
  }
  const read = await Promise.all([...parents.values()].map((one) => one()));
  return [...applications, ...read.flatMap((parent) => (parent ? [prune(parent)] : []))];
}

/** Namespaces of this cluster that Applications deploy into. */
export function namespacesOf(applications: readonly Json[]): string[] {
  const found = applications.filter(isHere).flatMap((item) => {
    const own = text(at(item, 'spec', 'destination', 'namespace'));
    const members = asArray(at(item, 'status', 'resources')).map((one) => text(at(one, 'namespace')));
    return [own, ...members];
  });
  return [...new Set(found.filter((one) => one !== undefined && one !== ''))] as string[];
}

/** Drops the events of Applications that are no evidence: without the object, what was mended looks as if it still failed. */
export function withoutOtherApplications(
  reader: Reader,
  events: readonly Json[],
  applications: readonly Json[],
): Json[] {
  if (reader.wasForbidden(APPLICATIONS)) return [...events];
  const kept = new Set(applications.map((item) => text(at(item, 'metadata', 'name'))));
  return events.filter(
    ({ involvedObject }) => at(involvedObject, 'kind') !== 'Application' || kept.has(text(at(involvedObject, 'name'))),
  );
}

const EVENTS = NAMESPACED.find(({ kind }) => kind === 'Event');

/** What Argo CD's controllers said of these Applications. */
export async function eventsOf(reader: Reader, applications: readonly Json[]): Promise<Json[]> {
  if (EVENTS === undefined) return [];
  const events = EVENTS;
  const lists = await Promise.all(
    applications
      .filter(({ kind }) => kind === 'Application')
      .slice(0, 10)
      .map((item) =>
        reader.list(events, {
          namespace: text(at(item, 'metadata', 'namespace')) ?? HOME,
          fields: `involvedObject.kind=Application,involvedObject.name=${text(at(item, 'metadata', 'name'))}`,
          max: 200,
          keep: prune,
        }),
      ),
  );
  return lists.flatMap((one) => [...(one?.items ?? [])]);
}
