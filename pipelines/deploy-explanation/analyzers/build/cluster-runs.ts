import type { ObjectRef } from '../../../../src/evidence/model.ts';
import type { OutputLine } from '../../../../src/evidence/outputs.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, objects, text } from '../../../../src/json.ts';
import { cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, type Draft, look } from '../analyzer.ts';

/**
 * Reasons that Tekton gives a run that did not succeed, and the kind that each is of; what a step itself said decides all others
 * (https://tekton.dev/docs/pipelines/pipelineruns/#monitoring-execution-status).
 */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^(?:TaskRun|PipelineRun|CustomRun|Run)Timeout$/, 'ci-timed-out'],
  [/^(?:(?:TaskRun|PipelineRun)?Cancelled(?:RunningFinally)?|StoppedRunFinally)$/, 'ci-cancelled'],
  [
    /^(?:CouldntGet(?:Task|Pipeline)|(?:TaskRun|PipelineRun)?ValidationFailed|Pipeline(?:Invalid)?Graph|InvalidGraph|TaskRunResolutionFailed|Parameter(?:Missing|TypeMismatch)|ObjectParameterMissKeys|ParamArrayIndexingInvalid|InvalidParamValue|InvalidWorkspaceBindings?|InvalidTaskResultReference|InvalidTaskRunSpecs?|RequiredWorkspaceMarkedOptional|PipelineValidationFailed)$/,
    'ci-configuration-invalid',
  ],
];

/** The run's own word on how it ended, where it did not succeed. */
function endOf({ ref, object }: SceneObject) {
  if (!/^(?:Task|Pipeline)Run$/.test(ref.kind)) return undefined;
  const end = objects(at(object, 'status', 'conditions')).find(({ type }) => type === 'Succeeded');
  const reason = text(end?.status) === 'False' ? text(end?.reason) : undefined;
  return reason === undefined ? undefined : { reason, message: text(end?.message) ?? '' };
}

/** The PipelineRun that a TaskRun is a part of: its label, or the list of its children. */
function wholeOf(view: View, { ref, object }: SceneObject): ObjectRef[] {
  const labelled = text(at(object, 'metadata', 'labels', 'tekton.dev/pipelineRun'));
  return view.scene.objects
    .filter(({ ref: other, object: whole }) => {
      if (other.kind !== 'PipelineRun' || other.namespace !== ref.namespace) return false;
      return (
        other.name === labelled || objects(at(whole, 'status', 'childReferences')).some(({ name }) => name === ref.name)
      );
    })
    .map(({ ref: whole }) => whole);
}

function draftsOf(view: View, kind: string): Draft[] {
  return view.scene.objects.flatMap((run): Draft[] => {
    const end = endOf(run);
    if (end === undefined || REASONS.find(([reasons]) => reasons.test(end.reason))?.[1] !== kind) return [];
    return [
      {
        object: run.ref,
        summary: `${named(run.ref)} did not succeed (${end.reason})${end.message === '' ? '' : `: ${end.message.slice(0, 400)}`}`,
        confidence: 0.93,
        severity: 'failed',
        citations: [cite(run, end.reason) ?? citeAny(run)],
        involves: wholeOf(view, run),
        remedies: [look('See its steps, and what was logged last')],
      },
    ];
  });
}

/** Steps of a TaskRun that the kernel ended because of their memory limit: the run itself says only that a step failed. */
function outOfMemory(view: View): Draft[] {
  return view.scene.objects.flatMap((run): Draft[] => {
    if (endOf(run) === undefined || run.ref.kind !== 'TaskRun') return [];
    const step = objects(at(run.object, 'status', 'steps')).find(
      ({ terminated }) => text(at(terminated, 'reason')) === 'OOMKilled',
    );
    if (step === undefined) return [];
    return [
      {
        object: run.ref,
        summary: `${named(run.ref)} did not succeed: its step \`${text(step.name) ?? ''}\` ran out of memory`,
        confidence: 0.94,
        severity: 'failed',
        citations: [cite(run, 'OOMKilled') ?? citeAny(run)],
        involves: wholeOf(view, run),
        remedies: [
          look('See the memory limit of the step, and what it takes'),
          change('Raise the memory limit of the step, or let its tool use less'),
        ],
      },
    ];
  });
}

const MORE: Readonly<Record<string, (view: View) => Draft[]>> = { 'ci-out-of-memory': outOfMemory };

const KINDS = new Set([...REASONS.map(([, kind]) => kind), ...Object.keys(MORE)]);

/** `[image : build-and-push] `: task and step, as `tkn` puts them before each line. */
const TOLD_BY_TKN = /^\[([\w.-]+) : [\w.-]+\] /;

/** Runs that failed with the step of a line, by the name of their task in its pipeline. */
export function runsOf(view: View, { item, index }: OutputLine): ObjectRef[] {
  const task = TOLD_BY_TKN.exec(item.text.split('\n', index + 1)[index] ?? '')?.[1];
  if (task === undefined) return [];
  return view.scene.objects
    .filter(
      (run) =>
        endOf(run) !== undefined && text(at(run.object, 'metadata', 'labels', 'tekton.dev/pipelineTask')) === task,
    )
    .flatMap((run) => [run.ref, ...wholeOf(view, run)]);
}

/** Adds what the objects of a CI system that runs in the cluster say to the kinds that outputs of jobs tell. */
export function withClusterRuns(analyzer: Analyzer): Analyzer {
  if (!KINDS.has(analyzer.kind)) return analyzer;
  return {
    ...analyzer,
    find: (view) => [...analyzer.find(view), ...draftsOf(view, analyzer.kind), ...(MORE[analyzer.kind]?.(view) ?? [])],
  };
}
