import { inNamespace, nameOf } from '../../../../src/evidence/commands/names.ts';
import { command } from '../../../../src/evidence/commands/shell.ts';
import { type Citation, sameObject } from '../../../../src/evidence/model.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { asObject, at, number, objects, text } from '../../../../src/json.ts';
import { about, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

interface RolloutKind {
  readonly kind: string;
  readonly title: string;
  readonly about: string;
  readonly remedy: string;
  readonly depth: number;
  readonly severity: Draft['severity'];
  readonly aspects?: Analyzer['aspects'];
  /** What is the matter, and the aspect of it. */
  readonly holds: (rollout: SceneObject, view: View) => Why | undefined;
  readonly needle: RegExp;
}

interface Why {
  readonly says: string;
  readonly aspect?: string;
  readonly citation?: Citation | undefined;
}

function condition(rollout: SceneObject, type: string) {
  return objects(at(rollout.object, 'status', 'conditions')).find((entry) => entry.type === type);
}

const said = (rollout: SceneObject) => text(at(rollout.object, 'status', 'message')) ?? '';

/** The last that events say of an update, where neither status nor condition says more of it than its phase. */
function abortedBy(rollout: SceneObject, view: View) {
  if (text(at(rollout.object, 'status', 'phase')) !== 'Degraded' || said(rollout) !== '') return undefined;
  const updates = about(view, rollout.ref).filter(({ reason }) =>
    /^Rollout(?:Aborted|Updated|Completed|Retry)/.test(reason),
  );
  const last = updates.sort((a, b) => (a.age ?? 0) - (b.age ?? 0))[0];
  return last?.reason === 'RolloutAborted' ? last : undefined;
}

/** A step of the canary that pauses without a duration, and at which the Rollout stands, where its status tells no more. */
function pauseStep(rollout: SceneObject): string | undefined {
  const index = number(at(rollout.object, 'status', 'currentStepIndex'));
  const steps = objects(at(rollout.object, 'spec', 'strategy', 'canary', 'steps'));
  const step = index === undefined ? undefined : steps[index];
  const pause = asObject(step?.pause);
  const under = text(at(rollout.object, 'status', 'phase')) === undefined;
  if (!under || step?.pause === undefined || pause.duration !== undefined) return undefined;
  return `step ${(index ?? 0) + 1} pauses without a duration`;
}

/** Whether all that a Rollout waits for is time, after which it goes on by itself. */
function goesOn(rollout: SceneObject): boolean {
  const listed = objects(at(rollout.object, 'status', 'pauseConditions'));
  // The plugin shows the reason alone.
  const pauses = listed.length > 0 || said(rollout) === '' ? listed : [{ reason: said(rollout) }];
  if (pauses.length === 0 || at(rollout.object, 'spec', 'paused') === true) return false;
  const strategy = asObject(at(rollout.object, 'spec', 'strategy'));
  const step = objects(at(strategy, 'canary', 'steps'))[number(at(rollout.object, 'status', 'currentStepIndex')) ?? -1];
  const promoted = number(at(strategy, 'blueGreen', 'autoPromotionSeconds')) ?? 0;
  return pauses.every(
    ({ reason }) =>
      (reason === 'CanaryPauseStep' && asObject(step?.pause).duration !== undefined) ||
      (reason === 'BlueGreenPause' && promoted > 0),
  );
}

/** The controller has not looked at the newest spec: it is down, or something keeps it from it. */
function unseen(rollout: SceneObject): Why | undefined {
  const wanted = number(at(rollout.object, 'metadata', 'generation'));
  const seen = number(at(rollout.object, 'status', 'observedGeneration'));
  if (wanted === undefined || seen === undefined || seen >= wanted) return undefined;
  return {
    says: `is not looked after: generation ${wanted} was asked for, and its controller has seen ${seen}`,
    aspect: 'not-observed',
    citation: cite(rollout, /observedGeneration/),
  };
}

/** Argo Rollouts waits ten minutes by default for progress. */
const DEADLINE = 600;

/** Pods of a Rollout that have not been ready for longer than the progress deadline. */
function waiting(rollout: SceneObject, view: View): Why | undefined {
  const deadline = number(at(rollout.object, 'spec', 'progressDeadlineSeconds')) ?? DEADLINE;
  const desired = number(at(rollout.object, 'spec', 'replicas'));
  const updated = number(at(rollout.object, 'status', 'updatedReplicas'));
  const pods = view.troubled.filter(
    (pod) =>
      sameObject(workloadOf(view.scene, pod.ref), rollout.ref) && (number(pod.source.object.age) ?? 0) > deadline,
  );
  if (pods[0] === undefined) return undefined;
  const share = desired === undefined || updated === undefined ? '' : ` (${updated} of ${desired} are updated)`;
  return {
    says: `makes no progress: ${pods.length} of its pods ${pods.length === 1 ? 'is' : 'are'} not ready for longer than the progress deadline of ${deadline}s${share}`,
    aspect: 'pods-unavailable',
    citation: citeAny(pods[0].source),
  };
}

const PAUSES = {
  step: 'a pause step without a duration waits for a person',
  'inconclusive-analysis': 'an analysis came to no result, and a person must decide',
  'blue-green': 'the new version waits to be promoted',
  'by-hand': 'spec.paused is set',
};
const STUCK = {
  deadline: 'it says itself that the progress deadline passed, or that it is degraded',
  'pods-unavailable': 'its new pods are not ready for longer than the deadline, and its status does not say so yet',
  'not-observed': 'its controller has not looked at the newest spec',
};

const KINDS: readonly RolloutKind[] = [
  {
    kind: 'rollout-invalid',
    title: 'The Rollout is invalid',
    about: 'Argo Rollouts does not accept the spec (condition InvalidSpec).',
    remedy: 'Correct the field that the message names.',
    depth: DEPTH.delivery,
    severity: 'failed',
    needle: /InvalidSpec/,
    holds: (rollout) => {
      const invalid = condition(rollout, 'InvalidSpec');
      return invalid?.status === 'True' || /^InvalidSpec/.test(said(rollout))
        ? { says: `is not accepted: ${text(invalid?.message) ?? said(rollout)}` }
        : undefined;
    },
  },
  {
    kind: 'rollout-aborted',
    title: 'The Rollout was aborted',
    about: 'The update was aborted, by a failed analysis or by hand; the stable version serves all traffic.',
    remedy: 'Find out what aborted it; correct the new version and retry.',
    depth: DEPTH.workload,
    severity: 'degraded',
    needle: /RolloutAborted|[Aa]bort/,
    holds: (rollout, view) => {
      const progressing = condition(rollout, 'Progressing');
      const event = abortedBy(rollout, view);
      if (event !== undefined) return { says: `was aborted: ${event.text}`, citation: event.cite() };
      return at(rollout.object, 'status', 'abort') === true ||
        progressing?.reason === 'RolloutAborted' ||
        /^RolloutAborted/.test(said(rollout))
        ? { says: `was aborted: ${text(progressing?.message) ?? said(rollout)}` }
        : undefined;
    },
  },
  {
    kind: 'rollout-paused',
    title: 'The Rollout is paused',
    about:
      'A pause step without a duration, a blue-green pause before promotion, or spec.paused: it waits for a person and moves no further. What only waits for its time is under way.',
    remedy: 'Look at the new version, then promote or abort it.',
    depth: DEPTH.workload + 3,
    severity: 'degraded',
    needle: /CanaryPauseStep|BlueGreenPause|InconclusiveAnalysisRun|"?paused"?:\s*true|Paused/i,
    aspects: PAUSES,
    holds: (rollout) => {
      const pauses = objects(at(rollout.object, 'status', 'pauseConditions'));
      const by = at(rollout.object, 'spec', 'paused') === true;
      const phase = text(at(rollout.object, 'status', 'phase'));
      const step = pauseStep(rollout);
      const told = condition(rollout, 'Paused')?.status === 'True' || phase === 'Paused';
      if ((pauses.length === 0 && !by && !told && step === undefined) || goesOn(rollout)) return undefined;
      const reason = text(pauses[0]?.reason) ?? (by ? 'spec.paused' : said(rollout) || step || '');
      const aspect = /Inconclusive/.test(reason)
        ? 'inconclusive-analysis'
        : /BlueGreen/.test(reason)
          ? 'blue-green'
          : by
            ? 'by-hand'
            : 'step';
      return { says: `is paused (${reason || 'no reason given'}) and waits for a person to promote it`, aspect };
    },
  },
  {
    kind: 'rollout-stuck',
    title: 'The Rollout makes no progress',
    about:
      'Its new pods (canary or preview) do not become ready within the progress deadline, or the phase is Degraded.',
    remedy: 'Look at the new pods; abort meanwhile.',
    depth: DEPTH.workload + 2,
    severity: 'failed',
    needle: /ProgressDeadlineExceeded|Degraded|timed out/,
    aspects: STUCK,
    holds: (rollout, view) => {
      const progressing = condition(rollout, 'Progressing');
      const late = progressing?.reason === 'ProgressDeadlineExceeded';
      if (late || text(at(rollout.object, 'status', 'phase')) === 'Degraded')
        return { says: `makes no progress: ${text(progressing?.message) ?? said(rollout)}`, aspect: 'deadline' };
      return unseen(rollout) ?? waiting(rollout, view);
    },
  },
];

function analyzer(definition: RolloutKind): Analyzer {
  const { kind, title, about, remedy, depth, severity, aspects, holds, needle } = definition;
  return {
    ...(aspects === undefined ? {} : { aspects }),
    kind,
    stage: 'delivery',
    depth,
    title,
    about,
    remedy,
    find: (view: View) =>
      view.scene.objects.flatMap((rollout): Draft[] => {
        if (rollout.ref.kind !== 'Rollout') return [];
        const first = KINDS.find((candidate) => candidate.holds(rollout, view) !== undefined);
        const why = first?.kind === kind ? holds(rollout, view) : undefined;
        if (why === undefined) return [];
        return [
          {
            object: kind === 'rollout-invalid' ? { ...rollout.ref, path: 'spec' } : rollout.ref,
            ...(why.aspect === undefined ? {} : { aspect: why.aspect }),
            summary: `${named(rollout.ref)} ${why.says.slice(0, 400)}`,
            confidence: kind === 'rollout-invalid' ? 0.95 : 0.86,
            severity,
            citations: [why.citation, cite(rollout, needle) ?? citeAny(rollout)],
            remedies: [
              look(
                'See steps and pods',
                command('kubectl', 'argo', 'rollouts', 'get', 'rollout', nameOf(rollout.ref), inNamespace(rollout.ref)),
              ),
              ...(kind === 'rollout-paused'
                ? [
                    change(
                      'Promote it when the new version is well',
                      'medium',
                      command('kubectl', 'argo', 'rollouts', 'promote', nameOf(rollout.ref), inNamespace(rollout.ref)),
                    ),
                  ]
                : []),
            ],
          },
        ];
      }),
  };
}

export const rollouts: readonly Analyzer[] = KINDS.map(analyzer);
