import http from 'node:http';
import https from 'node:https';
import { createGunzip } from 'node:zlib';
import { OpslineError } from '../errors.ts';
import { asObject, at, type Json, text } from '../json.ts';
import { type Credentials, credentialsOf } from './credentials.ts';
import { connectionFailure, ReadFailure } from './failure.ts';
import { Gate } from './gate.ts';
import type { Access } from './kubeconfig.ts';

/** Requests at a time: what one round of a namespace needs, and no more than a busy API server gladly gives one caller. */
const CONCURRENCY = 24;
const REQUEST_MS = 10_000;
/** Most bytes of one answer, unpacked. */
const MAX_BYTES = 32 * 1024 * 1024;
/** An overloaded server is asked once more, after what it says or this. */
const RETRY_MS = 500;
const MAX_RETRY_MS = 2000;

export interface GetOptions {
  readonly accept?: string;
  readonly maxBytes?: number;
  /** Past `maxBytes`, what came so far is the answer. */
  readonly cut?: boolean;
}

export interface Limits {
  /** Ends everything; its reason is what is thrown then. */
  readonly signal: AbortSignal;
  /** What is not read within this time is a `timeout`, ms. */
  readonly wholeMs: number;
  readonly requestMs?: number;
}

export interface Answer {
  readonly body: Buffer;
  readonly cut: boolean;
}

/** What an API server says to a dry run, whatever its status is. */
export interface Verdict {
  readonly status: number;
  /** The object as it would be, or a `Status`. */
  readonly body: Json;
  /** The texts of its `Warning` headers. */
  readonly warnings: readonly string[];
}

/** An object to try: as a new one in the collection of that path, or applied to the one at that path by a field manager. */
export interface Trial {
  readonly path: string;
  readonly object: object;
  readonly manager?: string;
}

interface Received extends Answer {
  readonly status: number;
  readonly retryAfter?: number;
  readonly warnings: readonly string[];
}

/** Speaks to one cluster and can change nothing: every request is a GET or, made by `tryOut` alone, a dry run. */
export class ClusterClient {
  readonly access: Access;
  /** Requests made, and bytes of their answers, unpacked. */
  readonly spent = { requests: 0, bytes: 0 };
  readonly #credentials: Credentials;
  readonly #agent: http.Agent;
  readonly #gate = new Gate(CONCURRENCY);
  readonly #signal: AbortSignal;
  /** When the time for all of it is up. */
  readonly #deadline: AbortSignal;
  readonly #wholeMs: number;
  readonly #requestMs: number;

  private constructor(access: Access, credentials: Credentials, { signal, wholeMs, requestMs = REQUEST_MS }: Limits) {
    this.access = access;
    this.#credentials = credentials;
    this.#signal = signal;
    this.#deadline = AbortSignal.timeout(wholeMs);
    this.#wholeMs = wholeMs;
    this.#requestMs = requestMs;
    const options = { keepAlive: true, maxSockets: CONCURRENCY, proxyEnv: proxyOf(access) };
    this.#agent = access.cluster.server.startsWith('http:')
      ? new http.Agent(options)
      : new https.Agent({ ...options, ...credentials.tls });
  }

  /** Reads the credentials; connects with the first request. See `credentialsOf` for errors. */
  static async open(access: Access, limits: Limits): Promise<ClusterClient> {
    const { server, skipTLSVerify } = access.cluster;
    const credentials = await credentialsOf(access, limits.signal);
    if (server.startsWith('http:') && !skipTLSVerify && credentials.headers.authorization !== undefined) {
      const detail = `The context ${access.name} would send its credentials in clear text to ${server}. Use https.`;
      throw new OpslineError('kubeconfig-invalid', detail);
    }
    return new ClusterClient(access, credentials, limits);
  }

  /** The object or list at a path. Throws a `ReadFailure`, or the signal's reason. */
  async json(path: string, options: GetOptions = {}): Promise<Json> {
    const { body } = await this.get(path, { accept: 'application/json', ...options });
    try {
      return asObject(JSON.parse(body.toString('utf8')));
    } catch (cause) {
      throw new ReadFailure('failed', 'the answer is no JSON', { cause });
    }
  }

  /** The bytes at a path. Throws as `json` does. */
  async get(path: string, options: GetOptions = {}): Promise<Answer> {
    const { status, body, cut } = await this.#patiently(path, options);
    if (status >= 200 && status < 300) return { body, cut };
    throw refusal(status, body);
  }

  /**
   * Asks what would become of an object, by a dry run with strict validation of its fields: the whole chain of admission, and nothing
   * is kept. A refusal is a verdict; throws a `ReadFailure` where there is none (no connection, no time, bad credentials).
   */
  async tryOut(trial: Trial): Promise<Verdict> {
    const { status, body, warnings } = await this.#patiently(trial.path, {}, trial);
    if (status === 401) throw refusal(status, body);
    let said: Json = {};
    try {
      said = asObject(JSON.parse(body.toString('utf8')));
    } catch {
      throw new ReadFailure('failed', `status ${status}, and the answer is no JSON`);
    }
    return { status, body: said, warnings };
  }

  async #patiently(path: string, options: GetOptions, trial?: Trial): Promise<Received> {
    return this.#gate.run(async () => {
      for (let tries = 0; ; tries++) {
        const answer = await this.#request(path, options, trial);
        if ((answer.status !== 429 && answer.status !== 503) || tries > 0) return answer;
        await this.#pause(Math.min(MAX_RETRY_MS, answer.retryAfter ?? RETRY_MS));
      }
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  async #pause(ms: number): Promise<void> {
    const { setTimeout: sleep } = await import('node:timers/promises');
    await sleep(ms, undefined, { signal: this.#signal });
    this.#requireTime();
  }

  #requireTime(): void {
    this.#signal.throwIfAborted();
    if (this.#deadline.aborted)
      throw new ReadFailure('timeout', `the ${this.#wholeMs / 1000} s for reading the cluster were over`);
  }

  async #request(
    path: string,
    { accept = '*/*', maxBytes = MAX_BYTES, cut = false }: GetOptions,
    trial?: Trial,
  ): Promise<Received> {
    this.#requireTime();
    const sent = trial === undefined ? undefined : dryRunOf(trial);
    this.spent.requests++;
    const { server } = this.access.cluster;
    const late = AbortSignal.timeout(this.#requestMs);
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        try {
          this.#requireTime();
          if (late.aborted) throw new ReadFailure('timeout', `no whole answer within ${this.#requestMs / 1000} s`);
          throw error instanceof ReadFailure ? error : connectionFailure(error, server);
        } catch (reason) {
          reject(reason);
        }
      };
      const request = (server.startsWith('http:') ? http : https).request(
        `${server}${sent?.path ?? path}`,
        {
          method: sent?.method ?? 'GET',
          agent: this.#agent,
          headers: {
            accept,
            'accept-encoding': 'gzip',
            'user-agent': 'opsline',
            ...sent?.headers,
            ...this.#credentials.headers,
          },
          signal: AbortSignal.any([this.#signal, this.#deadline, late]),
        },
        (response) => {
          const packed = response.headers['content-encoding'] === 'gzip';
          const stream = packed ? response.pipe(createGunzip()) : response;
          const parts: Buffer[] = [];
          let bytes = 0;
          const done = (isCut: boolean): void => {
            this.spent.bytes += bytes;
            const seconds = Number(response.headers['retry-after']);
            resolve({
              body: Buffer.concat(parts),
              cut: isCut,
              status: response.statusCode ?? 0,
              warnings: (response.headersDistinct.warning ?? []).map(warningText),
              ...(Number.isFinite(seconds) ? { retryAfter: seconds * 1000 } : {}),
            });
          };
          response.on('error', fail);
          if (packed) stream.on('error', fail);
          stream.on('data', (part: Buffer) => {
            bytes += part.length;
            if (bytes <= maxBytes) parts.push(part);
            else {
              if (cut) done(true);
              else reject(new ReadFailure('too-large', `the answer has more than ${maxBytes / 1024 / 1024} MiB`));
              response.destroy();
            }
          });
          stream.on('end', () => done(false));
        },
      );
      request.on('error', fail);
      request.end(sent?.body);
    });
  }
}

/** The only requests that are no GET: nothing leaves here without `dryRun=All`. */
function dryRunOf({ path, object, manager }: Trial) {
  if (!/^\/apis?\/[^?#\s]+$/.test(path)) throw new TypeError(`no path of an API: ${path}`);
  const applies = manager === undefined ? {} : { fieldManager: manager, force: 'true' };
  const query = new URLSearchParams({ ...applies, dryRun: 'All', fieldValidation: 'Strict' });
  const body = Buffer.from(JSON.stringify(object));
  const type = manager === undefined ? 'application/json' : 'application/apply-patch+yaml';
  return {
    path: `${path}?${query}`,
    method: manager === undefined ? ('POST' as const) : ('PATCH' as const),
    headers: { accept: 'application/json', 'content-type': type, 'content-length': body.length },
    body,
  };
}

/** `299 - "text"`, as RFC 7234 has it. */
function warningText(header: string): string {
  const quoted = /^\d{3} \S+ "((?:[^"\\]|\\.)*)"/.exec(header)?.[1];
  return quoted === undefined ? header : quoted.replaceAll(/\\(.)/g, '$1');
}

/** A proxy is the kubeconfig's, else the environment's. */
function proxyOf({ cluster }: Access): NodeJS.ProcessEnv {
  const { proxyUrl } = cluster;
  if (!proxyUrl) return process.env;
  if (/^https?:/.test(proxyUrl)) return { HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl };
  throw new OpslineError('kubeconfig-invalid', 'The kubeconfig names a proxy that is neither http:// nor https://.');
}

function refusal(status: number, body: Buffer): ReadFailure {
  let answer: Json = {};
  try {
    answer = asObject(JSON.parse(body.toString('utf8')));
  } catch {
    // A proxy's page, perhaps.
  }
  const said = (text(answer.message) ?? '').slice(0, 300);
  if (status === 401) return new ReadFailure('unauthorized', said || 'Unauthorized');
  if (status === 403) return new ReadFailure('forbidden', said);
  if (status === 404) return new ReadFailure('missing', said);
  if (status === 410) return new ReadFailure('expired', said, { resume: text(at(answer, 'metadata', 'continue')) });
  return new ReadFailure('failed', `status ${status}${said === '' ? '' : `: ${said}`}`);
}
