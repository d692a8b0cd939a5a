import { z } from 'zod';
import { RunStatus } from '../runs/run.ts';

const Score = z.object({ value: z.number().min(0).max(1).nullable(), note: z.string().optional() });

/** The mean of one metric over the cases it could score. `mean` is null when it scored none. */
export const MetricSummary = z.object({
  mean: z.number().min(0).max(1).nullable(),
  scored: z.number().int(),
  unscored: z.number().int(),
});
export type MetricSummary = z.infer<typeof MetricSummary>;

/** One evaluation, readable without anything else beside it. Times RFC 3339, durations in milliseconds. */
export const EvaluationLog = z.object({
  schema: z.literal(1),
  suite: z.string(),
  pipelineVersion: z.number().int(),
  codeRevision: z.string(),
  /** `<provider>:<model>`, or `none` for rules only. */
  model: z.string(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  metrics: z.record(z.string(), MetricSummary),
  cases: z.array(
    z.object({
      id: z.string(),
      tags: z.array(z.string()),
      status: RunStatus,
      mode: z.enum(['model', 'rules']),
      modeReason: z.string().optional(),
      error: z.string().optional(),
      inputTokens: z.number().int(),
      outputTokens: z.number().int(),
      durationMs: z.number(),
      scores: z.record(z.string(), Score),
    }),
  ),
});
export type EvaluationLog = z.infer<typeof EvaluationLog>;

/** Means over the scored cases; what could not be scored is counted, not averaged in. */
export function summarizeMetrics(
  names: readonly string[],
  cases: EvaluationLog['cases'],
): Record<string, MetricSummary> {
  return Object.fromEntries(
    names.map((name) => {
      const values = cases.map((result) => result.scores[name]?.value ?? null);
      const scored = values.filter((value) => value !== null);
      const mean = scored.length === 0 ? null : scored.reduce((sum, value) => sum + value, 0) / scored.length;
      return [name, { mean, scored: scored.length, unscored: values.length - scored.length }];
    }),
  );
}
