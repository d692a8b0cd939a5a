import type { IncomingMessage } from 'node:http';
import { OpslineError } from '../errors.ts';

/**
 * Refuses a request with several Host headers, and one of HTTP/1.1 without any (RFC 9112 §3.2): a proxy in front may have
 * looked at another one than we do.
 */
export function requireOneHost({ rawHeaders, httpVersion }: IncomingMessage): void {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]?.toLowerCase() === 'host') hosts += 1;
  if (hosts === 1 || (hosts === 0 && httpVersion === '1.0')) return;
  throw new OpslineError('invalid-request', `The request has ${hosts} Host headers. Send one.`);
}
