import { finished, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest, RequestPayload } from 'fastify';
import { OpslineError } from '../errors.ts';

/**
 * A preParsing hook that takes bodies with `Content-Encoding: gzip`. The unpacked body may have as many bytes as a plain one;
 * unpacking stops there, so that a small body cannot cost much. Throws `payload-too-large`, `invalid-request` for what is not gzip,
 * `unsupported-media-type` for other encodings.
 */
export async function unpackGzip(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: RequestPayload,
): Promise<RequestPayload> {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return payload;
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    reply.header('accept-encoding', 'gzip');
    throw new OpslineError(
      'unsupported-media-type',
      'This address takes bodies as they are, or with `Content-Encoding: gzip`.',
    );
  }
  const gunzip = createGunzip();
  // A client that hangs up ends its body without an end.
  finished(payload, (error) => {
    if (error) gunzip.destroy(error);
  });
  const unpacked = Readable.from(limited(payload.pipe(gunzip), request.routeOptions.bodyLimit), { objectMode: false });
  // What Fastify holds against Content-Length.
  return Object.defineProperty(unpacked, 'receivedEncodedLength', { get: () => gunzip.bytesWritten });
}

async function* limited(unpacking: AsyncIterable<Buffer>, limit: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  try {
    for await (const chunk of unpacking) {
      bytes += chunk.length;
      if (bytes > limit) {
        throw new OpslineError(
          'payload-too-large',
          `The body has more than ${limit} bytes when it is unpacked. Split it.`,
        );
      }
      yield chunk;
    }
  } catch (error) {
    if (error instanceof OpslineError) throw error;
    throw new OpslineError('invalid-request', 'The body is not gzip to its end, as `Content-Encoding` says.', {
      cause: error,
    });
  }
}
