import { ModelFailure } from '../failure.ts';
import { readAnswer } from './answer.ts';
import type { Link, ModelRequest } from './chain.ts';
import type { Counters } from './counters.ts';

export interface BudgetOptions {
  /** Tokens, prompt and answer together, that one run may use. */
  readonly perRun?: number | undefined;
  /** Tokens that all runs of a UTC day may use, in every process that shares the counters. */
  readonly perDay?: number | undefined;
  readonly counters: Counters;
  readonly now?: () => Date;
}

const RUN_SECONDS = 24 * 3600;
const DAY_SECONDS = 48 * 3600;

/**
 * Ends a prediction that could use more tokens than are left. What a request may cost at most (its prompt at four bytes a
 * token, and the tokens it asks for) is taken before it is sent and set right by the answer's own figures, so that calls at
 * the same time cannot overdraw together. A failed request costs nothing; one that was never settled because its process died
 * stays taken.
 */
export function budget({ perRun, perDay, counters, now = () => new Date() }: BudgetOptions): Link {
  if (perRun === undefined && perDay === undefined) return (next) => next;
  return (next) => async (request, exchange) => {
    const day = now().toISOString().slice(0, 10);
    const accounts = [
      { key: `tokens:run:${exchange.runId}`, limit: perRun, seconds: RUN_SECONDS, of: 'of this run' },
      { key: `tokens:day:${day}`, limit: perDay, seconds: DAY_SECONDS, of: 'of the day' },
    ].filter((account): account is Account => account.limit !== undefined);
    const most = mostTokens(request, exchange.maxTokens);
    const taken: Account[] = [];
    let used = 0;
    try {
      for (const account of accounts) {
        const total = await add(counters, account, most);
        taken.push(account);
        if (total > account.limit) throw over(account, total - most);
      }
      const response = await next(request, exchange);
      const { inputTokens = 0, outputTokens = 0 } = readAnswer(response.body);
      used = inputTokens + outputTokens;
      return response;
    } finally {
      // Counting must not turn an answer into an error: what cannot be given back stays taken.
      for (const account of taken) await add(counters, account, used - most).catch(() => {});
    }
  };
}

interface Account {
  readonly key: string;
  readonly limit: number;
  readonly seconds: number;
  readonly of: string;
}

async function add(counters: Counters, { key, seconds }: Account, amount: number): Promise<number> {
  try {
    return await counters.add(key, amount, seconds);
  } catch {
    throw new ModelFailure('budget', 'the token budget cannot be read, so no model is asked');
  }
}

function over({ of, limit }: Account, before: number): ModelFailure {
  return new ModelFailure(
    'budget',
    `token budget ${of}: ${before} of ${limit} tokens are used or taken, too few are left`,
  );
}

function mostTokens({ body }: ModelRequest, maxTokens: number): number {
  return Math.ceil(Buffer.byteLength(JSON.stringify(body)) / 4) + maxTokens;
}
