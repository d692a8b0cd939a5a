import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Boards } from '../leaderboard/boards.ts';
import { type LiveOptions, type LivePage, LiveTops } from '../leaderboard/live.ts';
import { count } from '../leaderboard/reads/count.ts';
import { waitSignals } from './closing.ts';
import { problems } from './problem.ts';
import { eventStream, type Frame } from './sse.ts';
import { WindowParams } from './standings.ts';

export interface LiveRoutes {
  readonly boards: Boards;
  readonly heartbeatMs: number;
  readonly live?: LiveOptions;
}

/** The top of a window as it changes, as Server-Sent Events. */
export const liveRoutes: FastifyPluginAsyncZod<LiveRoutes> = async (app, { boards, heartbeatMs, live }) => {
  const tops = new LiveTops(boards, live);
  const waitSignal = waitSignals(app);

  app.get(
    '/v1/boards/:board/windows/:window/top/stream',
    {
      config: { scope: 'boards:read' },
      schema: {
        operationId: 'watchTop',
        summary: 'The top of a window as Server-Sent Events: now, and whenever it changes',
        description:
          'Every event is named `top` and holds a `Page`, at most four a second. A client that reconnects sends `Last-Event-ID` and gets the page only when it changed. A window named by its kind is the present one at every time.',
        tags: ['boards'],
        params: WindowParams,
        querystring: z.object({
          limit: z.coerce.number().int().min(1).max(100).default(10).describe('Entries of a page at most'),
        }),
        headers: z.object({
          'last-event-id': z.string().max(200).optional().describe('Id of the last event that the client has seen'),
        }),
        response: {
          200: { description: 'The pages', content: { 'text/event-stream': { schema: z.string() } } },
          ...problems('board-not-found', 'window-not-found', 'window-dropped', 'invalid-request'),
        },
      },
    },
    async (request, reply) => {
      const { board, window } = request.params;
      // Found before the stream begins, so that what is not there, or not any more, is an answer of its own.
      await boards.read(await boards.view(board, window), count);
      const signal = waitSignal(reply);
      const after = request.headers['last-event-id'];
      const pages = tops.watch(board, window, { limit: request.query.limit, after, signal });
      return reply.send(eventStream(reply, framesOf(pages), { heartbeatMs }) as unknown as string);
    },
  );
};

async function* framesOf(pages: AsyncIterable<LivePage>): AsyncGenerator<Frame> {
  for await (const { id, page } of pages) yield { id, event: 'top', data: page };
}
