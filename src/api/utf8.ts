import { isUtf8 } from 'node:buffer';
import type { FastifyRequest } from 'fastify';
import { OpslineError } from '../errors.ts';

/** US-ASCII is a part of UTF-8. */
const TAKEN = /^(?:utf-?8|us-ascii|ascii)$/i;

/**
 * The text of a body, without a byte order mark. Nothing is replaced: ids that differ must not become one. Throws
 * `unsupported-media-type` where `Content-Type` names another charset than UTF-8, `invalid-request` where the bytes are not UTF-8.
 */
export function utf8Text({ headers }: Pick<FastifyRequest, 'headers'>, body: Buffer): string {
  const [, charset] = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(headers['content-type'] ?? '') ?? [];
  if (charset !== undefined && !TAKEN.test(charset)) {
    throw new OpslineError(
      'unsupported-media-type',
      `Bodies are read as UTF-8, not as ${charset.slice(0, 40)}. Send them in UTF-8, and no charset or \`charset=utf-8\`.`,
    );
  }
  if (!isUtf8(body)) {
    throw new OpslineError('invalid-request', `The body is not UTF-8${placeOf(body)}. Send it in UTF-8.`);
  }
  const text = body.toString('utf8');
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/** The line that holds the first wrong byte. */
function placeOf(body: Buffer): string {
  let start = 0;
  for (let line = 1; ; line += 1) {
    const end = body.indexOf(0x0a, start);
    if (!isUtf8(body.subarray(start, end === -1 ? undefined : end))) return ` (line ${line})`;
    if (end === -1) return '';
    start = end + 1;
  }
}
