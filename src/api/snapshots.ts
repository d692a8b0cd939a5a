import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Boards } from '../leaderboard/boards.ts';
import { LateCounts, Snapshot, SnapshotPage } from '../leaderboard/snapshots.ts';
import { problems } from './problem.ts';

const Params = z.object({ board: z.string().describe('Id of the board') });
const SnapshotNumber = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** What closed windows leave behind. Their standings are read as those of any window. */
export const snapshotRoutes: FastifyPluginAsyncZod<{ boards: Boards }> = async (app, { boards }) => {
  const read = { config: { scope: 'boards:read' as const } };

  app.get(
    '/v1/boards/:board/snapshots',
    {
      ...read,
      schema: {
        operationId: 'listSnapshots',
        summary: 'Closed windows, the one closed last first',
        tags: ['boards'],
        params: Params,
        querystring: z.object({
          limit: z.coerce.number().int().min(1).max(100).default(20),
          cursor: z
            .string()
            .regex(/^[1-9]\d{0,15}$/, 'must be the cursor of a page before')
            .optional()
            .describe('As the page before gave it'),
        }),
        response: { 200: SnapshotPage, ...problems('board-not-found', 'invalid-request') },
      },
    },
    async ({ params, query: { limit, cursor } }, reply) => {
      const page = await boards.snapshots(params.board, { limit, ...(cursor === undefined ? {} : { cursor }) });
      if (page.cursor !== undefined) {
        const next = new URLSearchParams({ limit: String(limit), cursor: page.cursor });
        reply.header('link', `</v1/boards/${params.board}/snapshots?${next}>; rel="next"`);
      }
      return page;
    },
  );

  app.get(
    '/v1/boards/:board/snapshots/:number',
    {
      ...read,
      schema: {
        operationId: 'getSnapshot',
        summary: 'A closed window by the number of its snapshot',
        tags: ['boards'],
        params: Params.extend({ number: SnapshotNumber.describe('Number of the snapshot, from 1') }),
        response: { 200: Snapshot, ...problems('board-not-found', 'snapshot-not-found', 'invalid-request') },
      },
    },
    ({ params }) => boards.snapshot(params.board, params.number),
  );

  app.get(
    '/v1/boards/:board/late',
    {
      ...read,
      schema: {
        operationId: 'getLate',
        summary: 'How many events came too late for their windows',
        tags: ['boards'],
        params: Params,
        response: { 200: LateCounts, ...problems('board-not-found') },
      },
    },
    ({ params }) => boards.late(params.board),
  );
};
