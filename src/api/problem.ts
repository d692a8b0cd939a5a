import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { ERRORS, type ErrorCode, type OpslineError } from '../errors.ts';

const errorCodes = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

/** One thing wrong with a request: a JSON pointer into the body, or the name of a parameter or header. */
export const ProblemIssue = z.object({
  detail: z.string(),
  pointer: z.string().optional().describe('JSON pointer into the request body, as a URI fragment'),
  parameter: z.string().optional().describe('Name of the path or query parameter, or of the header'),
});

/** An RFC 9457 problem as every error answer carries it. */
export const Problem = z.object({
  type: z.string().describe('urn:opsline:error:<code>, described in docs/errors.md'),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.enum(errorCodes),
  retryable: z.boolean().describe('Whether the same request may succeed later without a change'),
  instance: z.string().optional().describe('urn:opsline:request:<id>, the id that the log carries'),
  errors: z.array(ProblemIssue).optional(),
});
export type Problem = z.infer<typeof Problem>;
export type ProblemIssue = z.infer<typeof ProblemIssue>;

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** Whose messages stay inside: they quote addresses, paths, or what a library said about what it was given. */
const INSIDE: Partial<Record<ErrorCode, string>> = {
  internal: 'The request failed inside opsline. The log holds the cause under the id in `instance`.',
  'redis-unavailable': 'Redis cannot be reached. Nothing that had been accepted is lost. Try again shortly.',
};

/** The problem that tells a caller of an error. */
export function problemOf(error: OpslineError, requestId?: string): Problem {
  const { title, status, retryable } = ERRORS[error.code];
  const errors = issuesOf(error);
  return {
    type: `urn:opsline:error:${error.code}`,
    title,
    status,
    detail: INSIDE[error.code] ?? error.message,
    code: error.code,
    retryable,
    ...(requestId === undefined ? {} : { instance: `urn:opsline:request:${requestId}` }),
    ...(errors.length === 0 ? {} : { errors }),
  };
}

/** A path into JSON as an RFC 6901 pointer in URI fragment form. */
export function pointer(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      `${text}/${encodeURIComponent(String(part).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'))}`,
    '#',
  );
}

function issuesOf(error: OpslineError): ProblemIssue[] {
  if (error.cause instanceof z.core.$ZodError) {
    return error.cause.issues.map((issue) => ({ detail: issue.message, pointer: pointer(issue.path) }));
  }
  return error.issues.map(({ path, message }) =>
    path.startsWith('/') || path === ''
      ? { detail: message, pointer: pointer(path.split('/').slice(1)) }
      : { detail: `${path}: ${message}` },
  );
}

/**
 * The error answers of a route for its schema and the OpenAPI document: those named, and those any route may give.
 * Statuses with several codes list each.
 */
export function problems(...codes: ErrorCode[]): Record<number, ProblemResponse> {
  const always: ErrorCode[] = ['unauthorized', 'forbidden', 'host-not-allowed', 'rate-limited', 'internal'];
  const byStatus = Map.groupBy(
    new Set<ErrorCode>([...codes, ...always, 'redis-unavailable', 'shutting-down']),
    (code) => ERRORS[code].status,
  );
  return Object.fromEntries(
    [...byStatus].map(([status, list]) => [
      status,
      {
        description: `${STATUS_CODES[status]}: ${list.map((code) => `\`${code}\` (${ERRORS[code].title})`).join(', ')}`,
        content: { 'application/problem+json': { schema: Problem } },
      },
    ]),
  );
}

interface ProblemResponse {
  description: string;
  content: { 'application/problem+json': { schema: typeof Problem } };
}
