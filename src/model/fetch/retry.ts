import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { byStatus } from '../classify.ts';
import { ModelFailure } from '../failure.ts';
import type { Exchange, Link, ModelRequest, ModelResponse, Send } from './chain.ts';
import { systemCode } from './system-code.ts';

/** Statuses that may be over in a moment. */
const PASSING = new Set([408, 429, 500, 502, 503, 504, 529]);
const PAUSE_MS = 500;
/** A provider that wants a longer pause is given up: the rules answer at once, and the next run may find it well. */
const LONGEST_PAUSE_MS = 10_000;

/**
 * Asks once more when a provider fails in a way that may pass, then ends the prediction with the reason. ax's own loops are
 * off: nested, they ask a failing server up to sixteen times and sleep without listening to the signal.
 */
export const retryOnce: Link = (next) => async (request, exchange) => {
  const first = await attempt(next, request, exchange);
  if (first.ok) return first.response;
  if (first.pauseMs === undefined) throw first.failure;
  await sleep(first.pauseMs, undefined, { signal: request.signal });
  const second = await attempt(next, request, exchange);
  if (second.ok) return second.response;
  throw second.failure;
};

type Attempt =
  | { readonly ok: true; readonly response: ModelResponse }
  | { readonly ok: false; readonly failure: ModelFailure; readonly pauseMs?: number };

async function attempt(next: Send, request: ModelRequest, exchange: Exchange): Promise<Attempt> {
  try {
    const response = await next(request, exchange);
    if (response.status < 300) return { ok: true, response };
    const failure = tooLong(response.body, exchange) ?? byStatus(response.status, exchange);
    if (!PASSING.has(response.status)) return { ok: false, failure };
    const pauseMs = pauseOf(response.headers.get('retry-after'));
    return pauseMs > LONGEST_PAUSE_MS ? { ok: false, failure } : { ok: false, failure, pauseMs };
  } catch (error) {
    if (error instanceof ModelFailure || request.signal.aborted) throw error;
    const failure = new ModelFailure('unreachable', `${exchange.provider} cannot be reached (${systemCode(error)})`);
    return { ok: false, failure, pauseMs: PAUSE_MS };
  }
}

/** `Retry-After` in milliseconds: seconds, or a date. */
function pauseOf(header: string | null): number {
  if (header === null) return PAUSE_MS;
  const seconds = Number(header);
  const pause = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(pause) ? Math.max(pause, 0) : PAUSE_MS;
}

const ProviderError = z.object({ error: z.object({ code: z.string().nullish(), type: z.string().nullish() }) });

function tooLong(body: unknown, { model }: Exchange): ModelFailure | undefined {
  const parsed = ProviderError.safeParse(body);
  if (!parsed.success) return undefined;
  const { code, type } = parsed.data.error;
  if (code !== 'context_length_exceeded' && type !== 'exceed_context_size_error') return undefined;
  return new ModelFailure('prompt-too-long', `the prompt is too long for ${model}`);
}
