import { at, objects, text } from '../../../../src/evidence/json.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { cite, citeAny, inNamespace, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

interface RolloutKind {
  readonly kind: string;
  readonly title: string;
  readonly about: string;
  readonly remedy: string;
  readonly depth: number;
  readonly severity: Draft['severity'];
  readonly holds: (rollout: SceneObject) => string | undefined;
  readonly needle: RegExp;
}

function condition(rollout: SceneObject, type: string) {
  return objects(at(rollout.object, 'status', 'conditions')).find((entry) => entry.type === type);
}

const said = (rollout: SceneObject) => text(at(rollout.object, 'status', 'message')) ?? '';

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
        ? `is not accepted: ${text(invalid?.message) ?? said(rollout)}`
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
    holds: (rollout) => {
      const progressing = condition(rollout, 'Progressing');
      return at(rollout.object, 'status', 'abort') === true || progressing?.reason === 'RolloutAborted'
        ? `was aborted: ${text(progressing?.message) ?? said(rollout)}`
        : undefined;
    },
  },
  {
    kind: 'rollout-paused',
    title: 'The Rollout is paused',
    about:
      'A pause step without a duration, a blue-green pause before promotion, or spec.paused: it waits for a person and moves no further.',
    remedy: 'Look at the new version, then promote or abort it.',
    depth: DEPTH.workload + 3,
    severity: 'degraded',
    needle: /CanaryPauseStep|BlueGreenPause|InconclusiveAnalysisRun|"?paused"?:\s*true|Paused/i,
    holds: (rollout) => {
      const pauses = objects(at(rollout.object, 'status', 'pauseConditions'));
      const by = at(rollout.object, 'spec', 'paused') === true;
      const phase = text(at(rollout.object, 'status', 'phase'));
      if (pauses.length === 0 && !by && phase !== 'Paused') return undefined;
      const reason = text(pauses[0]?.reason) ?? (by ? 'spec.paused' : said(rollout));
      return `is paused (${reason || 'no reason given'}) and waits for a person to promote it`;
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
    holds: (rollout) => {
      const progressing = condition(rollout, 'Progressing');
      const late = progressing?.reason === 'ProgressDeadlineExceeded';
      if (!late && text(at(rollout.object, 'status', 'phase')) !== 'Degraded') return undefined;
      return `makes no progress: ${text(progressing?.message) ?? said(rollout)}`;
    },
  },
];

function analyzer({ kind, title, about, remedy, depth, severity, holds, needle }: RolloutKind): Analyzer {
  return {
    kind,
    stage: 'delivery',
    depth,
    title,
    about,
    remedy,
    find: (view: View) =>
      view.scene.objects.flatMap((rollout): Draft[] => {
        if (rollout.ref.kind !== 'Rollout') return [];
        const first = KINDS.find((candidate) => candidate.holds(rollout) !== undefined);
        const why = first?.kind === kind ? holds(rollout) : undefined;
        if (why === undefined) return [];
        return [
          {
            object: kind === 'rollout-invalid' ? { ...rollout.ref, path: 'spec' } : rollout.ref,
            summary: `${named(rollout.ref)} ${why.slice(0, 400)}`,
            confidence: kind === 'rollout-invalid' ? 0.95 : 0.86,
            severity,
            citations: [cite(rollout, needle) ?? citeAny(rollout)],
            remedies: [
              look(
                'See steps and pods',
                `kubectl argo rollouts get rollout ${rollout.ref.name}${inNamespace(rollout.ref)}`,
              ),
              ...(kind === 'rollout-paused'
                ? [
                    change(
                      'Promote it when the new version is well',
                      'medium',
                      `kubectl argo rollouts promote ${rollout.ref.name}${inNamespace(rollout.ref)}`,
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
