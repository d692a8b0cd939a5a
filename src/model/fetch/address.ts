import type { Link } from './chain.ts';

/**
 * Sends requests to another server than the one ax has built in for a provider's own wire format, for which it takes no
 * address: `https://api.anthropic.com/v1/messages` goes to `<baseUrl>/v1/messages`.
 */
export function at(baseUrl: string | undefined): Link {
  if (baseUrl === undefined) return (next) => next;
  const base = baseUrl.replace(/\/+$/, '');
  return (next) => (request, exchange) => {
    const { pathname, search } = new URL(request.url);
    return next({ ...request, url: `${base}${pathname}${search}` }, exchange);
  };
}
