import { get } from '../../../../src/evidence/commands/kubectl.ts';
import type { ObjectRef } from '../../../../src/evidence/model.ts';
import { findObject } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { asArray, at, objects, text } from '../../../../src/json.ts';
import { cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, DEPTH, type Draft, look } from '../analyzer.ts';

const ENDED = /^(Failed|Error|Inconclusive)$/;

/** The metric that decided, with its last value and what was asked of it. */
function metricOf(run: SceneObject): string {
  const bad = objects(at(run.object, 'status', 'metricResults')).find((result) => ENDED.test(text(result.phase) ?? ''));
  if (bad === undefined) return '';
  const measured = objects(bad.measurements).at(-1);
  const spec = objects(at(run.object, 'spec', 'metrics')).find((metric) => metric.name === bad.name);
  const value = text(measured?.value);
  const wanted = text(spec?.successCondition) ?? text(spec?.failureCondition);
  const error = text(bad.message) ?? text(measured?.message);
  return [
    `metric \`${text(bad.name)}\``,
    ...(value === undefined || value === '' ? [] : [`is ${value}`]),
    ...(wanted === undefined ? [] : [`against the condition \`${wanted}\``]),
    ...(error === undefined ? [] : [`(${error.slice(0, 160)})`]),
  ].join(' ');
}

function ownerOf(run: SceneObject): ObjectRef[] {
  return asArray(at(run.object, 'metadata', 'ownerReferences')).flatMap((owner) => {
    const kind = text(at(owner, 'kind'));
    const name = text(at(owner, 'name'));
    if (kind === undefined || name === undefined) return [];
    return [{ kind, name, ...(run.ref.namespace === undefined ? {} : { namespace: run.ref.namespace }) }];
  });
}

/** The Rollout's revision that a run measured: its controller names runs `ROLLOUT-HASH-REVISION[-STEP]`. */
function revisionOf(run: ObjectRef, rollout: ObjectRef): number | undefined {
  if (!run.name.startsWith(`${rollout.name}-`)) return undefined;
  const revision = /^[a-z0-9]+-(\d+)(?:[-.]|$)/.exec(run.name.slice(rollout.name.length + 1))?.[1];
  return revision === undefined ? undefined : Number(revision);
}

/** Whether the Rollout has gone on: it is healthy, and a later revision of it passed its analysis. */
function isPast(view: View, run: SceneObject): boolean {
  return ownerOf(run).some((owner) => {
    const own = revisionOf(run.ref, owner);
    if (own === undefined || text(at(findObject(view.scene, owner)?.object, 'status', 'phase')) !== 'Healthy')
      return false;
    return view.scene.objects.some(
      ({ ref, object }) =>
        ref.kind === 'AnalysisRun' &&
        ref.namespace === run.ref.namespace &&
        text(at(object, 'status', 'phase')) === 'Successful' &&
        (revisionOf(ref, owner) ?? 0) > own,
    );
  });
}

/** The Rollout that says why, where the run itself was not shown whole. */
function tellingRollout(view: View, run: SceneObject): SceneObject | undefined {
  return view.scene.objects.find(
    ({ ref, object }) =>
      ref.kind === 'Rollout' &&
      ref.namespace === run.ref.namespace &&
      run.ref.name.startsWith(`${ref.name}-`) &&
      /\bMetric "/.test(text(at(object, 'status', 'message')) ?? ''),
  );
}

export const analysisFailed: Analyzer = {
  kind: 'analysis-failed',
  stage: 'delivery',
  depth: DEPTH.workload - 1,
  title: 'An analysis of the new version failed',
  about: 'An AnalysisRun ended Failed, Error or Inconclusive: a metric missed its condition, or could not be measured.',
  remedy: 'Look at the metric: either the new version is worse, or the query is wrong.',
  find: (view) =>
    view.scene.objects.flatMap((run): Draft[] => {
      const phase = text(at(run.object, 'status', 'phase')) ?? '';
      if (run.ref.kind !== 'AnalysisRun' || !ENDED.test(phase) || isPast(view, run)) return [];
      const metric = metricOf(run);
      const own = text(at(run.object, 'status', 'message')) ?? '';
      const teller = own === '' && metric === '' ? tellingRollout(view, run) : run;
      const message =
        own === '' ? (/\bMetric ".*/.exec(text(at(teller?.object, 'status', 'message')) ?? '')?.[0] ?? '') : own;
      return [
        {
          object: run.ref,
          summary: `${named(run.ref)} ended as ${phase}${metric === '' ? '' : `: ${metric}`}${message === '' ? '' : `: ${message.slice(0, 240)}`}`,
          confidence: 0.92,
          severity: 'failed',
          citations: [
            cite(run, new RegExp(`phase"?:\\s*"?${phase}`, 'i')) ?? citeAny(run),
            message === '' ? undefined : cite(teller, message.split(/["'\\]/)[teller === run ? 0 : 1] ?? message),
          ],
          involves: ownerOf(run),
          remedies: [look('Read what was measured', get(run.ref, '-o', 'yaml'))],
        },
      ];
    }),
};
