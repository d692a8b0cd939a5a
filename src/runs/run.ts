import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../errors.ts';
import { ModelCall } from '../model/predictor.ts';

/** `run_` and a UUIDv7, so ids sort by creation time. */
export const RunId = z.string().regex(/^run_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);

export const RunStatus = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']);
export type RunStatus = z.infer<typeof RunStatus>;

/** Whether a status is final. */
export function isFinal(status: RunStatus): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'cancelled';
}

export const RunProgress = z.object({ message: z.string(), fraction: z.number().min(0).max(1).optional() });
export type RunProgress = z.infer<typeof RunProgress>;

const errorCodes = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];
const RunError = z.object({ code: z.enum(errorCodes), message: z.string() });

/** A run as its reader sees it (times are RFC 3339 UTC). A contract: later versions only add fields. */
export const Run = z.object({
  id: RunId,
  pipeline: z.string(),
  version: z.number().int(),
  status: RunStatus,
  mode: z.enum(['model', 'rules']),
  modeReason: z.string().optional(),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().optional(),
  finishedAt: z.iso.datetime().optional(),
  progress: RunProgress.optional(),
  output: z.unknown().optional(),
  error: RunError.optional(),
});
export type Run = z.infer<typeof Run>;

const StepKind = z.enum(['read', 'do', 'predict', 'write']);

/**
 * One finished step. `digest` is of its value; the value itself is kept for `read`, `predict` and `write`, and not for
 * `do`, whose code is pure and runs again.
 */
export const JournalEntry = z.object({
  step: z.string(),
  kind: StepKind,
  startedAt: z.iso.datetime(),
  durationMs: z.number(),
  /** Digest of the value (canonical JSON). */
  digest: z.string(),
  /** Digest of the step's input for `read` and `predict`; the idempotency key's digest for `write`. */
  inputDigest: z.string().optional(),
  value: z.unknown().optional(),
  call: ModelCall.optional(),
  /** For `predict`: why there is no answer. */
  reason: z.string().optional(),
});
export type JournalEntry = z.infer<typeof JournalEntry>;

/** A run with all that is needed to replay it without Redis or network. `opsline runs replay` reads this. */
export const RunRecord = z.object({
  schema: z.literal(1),
  run: Run,
  codeRevision: z.string(),
  inputDigest: z.string(),
  outputDigest: z.string().optional(),
  input: z.unknown(),
  journal: z.array(JournalEntry),
  /** How many deliveries took the run, and why it started over if it did. */
  deliveries: z.number().int(),
  restarts: z.array(z.object({ at: z.iso.datetime(), reason: z.string() })),
  traceparent: z.string().optional(),
});
export type RunRecord = z.infer<typeof RunRecord>;

/** What a watcher of a run sees. `id` orders events within a run (a Redis stream id on Redis). */
export const RunEvent = z.object({
  id: z.string(),
  time: z.iso.datetime(),
  type: z.enum(['queued', 'started', 'step', 'progress', 'finished']),
  data: z.record(z.string(), z.unknown()),
});
export type RunEvent = z.infer<typeof RunEvent>;
