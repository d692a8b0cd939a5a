import { Readable } from 'node:stream';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { isFinal, type RunEvent } from '../runs/run.ts';
import type { Runs } from '../runs/runs.ts';
import { waitSignals } from './closing.ts';
import { problems } from './problem.ts';
import { runId } from './runs.ts';

export interface EventRoutes {
  readonly runs: Runs;
  /** A comment goes out when nothing else has for this long, so that proxies keep the connection. */
  readonly heartbeatMs: number;
}

/** The events of a run as Server-Sent Events (WHATWG HTML §9.2). */
export const eventRoutes: FastifyPluginAsyncZod<EventRoutes> = async (app, { runs, heartbeatMs }) => {
  const waitSignal = waitSignals(app);

  app.get(
    '/v1/runs/:id/events',
    {
      config: { scope: 'runs:read' },
      schema: {
        operationId: 'watchRun',
        summary: 'What happens in a run, as Server-Sent Events, until it has finished',
        description:
          'Every event is a `RunEvent`; its type is also the event name. A client that reconnects sends `Last-Event-ID` and misses nothing; 204 says that nothing follows.',
        tags: ['runs'],
        params: z.object({ id: z.string() }),
        headers: z.object({
          'last-event-id': z
            .string()
            // Ids of Redis streams are of 64-bit numbers.
            .regex(/^\d{1,19}(-\d{1,19})?$/, 'must be the id of an event')
            .optional(),
        }),
        response: {
          200: { description: 'The events', content: { 'text/event-stream': { schema: z.string() } } },
          204: z.null().describe('The run has finished and no event follows the given one'),
          ...problems('invalid-request', 'run-not-found'),
        },
      },
    },
    async (request, reply) => {
      const id = runId(request.params.id);
      const run = await runs.get(id);
      const signal = waitSignal(reply);
      const after = request.headers['last-event-id'];
      const events = runs.events(id, { ...(after === undefined ? {} : { after }), signal });
      const iterator = events[Symbol.asyncIterator]();
      const first = iterator.next();
      first.catch(() => {});
      if (isFinal(run.status) && (await first).done === true) return reply.code(204).send(null);
      reply
        .type('text/event-stream; charset=utf-8')
        .header('cache-control', 'no-cache, no-transform')
        .header('x-accel-buffering', 'no')
        .serializer(String);
      return reply.send(Readable.from(frames(iterator, first, heartbeatMs)) as unknown as string);
    },
  );
};

/**
 * The text of a stream: each event as a frame, a comment after each `heartbeatMs` of silence. It ends with the events, also
 * when they end by an error: the client reconnects with the last id it saw and is told then what is wrong.
 */
async function* frames(
  iterator: AsyncIterator<RunEvent>,
  first: Promise<IteratorResult<RunEvent>>,
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
      yield frame(result.value);
      next = iterator.next();
      next.catch(() => {});
    }
  } catch {
    return;
  } finally {
    iterator.return?.().catch(() => {});
  }
}

function frame(event: RunEvent): string {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
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
