import { access } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { createPredictor } from '../model/create.ts';
import { modelFile } from '../model/embedded/catalog.ts';
import { pullModel } from '../model/embedded/download.ts';
import type { Counters } from '../model/fetch/counters.ts';
import { type LatePredictor, latePredictor } from '../model/late.ts';
import { requireModel } from '../model/providers.ts';
import { cacheFolder } from '../programs/catalog.ts';

/**
 * The model of a service. It is fetched first where it is an embedded one that is not here yet; until it answers, runs use
 * their rules, and so they do until `from` is settled. Throws `invalid-input` at once for a model that cannot be meant.
 */
export function loadModel(
  config: Config,
  options: { logger: Logger; onProgress: (line: string) => void; from: Promise<void>; counters: Counters },
): LatePredictor {
  const { logger, onProgress, from, counters } = options;
  const env = config.model === undefined ? process.env : { ...process.env, OPSLINE_MODEL: config.model };
  const resolved = requireModel(env);
  return latePredictor(async () => {
    if (resolved.kind === 'embedded') {
      const { model } = resolved.target;
      const here = await access(modelFile(model, cacheFolder(env))).then(
        () => true,
        () => false,
      );
      if (!here) await pullModel(model, onProgress);
      onProgress(`${model}: loading`);
    }
    const predictor = await createPredictor(env, { logger, counters, warm: true });
    if (predictor.model !== 'none') await from;
    return predictor;
  });
}
