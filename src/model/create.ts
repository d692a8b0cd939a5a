import { access } from 'node:fs/promises';
import type { ModelCallMetric } from '../telemetry.ts';
import { createAxPredictor } from './ax-predictor.ts';
import { cacheFolder, modelFile } from './embedded/catalog.ts';
import { createEmbeddedModel } from './embedded/client.ts';
import { placeFor } from './embedded/socket.ts';
import { LLAMA_ENGINE } from './embedded/start.ts';
import { ModelFailure } from './failure.ts';
import { chain, type Link, type Send } from './fetch/chain.ts';
import { network } from './fetch/network.ts';
import { noModel, type Predictor } from './predictor.ts';
import { resolveModel } from './providers.ts';
import type { Target } from './target.ts';

export interface ModelLogger {
  info(object: object, message: string): void;
  warn(object: object, message: string): void;
}

export interface PredictorOptions {
  /** `none`, `embedded`, `embedded:<model>` or `<provider>:<model>`; wins over `OPSLINE_MODEL`. */
  readonly model?: string;
  readonly recordings?: { readonly mode: 'live' | 'record' | 'replay'; readonly folder: string };
  /** Where models and sockets are; `$XDG_CACHE_HOME/opsline` by default. */
  readonly cacheFolder?: string;
  readonly logger?: ModelLogger;
  /** Hears the cost of every call, for metrics. */
  readonly onCall?: (call: ModelCallMetric) => void;
}

/**
 * The predictor that the environment asks for. Never throws: when the model cannot be had, the predictor says why with every
 * answer, and its `model` is `none`. Resolves when the model is ready to answer.
 */
export async function createPredictor(env: NodeJS.ProcessEnv, options: PredictorOptions = {}): Promise<Predictor> {
  const resolved = resolveModel(env, options.model);
  if (resolved.kind === 'none') return unusable(resolved.reason, options);
  const { target } = resolved;
  try {
    if (resolved.kind === 'target') return assemble(target, network, options);
    return await createEmbedded(target, options, env);
  } catch (error) {
    if (error instanceof ModelFailure) return unusable(error.message, options);
    throw error;
  }
}

function unusable(reason: string, { logger }: PredictorOptions): Predictor {
  logger?.warn({ reason }, 'no model: runs use their rules');
  return noModel(reason);
}

async function createEmbedded(target: Target, options: PredictorOptions, env: NodeJS.ProcessEnv): Promise<Predictor> {
  const cache = options.cacheFolder ?? cacheFolder(env);
  const file = modelFile(target.model, cache);
  await access(file).catch(() => {
    throw new ModelFailure(
      'unavailable',
      `the embedded model is not here. Fetch it with: opsline model pull ${target.model}`,
    );
  });
  const place = await placeFor(cache, file, LLAMA_ENGINE);
  const model = createEmbeddedModel({ place, modelFile: file });
  await model.warm();
  return assemble(target, model.send, options, () => model.close());
}

function assemble(
  target: Target,
  transport: Send,
  { onCall }: PredictorOptions,
  onClose: () => Promise<void> = async () => {},
): Predictor {
  const links: Link[] = [];
  return createAxPredictor({ target, send: chain(links, transport), onCall, onClose });
}
