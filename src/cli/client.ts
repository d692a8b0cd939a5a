import { setTimeout as sleep } from 'node:timers/promises';
import { ERRORS, type ErrorCode, type Issue, OpslineError } from '../errors.ts';
import { systemCode } from '../model/fetch/system-code.ts';
import { isFinal, Run } from '../runs/run.ts';
import { eventsIn, type StreamEvent } from './sse.ts';

/** A run is looked at this often: what a person sees is never older. Milliseconds. */
const POLL_MS = 300;

/** The opsline HTTP API, as far as the CLI needs it. Problems come back as the {@link OpslineError} they were. */
export interface Client {
  readonly url: string;
  request(method: string, path: string, options?: RequestOptions): Promise<unknown>;
  /** The events of a stream (text/event-stream), until the server ends it. */
  events(path: string, options?: RequestOptions): AsyncGenerator<StreamEvent>;
  /** What a GET answers, as it arrives. */
  stream(path: string, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  /** Starts a run and waits until it is final. `onRun` sees it each time the server answers. */
  run(pipeline: string, input: unknown, onRun: (run: Run) => void, signal?: AbortSignal): Promise<Run>;
}

export interface RequestOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** A list is a parameter that is named several times. */
  readonly query?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/** A client for the service at `url`; `token` is sent as a bearer token. */
export function createClient(url: string, token: string | undefined): Client {
  const base = url.replace(/\/+$/, '');
  const shown = withoutPassword(base);
  const ask = async (
    method: string,
    path: string,
    { body, headers = {}, query = {}, signal }: RequestOptions,
  ): Promise<Response> => {
    const address = new URL(`${base}${path}`);
    for (const [name, value] of Object.entries(query)) {
      for (const each of [value ?? []].flat()) address.searchParams.append(name, String(each));
    }
    let response: Response;
    try {
      response = await fetch(address, {
        method,
        headers: {
          accept: 'application/json, application/problem+json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (cause) {
      if (signal?.aborted === true) throw cause;
      const detail = `No opsline answers at ${shown} (${systemCode(cause)}). Start one with: opsline up`;
      throw new OpslineError('service-unreachable', detail, { cause });
    }
    if (!response.ok) throw problem(response.status, await response.text(), `${method} ${path}`);
    return response;
  };
  const request: Client['request'] = async (method, path, options = {}) => {
    const text = await (await ask(method, path, options)).text();
    return text === '' ? undefined : parse(text, shown);
  };
  return {
    url: base,
    request,
    async *events(path, options = {}) {
      const headers = { accept: 'text/event-stream, application/problem+json', ...options.headers };
      const { body } = await ask('GET', path, { ...options, headers });
      if (body !== null) yield* eventsIn(body);
    },
    async stream(path, signal) {
      const { body } = await ask('GET', path, { headers: { accept: '*/*' }, signal });
      return body ?? new ReadableStream();
    },
    async run(pipeline, input, onRun, signal) {
      const path = `/v1/pipelines/${encodeURIComponent(pipeline)}/runs`;
      let run = Run.parse(await request('POST', path, { body: input, headers: { prefer: 'wait=1' }, signal }));
      onRun(run);
      while (!isFinal(run.status)) {
        await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal });
        run = Run.parse(await request('GET', `/v1/runs/${run.id}`, { signal }));
        onRun(run);
      }
      return run;
    },
  };
}

/** An address as it may stand in a message. */
function withoutPassword(url: string): string {
  const address = new URL(url);
  return `${address.protocol}//${address.host}${address.pathname.replace(/\/$/, '')}`;
}

function parse(text: string, base: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new OpslineError('service-unreachable', `What answers at ${base} is not opsline: it sent no JSON.`, {
      cause,
    });
  }
}

/** RFC 9457 problem+json back to the error it was rendered from; `type` ends with the code. */
function problem(status: number, text: string, what: string): OpslineError {
  let body: { type?: string; code?: string; detail?: string; title?: string; errors?: unknown } = {};
  try {
    body = JSON.parse(text);
  } catch {
    // A proxy answered; the status is all there is.
  }
  const code = body.code ?? body.type?.split(/[/#]/).at(-1) ?? '';
  const known: ErrorCode = code in ERRORS ? (code as ErrorCode) : 'internal';
  return new OpslineError(known, body.detail ?? body.title ?? `${what} was answered with ${status}.`, {
    issues: issuesOf(body.errors),
  });
}

function issuesOf(errors: unknown): Issue[] {
  if (!Array.isArray(errors)) return [];
  return errors.map((issue) => ({
    path: String(issue.pointer ?? issue.parameter ?? issue.path ?? ''),
    message: String(issue.detail ?? issue.message ?? 'does not fit'),
  }));
}
