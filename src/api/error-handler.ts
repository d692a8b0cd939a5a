import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { OpslineError } from '../errors.ts';
import { PROBLEM_TYPE, type ProblemIssue, pointer, problemOf } from './problem.ts';

/** Renders anything thrown in a request as problem+json, and logs what is our fault. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = understood(error, request);
  const problem = problemOf(known, request.id);
  if (hasZodFastifySchemaValidationErrors(error)) problem.errors = validationIssues(error);
  if (problem.status >= 500) request.log.error({ error: described(error), code: known.code }, 'request failed');
  request.problem = known.code;
  if (problem.status === 503 && problem.retryable) reply.header('retry-after', '1');
  return reply
    .code(problem.status)
    .header('cache-control', 'no-store')
    .type(PROBLEM_TYPE)
    .serializer(JSON.stringify)
    .send(problem);
}

/** The error handler, and the answers to unknown addresses (404) and to methods that an address does not have (405). */
export function addErrorHandling(app: FastifyInstance): void {
  const routes: { methods: readonly string[]; path: RegExp }[] = [];
  app.decorateRequest('problem', undefined);
  app.addHook('onRoute', (route) => {
    routes.push({ methods: [route.method].flat(), path: asPattern(route.url) });
  });
  app.setErrorHandler(sendProblem);
  app.setNotFoundHandler((request, reply) => {
    const path = pathOf(request);
    const allowed = [...new Set(routes.filter((route) => route.path.test(path)).flatMap((route) => route.methods))];
    if (allowed.length === 0 || allowed.includes(request.method)) {
      throw new OpslineError('not-found', `There is nothing at ${path}. /docs lists what there is.`);
    }
    reply.header('allow', allowed.join(', '));
    throw new OpslineError('method-not-allowed', `${path} takes ${allowed.join(', ')}, not ${request.method}.`);
  });
}

/** The path of a request without its query, which may hold what no log should. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '/';
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the problem that was answered, for the log. */
    problem: string | undefined;
  }
}

function asPattern(url: string): RegExp {
  const parts = url.split('/').map((part) => {
    if (part.startsWith(':')) return '[^/]+';
    return part === '*' ? '.*' : part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('/')}$`);
}

const FASTIFY: Readonly<Record<string, [ConstructorParameters<typeof OpslineError>[0], string]>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid-request', 'The body is not valid JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid-request', 'The body is not as long as Content-Length says.'],
  FST_ERR_BAD_URL: ['invalid-request', 'The address is not a valid URL path.'],
  FST_ERR_MAX_PARAM_LENGTH: ['not-found', 'A part of the address is longer than any that exists.'],
};

/** Types of bodies that routes take, most of them the first alone. */
const MEDIA_TYPES = ['application/json', 'application/x-ndjson'];

/** What Fastify says of a body that the route cannot take, with what it does take. */
function bodyRefused(code: string | undefined, { server, routeOptions }: FastifyRequest): OpslineError | undefined {
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new OpslineError(
      'payload-too-large',
      `The body has more than the ${routeOptions.bodyLimit} bytes that this address takes. Send less, or split it.`,
    );
  }
  if (code !== 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return undefined;
  const taken = MEDIA_TYPES.filter((type) => server.hasContentTypeParser(type)).map((type) => `\`${type}\``);
  return new OpslineError(
    'unsupported-media-type',
    `This address does not take that content type. Send \`Content-Type\`: ${taken.join(' or ')}.`,
  );
}

/** Reduces what was thrown to an error of the registry; anything unknown is `internal`. */
function understood(error: unknown, request: FastifyRequest): OpslineError {
  if (error instanceof OpslineError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    return (error as FastifyError).validationContext === 'body'
      ? new OpslineError('invalid-input', 'The body does not fit the schema; `errors` says where.')
      : new OpslineError('invalid-request', 'The parameters do not fit the schema; `errors` says where.');
  }
  const { code, statusCode, message } = error as Partial<FastifyError>;
  const refused = bodyRefused(code, request);
  if (refused !== undefined) return refused;
  const known = code === undefined ? undefined : FASTIFY[code];
  if (known !== undefined) return new OpslineError(known[0], known[1], { cause: error });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new OpslineError('invalid-request', message ?? 'The request is malformed.', { cause: error });
  }
  return new OpslineError('internal', message ?? String(error), { cause: error });
}

function validationIssues(error: { validation: { instancePath: string; message?: string }[] }): ProblemIssue[] {
  const inBody = (error as Partial<FastifyError>).validationContext === 'body';
  return error.validation.map(({ instancePath, message = 'does not fit' }) => {
    const path = instancePath === '/' ? [] : instancePath.split('/').slice(1);
    return inBody
      ? { detail: message, pointer: pointer(path) }
      : { detail: message, ...(path[0] ? { parameter: path[0] } : {}) };
  });
}

/** Type, message and stack only: error objects of clients carry whole commands with their arguments. */
function described(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: described(error.cause) }),
  };
}
