import type { Queue } from 'bullmq';
import { type FastifyInstance, fastify } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { OpslineError } from '../errors.ts';
import { RunId } from '../runs/run.ts';
import type { Runs } from '../runs/runs.ts';

export interface QueueBoardRoutes {
  readonly runs: Runs;
  readonly queues: readonly Queue[];
}

const BASE = '/queues';
const RETRY = /^\/queues\/api\/queues\/[^/]+\/([^/]+)\/retry$/;

/**
 * Bull Board at `/queues`, for admins: it shows the queues and retries single jobs. Whatever else its pages offer (emptying,
 * editing, adding) would go behind the run records and is refused.
 *
 * It and its assets are loaded by the first visit, into a server of their own, so that an idle service does not carry them.
 */
export const queueBoardRoutes: FastifyPluginAsyncZod<QueueBoardRoutes> = async (app, { runs, queues }) => {
  let board: Promise<FastifyInstance> | undefined;
  app.addHook('onClose', async () => {
    await (await board)?.close();
  });
  // The board reads bodies itself.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _body, done) => done(null));

  for (const url of [BASE, `${BASE}/*`]) {
    app.route({
      method: ['GET', 'PUT'],
      url,
      config: { scope: 'admin', browser: true },
      schema: { hide: true },
      handler: async (request, reply) => {
        if (request.method === 'PUT') {
          const job = RETRY.exec(request.url.split('?', 1)[0] ?? '')?.[1];
          if (job === undefined) {
            reply.header('allow', 'GET');
            throw new OpslineError('method-not-allowed', 'This board only shows queues and retries single jobs.');
          }
          if (RunId.safeParse(job).success) {
            // The run first: the worker refuses a job whose run is final.
            await runs.retry(job);
            return reply.code(204).send();
          }
        }
        board ??= loadBoard(queues);
        const server = await board;
        reply.hijack();
        server.routing(request.raw, reply.raw);
        return reply;
      },
    });
  }
};

async function loadBoard(queues: readonly Queue[]): Promise<FastifyInstance> {
  const [{ createBullBoard }, { BullMQAdapter }, { FastifyAdapter }] = await Promise.all([
    import('@bull-board/api'),
    import('@bull-board/api/bullMQAdapter'),
    import('@bull-board/fastify'),
  ]);
  const adapter = new FastifyAdapter();
  adapter.setBasePath(BASE);
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue as never)),
    // The adapter's package brings types of its own copy of the same code.
    serverAdapter: adapter as never,
    options: { uiConfig: { boardTitle: 'opsline queues' } },
  });
  const server = fastify({ logger: false });
  server.addHook('onRequest', async (_request, reply) => {
    reply.headers({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'cache-control': 'no-store' });
  });
  await server.register(adapter.registerPlugin(), { prefix: BASE });
  await server.ready();
  return server;
}
