import { setTimeout as sleep } from 'node:timers/promises';
import type { Link } from './chain.ts';
import type { Counters } from './counters.ts';

export interface RateLimitOptions {
  readonly perMinute?: number | undefined;
  readonly counters: Counters;
  readonly now?: () => number;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * Holds a request back until its provider may be asked again: so many requests in each minute of the clock, over all processes
 * that share the counters. Waiting counts towards the prediction's own time limit. When the counters cannot be reached the
 * request goes out: the provider has a limit of its own.
 */
export function rateLimit({ perMinute, counters, now = Date.now, wait = pause }: RateLimitOptions): Link {
  if (perMinute === undefined) return (next) => next;
  return (next) => async (request, exchange) => {
    for (;;) {
      const time = now();
      const minute = Math.floor(time / 60_000);
      const count = await counters.add(`requests:${exchange.provider}:${minute}`, 1, 120).catch(() => 0);
      if (count <= perMinute) return next(request, exchange);
      await wait((minute + 1) * 60_000 - time, request.signal);
    }
  };
}

function pause(ms: number, signal: AbortSignal): Promise<unknown> {
  return sleep(ms, undefined, { signal });
}
