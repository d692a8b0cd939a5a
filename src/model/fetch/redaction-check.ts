import { redact } from '../redaction.ts';
import type { Link } from './chain.ts';

/**
 * Nothing leaves with a secret in it. Evidence is redacted when it is collected; this is the check behind that, in the one
 * place that every request to every provider passes.
 */
export const redactionCheck: Link = (next) => (request, exchange) => {
  const { value } = redact(request.body);
  return next({ ...request, body: value }, exchange);
};
