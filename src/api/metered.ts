import type { Predictor } from '../model/predictor.ts';
import type { Metrics } from './metrics.ts';

/** The same predictor, whose calls are counted and timed. An answer without a call (no model, a refusal) is not one. */
export function metered(predictor: Predictor, metrics: Metrics): Predictor {
  return {
    get model() {
      return predictor.model;
    },
    requestDigest: (signature, input) => predictor.requestDigest(signature, input),
    async predict(signature, input, context) {
      const prediction = await predictor.predict(signature, input, context);
      const { call } = prediction;
      if (call !== undefined) {
        metrics.modelCall({
          signature: signature.name,
          model: call.model,
          outcome: prediction.ok ? 'ok' : 'unusable',
          seconds: call.durationMs / 1000,
          tokens: { input: call.inputTokens ?? 0, output: call.outputTokens ?? 0 },
        });
      }
      return prediction;
    },
    close: () => predictor.close(),
  };
}
