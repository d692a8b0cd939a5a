import { rollout } from '../../src/evidence/commands/kubectl.ts';
import { type Citation, sameObject } from '../../src/evidence/model.ts';
import { findObject, workloadOf } from '../../src/evidence/relations.ts';
import type { SceneObject } from '../../src/evidence/scene.ts';
import { at, number } from '../../src/json.ts';
import { valueAt } from '../../src/manifest/json.ts';
import { change } from './analyzers/analyzer.ts';
import { type Difference, podDifferences } from './changes/describe.ts';
import { fitOf } from './changes/fit.ts';
import { containerPath, liveEdit, wholeOf } from './live-edit.ts';
import { recordedShift } from './recorded-shift.ts';
import type { Explanation, Finding, Remedy } from './schema.ts';
import { cite, type View } from './view.ts';

function revision(set: SceneObject): number | undefined {
  return number(at(set.object, 'metadata', 'annotations', 'deployment.kubernetes.io/revision'));
}

/** An image or a memory limit that was the only change, as it was in the revision before. */
function valueBefore(workload: SceneObject | undefined, set: SceneObject, told: readonly Difference[]): Remedy[] {
  const [, container = '', field = ''] =
    /^containers\[([^\]]+)\]\.(image|resources\.limits\.memory)$/.exec(told[0]?.path ?? '') ?? [];
  const [now, then] = [containerPath(workload, container), containerPath(set, container)];
  if (told.length !== 1 || now === undefined || then === undefined) return [];
  const keys = field.split('.');
  const value = valueAt(wholeOf(set), [...then, ...keys]);
  if (typeof value !== 'string') return [];
  const what = `${keys.at(-1)} ${value} of container ${container}, as it was, which rolls its pods`;
  return liveEdit(workload, what, [{ path: [...now, ...keys], value }], 'medium');
}

/** The change that brought the failure: between ReplicaSets of the workload at fault, else one that a record of changes tells. */
export function changeOf(
  view: View,
  root: Finding,
): { change: NonNullable<Explanation['change']>; remedies: Remedy[] } | undefined {
  return rolloutOf(view, root) ?? recordedShift(view, root);
}

/**
 * The change between the ReplicaSet before and the newest one of the workload at fault, where both are in the evidence and
 * the difference fits the root.
 */
function rolloutOf(
  view: View,
  root: Finding,
): { change: NonNullable<Explanation['change']>; remedies: Remedy[] } | undefined {
  const sets = view.scene.objects.filter(
    ({ ref, object }) => ref.kind === 'ReplicaSet' && at(object, 'spec', 'template', 'spec') !== undefined,
  );
  const concerned = [root.object, ...root.involves];
  const own = sets
    .filter((set) => concerned.some((ref) => sameObject(ref, workloadOf(view.scene, set.ref))))
    .sort((a, b) => (revision(a) ?? 0) - (revision(b) ?? 0));
  const [before, after] = own.slice(-2);
  if (before === undefined || after === undefined || revision(before) === undefined || revision(after) === undefined)
    return undefined;
  const all = podDifferences(
    at(before.object, 'spec', 'template', 'spec'),
    at(after.object, 'spec', 'template', 'spec'),
  );
  const fitting = all.filter((difference) => fitOf(difference, root) > 0);
  const told = fitting.length > 0 ? fitting : all.length <= 2 ? all : [];
  if (told.length === 0) return undefined;
  const citations = told.flatMap((difference): Citation[] => {
    const now = cite(after, difference.needle) ?? cite(before, difference.needle);
    const old = /env (\S+)/.exec(difference.what)?.[1];
    const was = old === undefined ? undefined : cite(before, old);
    return [now, was].filter((citation) => citation !== undefined);
  });
  const back = podDifferences(
    at(after.object, 'spec', 'template', 'spec'),
    at(before.object, 'spec', 'template', 'spec'),
  ).filter(({ path }) => told.some((difference) => difference.path === path));
  const workload = workloadOf(view.scene, after.ref);
  const summary = `revision ${revision(before)} → ${revision(after)}: ${told.map((difference) => difference.what).join(', ')}`;
  return {
    change: { summary, object: workload, citations: citations.slice(0, 6) },
    remedies: [
      change(
        `Revert it: go back to revision ${revision(before)} (${back.map((difference) => difference.what).join(', ')})`,
        'low',
        workload.kind === 'Deployment' ? rollout('undo', workload, `--to-revision=${revision(before)}`) : undefined,
      ),
      ...valueBefore(findObject(view.scene, workload), before, told),
    ],
  };
}
