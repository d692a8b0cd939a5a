import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ModelFailure } from '../failure.ts';
import type { ModelResponse, Send } from '../fetch/chain.ts';
import { openSocket, type SocketOptions } from './start.ts';

export interface EmbeddedModel {
  /** The chain's end: asks the child process. */
  readonly send: Send;
  /** Starts the child process, or finds it, and waits until the model is loaded. Throws a `ModelFailure` with the reason. */
  warm(): Promise<void>;
  /** The child's process id while attached. */
  pid(): number | undefined;
  close(): Promise<void>;
}

interface Attachment {
  readonly pid: number;
  readonly alive: boolean;
  detach(): void;
}

/** How long to wait after the n-th death in a row before another process is started. Milliseconds. */
function backoffMs(deaths: number): number {
  return deaths === 0 ? 0 : Math.min(500 * 2 ** (deaths - 1), 30_000);
}

/**
 * The embedded model as seen by one opsline process: attached to the machine's child process, which is started when nobody
 * runs it yet, and started again when it dies, after a pause that doubles with every death.
 */
export function createEmbeddedModel(options: SocketOptions): EmbeddedModel {
  let attachment: Attachment | undefined;
  let opening: Promise<Attachment> | undefined;
  let deaths = 0;
  let notBefore = 0;
  let closed = false;

  async function attached(): Promise<Attachment> {
    if (closed) throw new ModelFailure('unavailable', 'the embedded model is closed');
    if (attachment?.alive) return attachment;
    opening ??= open().finally(() => {
      opening = undefined;
    });
    return opening;
  }

  async function open(): Promise<Attachment> {
    const pause = notBefore - performance.now();
    if (pause > 0) {
      const seconds = Math.ceil(pause / 1000);
      throw new ModelFailure('died', `the process of the embedded model died; it is started again in ${seconds} s`);
    }
    try {
      attachment = await attachTo(options);
      return attachment;
    } catch (error) {
      died();
      if (error instanceof ModelFailure) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new ModelFailure('died', `the embedded model could not be started: ${why}`);
    }
  }

  function died(): void {
    deaths += 1;
    notBefore = performance.now() + backoffMs(deaths - 1);
  }

  const send: Send = async (asked) => {
    await attached();
    try {
      const response = await post(options.place.socket, asked.body, asked.signal);
      deaths = 0;
      return explain(response);
    } catch (error) {
      if (error instanceof ModelFailure || asked.signal.aborted) throw error;
      attachment?.detach();
      attachment = undefined;
      // Nobody listened: it ended between two requests, and this one was never seen.
      if (isNotListening(error)) {
        await attached();
        return explain(await post(options.place.socket, asked.body, asked.signal));
      }
      died();
      throw new ModelFailure('died', 'the process of the embedded model died while answering');
    }
  };

  return {
    send,
    warm: async () => void (await attached()),
    pid: () => (attachment?.alive ? attachment.pid : undefined),
    async close() {
      closed = true;
      const last = await (opening?.catch(() => undefined) ?? attachment);
      last?.detach();
    },
  };
}

/** Errors that a retry of the same request would only meet again are named; the rest passes as it is. */
function explain(response: ModelResponse): ModelResponse {
  if (response.status === 200) return response;
  const { code, message } = (response.body as { error?: { code?: string; message?: string } }).error ?? {};
  const reason = message ?? `the embedded model answered with HTTP ${response.status}`;
  if (code === 'prompt-too-long') throw new ModelFailure('prompt-too-long', reason);
  if (code === 'busy') throw new ModelFailure('busy', `the embedded model is busy: ${reason}`);
  throw new ModelFailure('provider-error', `the embedded model failed: ${reason}`);
}

function isNotListening(error: unknown): boolean {
  return error instanceof Error && ['ECONNREFUSED', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** A process that is just ending may still accept a connection and drop it: then another one is looked for or started. */
async function attachTo(options: SocketOptions): Promise<Attachment> {
  for (let attempt = 1; ; attempt += 1) {
    const socket = await openSocket(options);
    try {
      return await attach(socket);
    } catch (error) {
      if (attempt === 5) throw error;
      await sleep(50 * attempt);
    }
  }
}

/** How long the child may take to say who it is. Milliseconds. */
const ATTACH_WITHIN_MS = 10_000;

/** Holds a connection open: the child stays as long as it is. */
function attach(socket: string): Promise<Attachment> {
  return new Promise((resolve, reject) => {
    let alive = true;
    const fail = (error: unknown): void => {
      clearTimeout(timer);
      call.destroy();
      reject(error);
    };
    const call: ClientRequest = request({ socketPath: socket, path: '/attach', agent: false }, (response) => {
      response.on('error', fail);
      response.once('close', () => {
        alive = false;
        fail(new Error('its process hung up before it said who it is'));
      });
      response.once('data', (line: Buffer) => {
        try {
          const pid = pidOf(line);
          clearTimeout(timer);
          resolve({
            pid,
            get alive() {
              return alive;
            },
            detach: () => call.destroy(),
          });
        } catch (error) {
          fail(error);
        }
      });
      response.socket.unref();
    });
    const timer = setTimeout(
      () => fail(new Error(`its process did not say who it is within ${ATTACH_WITHIN_MS / 1000} s`)),
      ATTACH_WITHIN_MS,
    );
    call.on('error', fail);
    call.end();
  });
}

function pidOf(line: Buffer): number {
  const { pid } = JSON.parse(line.toString()) as { pid?: unknown };
  if (typeof pid !== 'number') throw new Error('its socket is served by something else');
  return pid;
}

function post(socket: string, body: unknown, signal: AbortSignal): Promise<ModelResponse> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const call = request(
      { socketPath: socket, path: '/v1/chat/completions', method: 'POST', headers, signal, agent: false },
      (response) => {
        readAll(response).then(
          (text) => resolve({ status: response.statusCode ?? 500, headers: new Headers(), body: JSON.parse(text) }),
          reject,
        );
      },
    );
    call.on('error', reject);
    call.end(JSON.stringify(body));
  });
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
