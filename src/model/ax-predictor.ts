import { setTimeout as sleep } from 'node:timers/promises';
import { digest } from '../digest.ts';
import { modelSpan } from '../telemetry.ts';
import { classify } from './classify.ts';
import { ModelFailure } from './failure.ts';
import { type Exchange, fetchThrough, type Send } from './fetch/chain.ts';
import type { ModelCall, PredictContext, Prediction, Predictor } from './predictor.ts';
import { buildProgram, CORRECTIONS, presentable, readOutput, validateSignature } from './program.ts';
import type { Signature } from './signature.ts';
import { fullName, type Target } from './target.ts';

export interface AxPredictorOptions {
  readonly target: Target;
  /** The fetch chain, transport included. */
  readonly send: Send;
  /** Called once by `close`. */
  readonly onClose?: () => Promise<void>;
}

/** A predictor that asks `target` through ax, with every byte passing through `send`. */
export function createAxPredictor({ target, send, onClose }: AxPredictorOptions): Predictor {
  const model = fullName(target);

  function parametersOf(signature: Signature<unknown, unknown>): Record<string, unknown> {
    return { temperature: 0, maxTokens: signature.maxTokens, structured: target.structured };
  }

  function requestDigest<I, O>(signature: Signature<I, O>, input: I): string {
    const { name, instruction, demos = [] } = signature;
    const parameters = parametersOf(signature as Signature<unknown, unknown>);
    return digest({ model, parameters, signature: name, fields: String(signature.ax), instruction, demos, input });
  }

  async function predict<I, O>(signature: Signature<I, O>, input: I, context: PredictContext): Promise<Prediction<O>> {
    context.signal.throwIfAborted();
    const exchange = newExchange(signature, context, target);
    const started = performance.now();
    const span = modelSpan({
      ...exchange,
      ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }),
    });
    const ended = (failure?: ModelFailure): ModelCall => {
      const durationMs = performance.now() - started;
      const { inputTokens, outputTokens, responseDigest, requests } = exchange.seen;
      const outcome = failure?.kind ?? 'ok';
      span.end({ outcome, inputTokens, outputTokens });
      return {
        signature: signature.name,
        model,
        parameters: parametersOf(signature as Signature<unknown, unknown>),
        requestDigest: requestDigest(signature, input),
        ...(responseDigest === undefined ? {} : { responseDigest }),
        ...(requests === 0 ? {} : { inputTokens, outputTokens }),
        durationMs: Math.round(durationMs),
      };
    };
    try {
      const value = await ask(signature, input, exchange, context.signal);
      return { ok: true, value, call: ended() };
    } catch (error) {
      const failure = classify(error, exchange, CORRECTIONS + 1);
      const call = ended(failure);
      if (context.signal.aborted) throw context.signal.reason;
      if (exchange.missing !== undefined) throw exchange.missing;
      return { ok: false, reason: failure.message, call };
    }
  }

  async function ask<I, O>(signature: Signature<I, O>, input: I, exchange: Exchange, aborted: AbortSignal): Promise<O> {
    const fitting = signature.input.safeParse(input);
    if (!fitting.success) throw new ModelFailure('internal', `the input does not fit signature ${signature.name}`);
    const program = buildChecked(signature, exchange);
    const end = new AbortController();
    const timeout = new AbortController();
    const signal = AbortSignal.any([aborted, end.signal, timeout.signal]);
    const timer = setTimeout(() => {
      exchange.failure ??= new ModelFailure('timeout', `${model} did not answer within ${target.timeoutMs / 1000} s`);
      timeout.abort();
    }, target.timeoutMs);
    try {
      const service = await createService(
        target,
        fetchThrough(send, exchange, () => end.abort()),
        signature.maxTokens,
      );
      const values = presentable(signature.ax.getInputFields(), input as Record<string, unknown>);
      // ax need not notice at once: it must not keep an aborted run waiting.
      const answer = await Promise.race([program.forward(service, values, { abortSignal: signal }), rejectOn(signal)]);
      const parsed = readOutput(signature, answer);
      if (!parsed.success) throw new ModelFailure('bad-output', `the answer of ${model} did not fit its schema`);
      return parsed.data;
    } finally {
      clearTimeout(timer);
      end.abort();
    }
  }

  return { model, requestDigest, predict, close: async () => onClose?.() };
}

function newExchange<I, O>(signature: Signature<I, O>, context: PredictContext, target: Target): Exchange {
  return {
    signature: signature.name,
    runId: context.runId,
    provider: target.provider,
    model: fullName(target),
    maxTokens: signature.maxTokens,
    seen: { requests: 0, inputTokens: 0, outputTokens: 0, recorded: 0 },
    issues: [],
  };
}

const checked = new WeakSet<object>();

function buildChecked<I, O>(signature: Signature<I, O>, exchange: Exchange) {
  try {
    if (!checked.has(signature)) validateSignature(signature);
    checked.add(signature);
    return buildProgram(signature, (issues) => {
      exchange.issues = issues;
    });
  } catch (error) {
    throw new ModelFailure(
      'internal',
      error instanceof Error ? error.message : `signature ${signature.name} cannot be used`,
    );
  }
}

/** Rejects a moment after `signal` is aborted, so that ax's own error, which says more, comes first when there is one. */
async function rejectOn(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await sleep(20);
  throw new ModelFailure('timeout', 'the call was ended');
}

/** ax's client for one prediction. Retries are the chain's, and ax's per-call timeout does nothing: the signal carries ours. */
async function createService(target: Target, fetch: typeof globalThis.fetch, maxTokens: number) {
  const { ai } = await import('@ax-llm/ax');
  const { profile, model, baseUrl, apiKey, structured } = target;
  return ai({
    name: profile,
    ...(baseUrl === undefined ? {} : { apiURL: baseUrl }),
    ...(apiKey === undefined ? {} : { apiKey }),
    config: { model, temperature: 0, maxTokens, stream: false },
    modelInfo: [{ name: model, supported: { structuredOutputModes: [structured] } }],
    options: {
      fetch,
      retry: { maxRetries: 0 },
      includeRequestBodyInErrors: false,
      excludeContentFromTrace: true,
      debug: false,
    },
  } as Parameters<typeof ai>[0]);
}
