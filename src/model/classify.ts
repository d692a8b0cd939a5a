import { ModelFailure } from './failure.ts';
import type { Exchange } from './fetch/chain.ts';

/**
 * Turns whatever ax threw into a reason. Failures of the provider have ended the exchange with a reason of their own; what is
 * left is an answer that could not be used. ax's messages carry answers and requests, so nothing is taken from them.
 */
export function classify(thrown: unknown, exchange: Exchange, attempts: number): ModelFailure {
  const { failure, model, seen, issues } = exchange;
  if (failure !== undefined) return failure;
  if (thrown instanceof ModelFailure) return thrown;
  if (seen.finish === 'length')
    return new ModelFailure('truncated', `the answer of ${model} was cut off at its token limit`);
  if (seen.finish === 'refusal') return new ModelFailure('refused', `${model} refused to answer`);
  const where = issues.length === 0 ? '' : `: ${issues.slice(0, 3).join('; ')}`;
  return new ModelFailure(
    'bad-output',
    `the answer of ${model} did not fit its schema in ${attempts} attempts${where}`,
  );
}

/** The reason behind an HTTP status of a provider. */
export function byStatus(status: number, of: { readonly provider: string; readonly model: string }): ModelFailure {
  const { provider, model } = of;
  const http = `(HTTP ${status})`;
  if (status === 401 || status === 403) {
    return new ModelFailure('unauthorized', `${provider} refuses the key ${http}. Check it with: opsline doctor`);
  }
  if (status === 404) return new ModelFailure('bad-request', `${provider} has no model of this name: ${model} ${http}`);
  if (status === 413) return new ModelFailure('prompt-too-long', `the prompt is too long for ${model} ${http}`);
  if (status === 429) return new ModelFailure('rate-limited', `${provider} is rate limiting ${http}`);
  if (status === 408 || status === 504) return new ModelFailure('timeout', `${model} did not answer in time ${http}`);
  if (status >= 500) return new ModelFailure('provider-error', `${provider} failed ${http}`);
  return new ModelFailure('bad-request', `${provider} rejected the request ${http}`);
}
