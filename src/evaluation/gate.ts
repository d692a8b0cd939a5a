import { z } from 'zod';
import { type EvaluationLog, MetricSummary } from './log.ts';

/**
 * What a suite reached when its baseline was written, committed beside its cases: once with the recorded model and once
 * with rules alone.
 */
export const Baseline = z.strictObject({
  schema: z.literal(1),
  suite: z.string(),
  model: z.string(),
  withModel: z.record(z.string(), MetricSummary),
  rulesOnly: z.record(z.string(), MetricSummary),
});
export type Baseline = z.infer<typeof Baseline>;

/** Means are sums of a few fractions; anything beyond this is a difference and not rounding. */
const ROUNDING = 1e-9;

/** Every reason why these two logs must not pass, as sentences; empty when they may. */
export function gate(baseline: Baseline, withModel: EvaluationLog, rulesOnly: EvaluationLog): string[] {
  // Without a model there is nothing to hold against its baseline.
  const modelled = withModel.model === 'none' ? [] : belowBaseline('with the model', baseline.withModel, withModel);
  return [
    ...modelled,
    ...belowBaseline('rules only', baseline.rulesOnly, rulesOnly),
    ...brokenPromises(withModel),
    ...brokenPromises(rulesOnly),
    ...worseThanRules(withModel, rulesOnly),
  ];
}

function belowBaseline(label: string, baseline: Record<string, MetricSummary>, log: EvaluationLog): string[] {
  const reasons = Object.entries(baseline).flatMap(([name, was]) => {
    const now = log.metrics[name];
    if (now === undefined) return [`${label}: the metric ${name} is gone`];
    const found: string[] = [];
    if (was.mean !== null && (now.mean === null || now.mean < was.mean - ROUNDING)) {
      found.push(`${label}: ${name} fell from ${was.mean.toFixed(3)} to ${now.mean?.toFixed(3) ?? 'unscored'}`);
    }
    if (now.unscored > was.unscored) {
      found.push(`${label}: ${name} could not be scored on ${now.unscored} cases (${was.unscored} before)`);
    }
    return found;
  });
  const added = Object.keys(log.metrics).filter((name) => baseline[name] === undefined);
  return [...reasons, ...added.map((name) => `${label}: the metric ${name} has no baseline; write one`)];
}

/** A case tagged `easy` scores 1 wherever it is scored, and its run succeeds. */
function brokenPromises(log: EvaluationLog): string[] {
  return log.cases
    .filter((result) => result.tags.includes('easy'))
    .flatMap((result) => {
      if (result.status !== 'succeeded')
        return [`${log.model}: easy case ${result.id} ${result.status}: ${result.error ?? ''}`];
      return Object.entries(result.scores)
        .filter(([, { value }]) => value !== null && value < 1)
        .map(
          ([name, { value, note }]) => `${log.model}: easy case ${result.id} scored ${value} on ${name}: ${note ?? ''}`,
        );
    });
}

/** The model must never make an answer worse than the rules alone, on any case and metric. */
function worseThanRules(withModel: EvaluationLog, rulesOnly: EvaluationLog): string[] {
  const rules = new Map(rulesOnly.cases.map((result) => [result.id, result.scores]));
  return withModel.cases.flatMap(({ id, scores }) =>
    Object.entries(scores).flatMap(([name, { value }]) => {
      const without = rules.get(id)?.[name]?.value ?? null;
      if (value === null || without === null || value >= without - ROUNDING) return [];
      return [`${id} is worse on ${name} with the model (${value}) than without (${without})`];
    }),
  );
}
