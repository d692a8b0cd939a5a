import { noModel, type Predictor } from './predictor.ts';

/** A predictor that becomes another one as soon as that is loaded. */
export interface LatePredictor extends Predictor {
  /** Settles when the other one answers, or has failed to load; then with the reason. */
  readonly loaded: Promise<
    { readonly ok: true; readonly model: string } | { readonly ok: false; readonly reason: string }
  >;
}

/**
 * Serves while a model still loads or downloads: until `load` is done every answer is "the model is still loading", so runs
 * use their rules and say so. When `load` fails, its message becomes that reason.
 */
export function latePredictor(load: () => Promise<Predictor>): LatePredictor {
  let current = noModel('the model is still loading');
  let closed = false;
  const loaded = load().then(
    async (predictor) => {
      if (closed) await predictor.close();
      else current = predictor;
      return { ok: true as const, model: predictor.model };
    },
    (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      current = noModel(reason);
      return { ok: false as const, reason };
    },
  );
  return {
    get model() {
      return current.model;
    },
    loaded,
    requestDigest: (signature, input) => current.requestDigest(signature, input),
    predict: (signature, input, context) => current.predict(signature, input, context),
    async close() {
      closed = true;
      await current.close();
    },
  };
}
