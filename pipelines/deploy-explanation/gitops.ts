import { type ObjectRef, sameObject } from '../../src/evidence/model.ts';
import { findObject } from '../../src/evidence/relations.ts';
import type { SceneObject } from '../../src/evidence/scene.ts';
import { asArray, at, objects, strings, text } from '../../src/json.ts';
import { change } from './analyzers/analyzer.ts';
import type { Remedy } from './schema.ts';
import { named, type View } from './view.ts';

/** Who keeps a workload as it is in Git, and what becomes of a change that is made past it. */
interface Keeper {
  readonly by: string;
  readonly undoes: string;
}

const FLUX = /^(kustomize|helm)\.toolkit\.fluxcd\.io\/name$/;

function keptByArgo(view: View, workload: ObjectRef): Keeper | undefined {
  const metadata = at(findObject(view.scene, workload)?.object, 'metadata');
  const tracked = text(at(metadata, 'annotations', 'argocd.argoproj.io/tracking-id'));
  const manages = ({ ref, object }: SceneObject): boolean => {
    if (ref.kind !== 'Application') return false;
    const listed = objects(at(object, 'status', 'resources'));
    const own = listed.some(
      ({ kind, name, namespace }) =>
        kind === workload.kind &&
        name === workload.name &&
        (workload.namespace === undefined || text(namespace) === undefined || namespace === workload.namespace),
    );
    const instance = text(at(metadata, 'labels', 'argocd.argoproj.io/instance'));
    return own || instance === ref.name || tracked?.split(':')[0] === ref.name;
  };
  const app = view.scene.objects.find(manages);
  if (app === undefined) return undefined;
  const automated = at(app.object, 'spec', 'syncPolicy', 'automated');
  const by = `Argo CD (${named(app.ref)})`;
  if (at(automated, 'selfHeal') === true)
    return { by, undoes: `${by} syncs by itself with self-heal and undoes it at once, unless its syncing is paused` };
  return { by, undoes: `the next sync by ${by} undoes it` };
}

function keptByFlux(view: View, workload: ObjectRef): Keeper | undefined {
  const labels = strings(at(findObject(view.scene, workload)?.object, 'metadata', 'labels'));
  const key = Object.keys(labels).find((label) => FLUX.test(label));
  const inventory = (object: unknown) => asArray(at(object, 'status', 'inventory', 'entries'));
  // An entry's id is `namespace_name_group_kind` (Flux, "Kustomization", Inventory).
  const [space = '', name, kind] = [workload.namespace, workload.name, workload.kind];
  const source = view.scene.objects.find(
    ({ ref, object }) =>
      (key !== undefined &&
        ref.name === labels[key] &&
        ref.kind === (key.startsWith('helm') ? 'HelmRelease' : 'Kustomization')) ||
      (ref.kind === 'Kustomization' &&
        inventory(object).some((entry) => {
          const id = text(at(entry, 'id')) ?? '';
          return id.startsWith(`${space}_${name}_`) && id.endsWith(`_${kind}`);
        })),
  );
  if (key === undefined && source === undefined) return undefined;
  if (at(source?.object, 'spec', 'suspend') === true) return undefined;
  const helm = source === undefined ? key?.startsWith('helm') === true : source.ref.kind === 'HelmRelease';
  const called =
    source === undefined ? `${helm ? 'HelmRelease' : 'Kustomization'} ${labels[key ?? '']}` : named(source.ref);
  const by = `Flux (${called})`;
  return helm
    ? { by, undoes: `the next upgrade by ${by} undoes it` }
    : { by, undoes: `${by} applies what is in Git again and undoes it within its interval, unless it is suspended` };
}

/** Commands that change an object of the cluster past what is in Git. */
const PAST_GIT = /^kubectl (?:rollout undo|scale|patch|set|edit|label|annotate)\b|^helm rollback\b/;

/**
 * Remedies where a controller keeps the workload as it is in Git: what is changed past Git says that it will be undone, and the same in
 * Git stands before it.
 */
export function keptInGit(view: View, concerned: readonly ObjectRef[], remedies: readonly Remedy[]): Remedy[] {
  const keeper = concerned
    .filter((ref, index) => concerned.findIndex((other) => sameObject(ref, other)) === index)
    .map((ref) => keptByArgo(view, ref) ?? keptByFlux(view, ref))
    .find((found) => found !== undefined);
  if (keeper === undefined) return [...remedies];
  let inGit = remedies.some(({ patch, way }) => way === 'revert' && patch !== undefined);
  return remedies.flatMap((remedy): Remedy[] => {
    if (!remedy.changes || !PAST_GIT.test(remedy.command ?? '')) return [remedy];
    const live: Remedy = {
      ...remedy,
      title: `${remedy.title}; ${keeper.undoes}`,
      risk: remedy.risk === 'low' ? 'medium' : remedy.risk,
    };
    const goesBack = /\brollout undo\b|^helm rollback\b/.test(remedy.command ?? '');
    if (inGit || !goesBack) return [live];
    inGit = true;
    const what = / \(.*\)$/s.exec(remedy.title)?.[0] ?? '';
    return [{ ...change(`Revert it in Git, which ${keeper.by} follows${what}`), way: 'revert' }, live];
  });
}
