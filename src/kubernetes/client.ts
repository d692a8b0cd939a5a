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

/** Reads from one cluster, and can do nothing else: every request is a GET. */
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
    return this.#gate.run(async () => {
      for (let tries = 0; ; tries++) {
        const { status, retryAfter, ...answer } = await this.#request(path, options);
        if (status >= 200 && status < 300) return answer;
        if ((status === 429 || status === 503) && tries === 0) {
          await this.#pause(Math.min(MAX_RETRY_MS, retryAfter ?? RETRY_MS));
          continue;
        }
        throw refusal(status, answer.body);
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
  ): Promise<Answer & { status: number; retryAfter?: number }> {
    this.#requireTime();
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
        `${server}${path}`,
        {
          method: 'GET',
          agent: this.#agent,
          headers: {
            accept,
            'accept-encoding': 'gzip',
            'user-agent': 'opsline-explain',
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
      request.end();
    });
  }
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
