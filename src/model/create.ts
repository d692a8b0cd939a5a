import { access } from 'node:fs/promises';
import { z } from 'zod';
import { OpslineError } from '../errors.ts';
import { cacheFolder } from '../programs/catalog.ts';
import { createAxPredictor } from './ax-predictor.ts';
import { modelFile } from './embedded/catalog.ts';
import { createEmbeddedModel } from './embedded/client.ts';
import { placeFor } from './embedded/socket.ts';
import { LLAMA_ENGINE } from './embedded/start.ts';
import { ModelFailure } from './failure.ts';
import { at } from './fetch/address.ts';
import { budget } from './fetch/budget.ts';
import { chain, type Send } from './fetch/chain.ts';
import { type Counters, memoryCounters } from './fetch/counters.ts';
import { network } from './fetch/network.ts';
import { rateLimit } from './fetch/rate-limit.ts';
import { type RecordingOptions, recordings } from './fetch/recordings.ts';
import { redactionCheck } from './fetch/redaction-check.ts';
import { retryOnce } from './fetch/retry.ts';
import { noModel, type Predictor } from './predictor.ts';
import { requireModel } from './providers.ts';
import type { Target } from './target.ts';

export interface ModelLogger {
  warn(object: object, message: string): void;
}

export interface PredictorOptions {
  /** `none`, `embedded`, `embedded:<model>` or `<provider>:<model>`; wins over `OPSLINE_MODEL`. */
  readonly model?: string;
  readonly recordings?: RecordingOptions;
  /** Where models and sockets are; `$XDG_CACHE_HOME/opsline` by default. */
  readonly cacheFolder?: string;
  readonly logger?: ModelLogger;
  /** Where token budgets and rate limits are counted; in this process by default, which is right for a single one. */
  readonly counters?: Counters;
  /** Load the embedded model now, and say now if it cannot be; otherwise its first prediction loads it. */
  readonly warm?: boolean;
  /** Another engine for the embedded model: a module that exports `loadEngine`. */
  readonly engine?: string;
}

const limit = z.coerce.number().int().positive().optional();

/** Limits from the environment; 0, empty and absent mean none. */
const Limits = z.object({
  OPSLINE_TOKENS_PER_RUN: limit,
  OPSLINE_TOKENS_PER_DAY: limit,
  OPSLINE_MODEL_REQUESTS_PER_MINUTE: limit,
  OPSLINE_MODEL_THREADS: limit,
});
type Limits = z.infer<typeof Limits>;

/**
 * The predictor that the environment asks for. When the model cannot be had, the predictor says why with every answer, and its
 * `model` is `none`. Throws `invalid-input` for a model that was named and cannot be meant (`requireModel`), and for a limit that
 * is no number: neither a wrong name nor a budget that is not kept may go unnoticed.
 */
export async function createPredictor(env: NodeJS.ProcessEnv, options: PredictorOptions = {}): Promise<Predictor> {
  const limits = readLimits(env);
  const replaying = options.recordings?.mode === 'replay';
  const resolved = requireModel(env, options.model, replaying);
  if (resolved.kind === 'none') return unusable(resolved.reason, options);
  const { target } = resolved;
  // Recordings alone answer: nothing behind them needs to be there.
  if (replaying) return assemble(target, unreached, options, limits);
  if (resolved.kind === 'target') return assemble(target, overNetwork(target), options, limits);
  try {
    return await createEmbedded(target, env, options, limits);
  } catch (error) {
    if (error instanceof ModelFailure) return unusable(error.message, options);
    throw error;
  }
}

function overNetwork({ profile, baseUrl }: Target): Send {
  return chain([retryOnce, at(profile === 'anthropic' ? baseUrl : undefined)], network);
}

const unreached: Send = async () => {
  throw new ModelFailure('internal', 'a replay does not ask the model');
};

function unusable(reason: string, { logger }: PredictorOptions): Predictor {
  logger?.warn({ reason }, 'no model: runs use their rules');
  return noModel(reason);
}

async function createEmbedded(
  target: Target,
  env: NodeJS.ProcessEnv,
  options: PredictorOptions,
  limits: Limits,
): Promise<Predictor> {
  const cache = options.cacheFolder ?? cacheFolder(env);
  const file = modelFile(target.model, cache);
  const { engine = LLAMA_ENGINE } = options;
  if (engine === LLAMA_ENGINE) requireLlama();
  await access(file).catch(() => {
    const mend = `opsline model pull ${target.model}`;
    throw new ModelFailure('unavailable', `the embedded model is not here. Fetch it with: ${mend}`);
  });
  const place = await placeFor(cache, file, engine);
  const model = createEmbeddedModel({ place, modelFile: file, engine, threads: limits.OPSLINE_MODEL_THREADS });
  if (options.warm === true) await model.warm();
  return assemble(target, model.send, options, limits, () => model.close());
}

/** The package is looked for, not loaded: only the child process loads it. */
function requireLlama(): void {
  try {
    import.meta.resolve('node-llama-cpp');
  } catch {
    throw new ModelFailure(
      'unavailable',
      'the embedded model needs the package node-llama-cpp. Install it with: npm install node-llama-cpp@3.22.1',
    );
  }
}

function assemble(
  target: Target,
  transport: Send,
  options: PredictorOptions,
  limits: Limits,
  onClose: () => Promise<void> = async () => {},
): Predictor {
  const { counters = memoryCounters() } = options;
  const links = [
    redactionCheck,
    recordings(options.recordings ?? { mode: 'live', folder: '' }),
    budget({ perRun: limits.OPSLINE_TOKENS_PER_RUN, perDay: limits.OPSLINE_TOKENS_PER_DAY, counters }),
    rateLimit({ perMinute: limits.OPSLINE_MODEL_REQUESTS_PER_MINUTE, counters }),
  ];
  return createAxPredictor({ target, send: chain(links, transport), onClose });
}

function readLimits(env: NodeJS.ProcessEnv): Limits {
  const given = Object.keys(Limits.shape).flatMap((name) => {
    const value = env[name]?.trim();
    return value === undefined || value === '' || value === '0' ? [] : [[name, value]];
  });
  const parsed = Limits.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const names = [...new Set(parsed.error.issues.map(({ path }) => path.join('.')))].join(', ');
  throw new OpslineError('invalid-input', `${names} must be a whole number above 0, or 0 for no limit.`);
}
