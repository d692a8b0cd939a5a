import { ModelFailure } from './failure.ts';
import type { Exchange } from './fetch/chain.ts';

interface AxError extends Error {
  readonly status?: number;
  readonly originalError?: Error;
}

/**
 * Turns whatever ax threw into a reason. ax wraps client errors (4xx) and not server errors, and its messages carry answers
 * and requests: only names, HTTP statuses and system error codes are taken from them.
 */
export function classify(thrown: unknown, exchange: Exchange, attempts: number): ModelFailure {
  if (exchange.failure !== undefined) return exchange.failure;
  if (thrown instanceof ModelFailure) return thrown;
  const error = innermost(thrown);
  switch (error?.name) {
    case 'AxAIServiceAuthenticationError':
      return new ModelFailure('unauthorized', `${exchange.provider} refuses the key. Check it with: opsline doctor`);
    case 'AxTokenLimitError':
      return new ModelFailure('prompt-too-long', `the prompt is too long for ${exchange.model}`);
    case 'AxAIServiceTimeoutError':
      return new ModelFailure('timeout', `${exchange.model} did not answer in time`);
    case 'AxAIServiceNetworkError':
      return new ModelFailure('unreachable', `${exchange.provider} cannot be reached (${systemCode(error)})`);
    case 'AxAIServiceStatusError':
      return byStatus(error.status ?? 0, exchange);
    case 'AxAIRefusalError':
      return new ModelFailure('refused', `${exchange.model} refused to answer`);
    default:
      return byAnswer(exchange, attempts);
  }
}

function innermost(thrown: unknown): AxError | undefined {
  let error = thrown;
  for (let depth = 0; depth < 5 && error instanceof Error && error.name === 'AxGenerateError'; depth += 1) {
    if (!(error.cause instanceof Error)) break;
    error = error.cause;
  }
  return error instanceof Error ? error : undefined;
}

function systemCode(error: AxError): string {
  const inner = error.originalError;
  const cause = inner?.cause ?? inner;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === 'string' && /^[A-Z0-9_]{2,40}$/.test(code) ? code : 'no connection';
}

/** The reason behind an HTTP status of a provider. */
export function byStatus(status: number, of: { readonly provider: string; readonly model: string }): ModelFailure {
  if (status === 401 || status === 403) {
    return new ModelFailure(
      'unauthorized',
      `${of.provider} refuses the key (HTTP ${status}). Check it with: opsline doctor`,
    );
  }
  if (status === 404) {
    return new ModelFailure('bad-request', `${of.provider} has no model of this name: ${of.model} (HTTP 404)`);
  }
  if (status === 413) return new ModelFailure('prompt-too-long', `the prompt is too long for ${of.model} (HTTP 413)`);
  if (status === 429) return new ModelFailure('rate-limited', `${of.provider} is rate limiting (HTTP 429)`);
  if (status === 408 || status === 504)
    return new ModelFailure('timeout', `${of.model} did not answer in time (HTTP ${status})`);
  if (status >= 500) return new ModelFailure('provider-error', `${of.provider} failed (HTTP ${status})`);
  return new ModelFailure('bad-request', `${of.provider} rejected the request (HTTP ${status})`);
}

function byAnswer({ model, seen, issues }: Exchange, attempts: number): ModelFailure {
  if (seen.finish === 'length')
    return new ModelFailure('truncated', `the answer of ${model} was cut off at its token limit`);
  if (seen.finish === 'refusal') return new ModelFailure('refused', `${model} refused to answer`);
  const where = issues.length === 0 ? '' : `: ${issues.slice(0, 3).join('; ')}`;
  return new ModelFailure(
    'bad-output',
    `the answer of ${model} did not fit its schema in ${attempts} attempts${where}`,
  );
}
