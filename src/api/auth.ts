import type { FastifyInstance, FastifyRequest } from 'fastify';
import { OpslineError } from '../errors.ts';
import { hostName, isLoopback } from './loopback.ts';
import { allows, type Scope } from './scopes.ts';
import type { TokenInfo, TokenStore } from './tokens.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope a caller needs; `public` needs no token. A route that declares none needs `admin`. */
    scope?: Scope | 'public';
    /** Whether a browser may send the token as the password of HTTP Basic: pages cannot set a bearer header. */
    browser?: boolean;
  }
  interface FastifyRequest {
    /** Who asks: the holder of a token, or anyone on this machine while the service is open. */
    caller: TokenInfo | 'open' | undefined;
  }
}

export interface AuthOptions {
  readonly tokens: TokenStore;
  /** The address that is listened on. */
  readonly host: string;
  /** Host names that are answered beside loopback ones; given, no others are, with or without a token. */
  readonly allowedHosts?: readonly string[];
}

/**
 * Authentication and authorisation for every route.
 *
 * The service is open (no token needed) only while it is bound to loopback and no token exists. A web page can reach a
 * loopback port through its visitor's browser, so an open service answers only to loopback Host headers (DNS rebinding),
 * only to its own Origin, and takes a POST only with a content type that a page cannot send unasked.
 */
export function addAuth(app: FastifyInstance, options: AuthOptions): void {
  const { tokens } = options;
  const allowedHosts = options.allowedHosts?.map((name) => name.toLowerCase());
  const mayBeOpen = isLoopback(options.host);
  app.decorateRequest('caller', undefined);

  // Who asks is found first and judged only after the rate limit (a route's own onRequest hook), so that guessing
  // tokens is limited by address.
  app.addHook('onRequest', async (request) => {
    if (isPublic(request)) return;
    const header = request.headers.authorization;
    if (header !== undefined) {
      const token = credentials(header, request.routeOptions.config.browser === true);
      request.caller = token === undefined ? undefined : await tokens.verify(token);
    } else if (mayBeOpen && !(await tokens.any())) {
      request.caller = 'open';
    }
  });

  app.addHook('preParsing', async (request, reply) => {
    if (isPublic(request)) return;
    const scope = neededScope(request);
    if (request.caller === 'open' || allowedHosts !== undefined) refuseOtherHosts(request, allowedHosts ?? []);
    if (request.caller === 'open') return refuseForeignPages(request);
    if (request.caller === undefined) {
      const given = request.headers.authorization !== undefined;
      const bearer = `Bearer realm="opsline"${given ? ', error="invalid_token"' : ''}`;
      const basic = request.routeOptions.config.browser === true ? ['Basic realm="opsline: token as password"'] : [];
      reply.header('www-authenticate', [bearer, ...basic]);
      throw new OpslineError(
        'unauthorized',
        given
          ? 'The token is malformed, unknown, revoked or expired. `opsline token create` makes a new one.'
          : 'Send a token as `Authorization: Bearer opsline_…`. `opsline token create` makes one.',
      );
    }
    if (!allows(request.caller.scopes, scope)) {
      reply.header('www-authenticate', `Bearer realm="opsline", error="insufficient_scope", scope="${scope}"`);
      throw new OpslineError(
        'forbidden',
        `This needs the scope ${scope}; the token has ${request.caller.scopes.join(', ')}.`,
      );
    }
  });
}

/**
 * Refuses a bind that would open the service to the network while no token exists. Throws `open-bind-refused`, or
 * `redis-unavailable` when the tokens cannot be read.
 */
export async function requireTokensFor(host: string, tokens: TokenStore): Promise<void> {
  if (isLoopback(host) || (await tokens.any())) return;
  throw new OpslineError(
    'open-bind-refused',
    `Binding to ${host} would let anyone on the network use the service, because no token exists. ` +
      'Make one with `opsline token create`, or bind to 127.0.0.1.',
  );
}

/** A stable name for the caller: scopes idempotency keys and rate limits. */
export function callerId(request: FastifyRequest): string {
  if (request.caller === 'open') return 'open';
  return request.caller?.id ?? `ip-${request.ip}`;
}

function neededScope(request: FastifyRequest): Scope {
  const scope = request.routeOptions.config.scope;
  return scope === undefined || scope === 'public' ? 'admin' : scope;
}

function isPublic(request: FastifyRequest): boolean {
  return request.is404 || request.routeOptions.config.scope === 'public';
}

function credentials(header: string, browser: boolean): string | undefined {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/.exec(header) ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (!browser || scheme.toLowerCase() !== 'basic') return undefined;
  const text = Buffer.from(value, 'base64').toString();
  return text.slice(text.indexOf(':') + 1);
}

// What a page may send across origins without a preflight request (the Fetch standard's CORS-safelisted types).
const UNASKED = /^\s*(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\s*(;|$)/i;

function refuseOtherHosts(request: FastifyRequest, allowed: readonly string[]): void {
  const name = hostName(request.headers.host);
  if (name !== undefined && (isLoopback(name) || allowed.includes(name.toLowerCase()))) return;
  throw new OpslineError(
    'host-not-allowed',
    'The service answers only to localhost, 127.0.0.1, [::1] and the names in OPSLINE_ALLOWED_HOSTS. Use one of these.',
  );
}

function refuseForeignPages(request: FastifyRequest): void {
  const { host, origin, 'content-type': type } = request.headers;
  // A proxy in front may speak https where we do not.
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    throw new OpslineError(
      'host-not-allowed',
      'Without tokens the service takes no requests from pages of other origins. Make a token with `opsline token create`.',
    );
  }
  if (request.method === 'POST' && (type === undefined || UNASKED.test(type))) {
    throw new OpslineError('unsupported-media-type', 'Send `Content-Type: application/json`.');
  }
}
