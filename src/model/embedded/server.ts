import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Engine, type Generated, PromptTooLong } from './engine.ts';

/** Requests that wait behind the one being answered; more are turned away at once. */
const QUEUE_LIMIT = 16;
const MAX_BODY = 4 * 1024 * 1024;

const ChatRequest = z.object({
  model: z.string(),
  messages: z.array(
    z.object({
      role: z.enum(['system', 'user', 'assistant']),
      content: z.union([z.string(), z.array(z.object({ type: z.literal('text'), text: z.string() }))]),
    }),
  ),
  max_tokens: z.number().int().positive().optional(),
  max_completion_tokens: z.number().int().positive().optional(),
  seed: z.number().int().optional(),
  response_format: z
    .object({ type: z.string(), json_schema: z.object({ schema: z.record(z.string(), z.unknown()) }).optional() })
    .optional(),
});

export interface ServerOptions {
  /** How long to stay when nobody is attached. Milliseconds. */
  readonly lingerMs: number;
  readonly onIdle: () => void;
  readonly queueLimit?: number;
}

/**
 * Serves an engine as OpenAI chat completions, one request at a time and a bounded number waiting. `GET /attach` is held open by
 * every process that may ask: when the last of them has gone, the server ends after `lingerMs`. A client that hangs up aborts
 * its request, also while that is waiting or being answered.
 */
export function createModelServer(engine: Promise<Engine>, options: ServerOptions): Server {
  const { lingerMs, onIdle, queueLimit = QUEUE_LIMIT } = options;
  let attached = 0;
  let waiting = 0;
  let turn: Promise<unknown> = engine.catch(() => {});
  let idle: NodeJS.Timeout | undefined;

  function rest(): void {
    clearTimeout(idle);
    if (attached === 0) idle = setTimeout(onIdle, lingerMs);
  }

  const server = createServer((request, response) => {
    response.on('error', () => {});
    if (request.method === 'GET' && request.url === '/attach') return attach(request, response);
    if (request.method === 'POST' && request.url === '/v1/chat/completions') {
      return void complete(request, response).catch(() => response.destroy());
    }
    return send(response, 404, failure('not-found', 'there is nothing at this address'));
  });
  // Somebody who started the process and died before attaching must not leave it behind.
  server.once('listening', () => {
    idle = setTimeout(onIdle, Math.max(lingerMs, 60_000));
  });
  server.requestTimeout = 0;
  server.headersTimeout = 10_000;

  function attach(request: IncomingMessage, response: ServerResponse): void {
    attached += 1;
    clearTimeout(idle);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(`${JSON.stringify({ pid: process.pid })}\n`);
    request.once('close', () => {
      attached -= 1;
      rest();
    });
  }

  async function complete(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort(new Error('the client hung up')));
    const body = await readJson(request);
    const parsed = ChatRequest.safeParse(body);
    if (!parsed.success) return send(response, 400, failure('bad-request', 'the request is no chat completion'));
    if (waiting > queueLimit) {
      return send(response, 503, failure('busy', `${waiting} requests are waiting for the embedded model`));
    }
    waiting += 1;
    const answer = turn.then(() => generate(parsed.data, gone.signal));
    turn = answer.catch(() => {});
    try {
      const generated = await answer;
      send(response, 200, completion(parsed.data.model, generated));
    } catch (error) {
      if (gone.signal.aborted) return;
      const long = error instanceof PromptTooLong;
      const message = error instanceof Error ? error.message : 'unknown';
      send(response, long ? 400 : 500, failure(long ? 'prompt-too-long' : 'engine', message));
    } finally {
      waiting -= 1;
    }
  }

  async function generate(asked: z.infer<typeof ChatRequest>, signal: AbortSignal): Promise<Generated> {
    signal.throwIfAborted();
    const loaded = await engine;
    const schema = asked.response_format?.json_schema?.schema;
    const generated = await loaded.generate({
      messages: asked.messages.map(({ role, content }) => ({
        role,
        content: typeof content === 'string' ? content : content.map(({ text }) => text).join(''),
      })),
      ...(schema === undefined ? {} : { schema }),
      maxTokens: asked.max_completion_tokens ?? asked.max_tokens ?? 512,
      seed: asked.seed ?? 1,
      signal,
    });
    // Lets the socket's events in, so that a hang-up of the next one in line is seen before its turn.
    await sleep(0);
    return generated;
  }

  return server;
}

function completion(model: string, generated: Generated): object {
  const { text, finish, inputTokens, outputTokens, reusedTokens } = generated;
  return {
    object: 'chat.completion',
    model,
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: finish }],
    usage: {
      prompt_tokens: inputTokens,
      completion_tokens: outputTokens,
      total_tokens: inputTokens + outputTokens,
      prompt_tokens_details: { cached_tokens: reusedTokens },
    },
  };
}

function failure(code: string, message: string): object {
  return { error: { code, message } };
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}
