import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { isFinal, type RunEvent } from '../runs/run.ts';
import type { Runs } from '../runs/runs.ts';
import { waitSignals } from './closing.ts';
import { problems } from './problem.ts';
import { runId } from './runs.ts';
import { eventStream, type Frame } from './sse.ts';

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
      const frames = framesOf(runs.events(id, { ...(after === undefined ? {} : { after }), signal }));
      const first = frames.next();
      first.catch(() => {});
      if (isFinal(run.status) && (await first).done === true) return reply.code(204).send(null);
      return reply.send(eventStream(reply, frames, { heartbeatMs, first }) as unknown as string);
    },
  );
};

async function* framesOf(events: AsyncIterable<RunEvent>): AsyncGenerator<Frame> {
  for await (const event of events) yield { id: event.id, event: event.type, data: event };
}
