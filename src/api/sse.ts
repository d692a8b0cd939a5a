import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** One Server-Sent Event (WHATWG HTML §9.2). `id` and `event` have no line breaks; `data` is sent as JSON. */
export interface Frame {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

/**
 * Sets the headers of an event stream and gives its body: the frames, with a comment whenever nothing else went out for
 * `heartbeatMs`, so that proxies keep the connection.
 */
export function eventStream(
  reply: Pick<FastifyReply, 'type' | 'header' | 'serializer'>,
  frames: AsyncIterator<Frame>,
  {
    heartbeatMs,
    first = frames.next(),
  }: { readonly heartbeatMs: number; readonly first?: Promise<IteratorResult<Frame>> },
): Readable {
  first.catch(() => {});
  reply
    .type('text/event-stream; charset=utf-8')
    .header('cache-control', 'no-cache, no-transform')
    .header('x-accel-buffering', 'no')
    .serializer(String);
  // One frame ahead: what a slow client has not taken yet is old when it does.
  return Readable.from(textOf(frames, first, heartbeatMs), { highWaterMark: 1 });
}

/**
 * The text of a stream: each event as a frame, a comment after each `heartbeatMs` of silence. It ends with the events, also
 * when they end by an error: the client reconnects with the last id it saw and is told then what is wrong.
 */
async function* textOf(
  frames: AsyncIterator<Frame>,
  first: Promise<IteratorResult<Frame>>,
  heartbeatMs: number,
): AsyncGenerator<string> {
  // Sent at once: the client learns that it is connected, and how soon to come back.
  yield 'retry: 1000\n\n';
  let next = first;
  try {
    for (;;) {
      const result = await orSilence(next, heartbeatMs);
      if (result === 'silence') {
        yield ': still here\n\n';
        continue;
      }
      if (result.done === true) return;
      const { id, event, data } = result.value;
      yield `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
      next = frames.next();
      next.catch(() => {});
    }
  } catch {
    return;
  } finally {
    frames.return?.().catch(() => {});
  }
}

async function orSilence<T>(next: Promise<T>, ms: number): Promise<T | 'silence'> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<'silence'>((resolve) => {
    timer = setTimeout(resolve, ms, 'silence');
  });
  try {
    return await Promise.race([next, silence]);
  } finally {
    clearTimeout(timer);
  }
}
