import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type ErrorCode, OpslineError } from '../errors.ts';
import { PROBLEM_TYPE, problemOf } from './problem.ts';

/** Answers what never became a request: bytes that are not HTTP, headers too large, or a request that arrives too slowly. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const [code, detail] = reasonOf(error.code);
  const problem = problemOf(new OpslineError(code, detail));
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\nContent-Type: ${PROBLEM_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function reasonOf(code: string | undefined): [ErrorCode, string] {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return ['request-timeout', 'The request did not arrive in time.'];
  if (code === 'HPE_HEADER_OVERFLOW') return ['headers-too-large', 'Send fewer or shorter headers.'];
  return ['invalid-request', 'This is not an HTTP/1.1 request.'];
}
