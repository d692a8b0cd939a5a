import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the client sent
  readonly body: any;
}

export interface Provider {
  /** Ends in `/v1`. */
  readonly url: string;
  /** Every request so far. */
  readonly asked: Asked[];
  close(): Promise<void>;
}

/** A local server in the place of an OpenAI-compatible provider; `answer` writes the response to each request. */
export async function startProvider(
  answer: (response: ServerResponse, asked: Asked, index: number) => void,
): Promise<Provider> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const one = { path: request.url ?? '', headers: request.headers, body: text === '' ? undefined : JSON.parse(text) };
    asked.push(one);
    answer(response, one, asked.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** An ordinary chat completion with this content. */
export function completion(content: unknown, choice: object = {}, tokens = { prompt: 100, completion: 20 }): object {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return {
    id: 'c1',
    object: 'chat.completion',
    created: 1,
    model: 'test-1',
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop', ...choice }],
    usage: {
      prompt_tokens: tokens.prompt,
      completion_tokens: tokens.completion,
      total_tokens: tokens.prompt + tokens.completion,
    },
  };
}

export function reply(
  response: ServerResponse,
  body: object,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
