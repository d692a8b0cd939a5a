import { digest } from '../../digest.ts';
import { OpslineError } from '../../errors.ts';
import { ModelFailure } from '../failure.ts';
import { readAnswer } from './answer.ts';

/** One prediction on its way through the chain: who asks what of whom, and what came of it so far. */
export interface Exchange {
  /** The signature's name. */
  readonly signature: string;
  readonly runId: string;
  readonly provider: string;
  /** `<provider>:<model>` */
  readonly model: string;
  readonly maxTokens: number;
  /** What the answers said of themselves, summed over the correction turns of one prediction. */
  readonly seen: Seen;
  /** Where the last answer did not fit its schema: paths and rules, no content. */
  issues: readonly string[];
  /** Set by a link that ends the prediction: no retry would help. */
  failure?: ModelFailure;
  /** Set when a replay has no recording. */
  missing?: OpslineError;
}

export interface Seen {
  requests: number;
  inputTokens: number;
  outputTokens: number;
  finish?: 'stop' | 'length' | 'refusal' | 'other';
  responseDigest?: string;
  /** Answers served from recordings. */
  recorded: number;
}

/** A request as it leaves ax: a JSON body for one of the provider's addresses. */
export interface ModelRequest {
  readonly url: string;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
  readonly signal: AbortSignal;
}

export interface ModelResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export type Send = (request: ModelRequest, exchange: Exchange) => Promise<ModelResponse>;
export type Link = (next: Send) => Send;

/** Links in the order in which a request meets them, ending at the transport. */
export function chain(links: readonly Link[], transport: Send): Send {
  return links.reduceRight((next, link) => link(next), transport);
}

/**
 * The `fetch` that one prediction gives to ax. A `ModelFailure` or a missing recording on the way is kept in the exchange and
 * `end` is called, because ax would take any error of `fetch` for a network error and try again.
 */
export function fetchThrough(send: Send, exchange: Exchange, end: () => void): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const body = (await request.json()) as Record<string, unknown>;
    const { url, headers, signal } = request;
    try {
      const response = await send({ url, headers, body, signal }, exchange);
      note(exchange.seen, response);
      return Response.json(response.body, { status: response.status });
    } catch (error) {
      if (error instanceof ModelFailure) exchange.failure = error;
      else if (error instanceof OpslineError) exchange.missing = error;
      else throw error;
      end();
      throw error;
    }
  };
}

function note(seen: Seen, response: ModelResponse): void {
  seen.requests += 1;
  if (response.status >= 300) return;
  const answer = readAnswer(response.body);
  seen.inputTokens += answer.inputTokens ?? 0;
  seen.outputTokens += answer.outputTokens ?? 0;
  seen.responseDigest = digest(response.body);
  if (answer.finish !== undefined) seen.finish = answer.finish;
}
