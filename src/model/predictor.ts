import { z } from 'zod';
import type { Signature } from './signature.ts';

/** One model call as the journal keeps it: what was asked of whom, by digest, and what it cost. */
export const ModelCall = z.object({
  signature: z.string(),
  /** Digest of the prompt artifact used, absent when the signature ran with its own instruction. */
  artifact: z.string().optional(),
  /** `<provider>:<model>` */
  model: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  requestDigest: z.string(),
  responseDigest: z.string().optional(),
  inputTokens: z.number().int().optional(),
  outputTokens: z.number().int().optional(),
  durationMs: z.number(),
});
export type ModelCall = z.infer<typeof ModelCall>;

/** What a prediction needs to know of the run it serves. */
export interface PredictContext {
  readonly runId: string;
  readonly step: string;
  readonly signal: AbortSignal;
  /** W3C trace context of the run, so that the model call's span joins its trace. */
  readonly traceparent?: string;
}

/**
 * An answer that fits the signature's output schema, or the reason why there is none. A predictor never throws for a
 * model's failure; it throws only when `signal` is aborted (the signal's reason), and `recording-missing` in a replay.
 */
export type Prediction<O> =
  | { readonly ok: true; readonly value: O; readonly call: ModelCall }
  | { readonly ok: false; readonly reason: string; readonly call?: ModelCall };

/** Whoever answers signatures: a provider, the embedded model, recordings, or nobody. */
export interface Predictor {
  /** `<provider>:<model>`, or `none`. */
  readonly model: string;
  /** Digest of everything that decides the answer: model, parameters, signature, artifact, demos, input. */
  requestDigest<I, O>(signature: Signature<I, O>, input: I): string;
  predict<I, O>(signature: Signature<I, O>, input: I, context: PredictContext): Promise<Prediction<O>>;
  close(): Promise<void>;
}

/** The predictor of a service without a model: every answer is "no model is configured". */
export function noModel(reason = 'no model is configured'): Predictor {
  return {
    model: 'none',
    requestDigest: () => '',
    predict: async () => ({ ok: false, reason }),
    close: async () => {},
  };
}
