import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Boards } from '../leaderboard/boards.ts';
import { Board, BoardSettings, NewBoard } from '../leaderboard/definition.ts';
import type { LiveOptions } from '../leaderboard/live.ts';
import { managementRoutes } from './board-management.ts';
import { ingestRoutes } from './ingest.ts';
import { liveRoutes } from './live.ts';
import { playerRoutes } from './players.ts';
import { problems } from './problem.ts';
import { seasonRoutes } from './seasons.ts';
import { snapshotRoutes } from './snapshots.ts';
import { standingsRoutes } from './standings.ts';

export interface BoardRoutes {
  readonly boards: Boards;
  /** Of streams; default 15 s. */
  readonly heartbeatMs?: number;
  readonly live?: LiveOptions;
}

const Params = z.object({ board: z.string().describe('Id of the board') });

/** Boards; the events that are sent to them (`ingest.ts`), and what is read from them (`standings.ts` and others). */
export const boardRoutes: FastifyPluginAsyncZod<BoardRoutes> = async (app, { boards, ...options }) => {
  app.get(
    '/v1/boards',
    {
      config: { scope: 'boards:read' },
      schema: {
        operationId: 'listBoards',
        summary: 'All boards, by id',
        tags: ['boards'],
        response: { 200: z.object({ boards: z.array(Board) }), ...problems() },
      },
    },
    async () => ({ boards: await boards.list() }),
  );

  const made = {
    200: Board.describe('The board, which existed with this definition'),
    201: Board.describe('The new board'),
    ...problems('invalid-input', 'invalid-request', 'board-exists', 'unsupported-media-type', 'payload-too-large'),
  };

  app.post(
    '/v1/boards',
    {
      config: { scope: 'boards:write' },
      schema: {
        operationId: 'makeBoard',
        summary: 'Make a board; boards never change',
        tags: ['boards'],
        body: NewBoard,
        response: made,
      },
    },
    async (request, reply) => {
      const { id, ...settings } = request.body;
      const { board, created } = await boards.define(id, settings);
      reply.code(created ? 201 : 200).header('location', `/v1/boards/${id}`);
      return board;
    },
  );

  app.put(
    '/v1/boards/:board',
    {
      config: { scope: 'boards:write' },
      schema: {
        operationId: 'putBoard',
        summary: 'Make a board under an id; the same definition again changes nothing',
        tags: ['boards'],
        params: z.object({ board: NewBoard.shape.id }),
        body: BoardSettings,
        response: made,
      },
    },
    async (request, reply) => {
      const { board, created } = await boards.define(request.params.board, request.body);
      reply.code(created ? 201 : 200).header('location', `/v1/boards/${board.id}`);
      return board;
    },
  );

  app.get(
    '/v1/boards/:board',
    {
      config: { scope: 'boards:read' },
      schema: {
        operationId: 'getBoard',
        summary: 'A board and the windows that have events',
        tags: ['boards'],
        params: Params,
        response: {
          200: Board.extend({ windowIds: z.array(z.string()) }),
          ...problems('board-not-found'),
        },
      },
    },
    async ({ params }) => {
      const board = await boards.get(params.board);
      return { ...board, windowIds: await boards.windows(params.board) };
    },
  );

  await app.register(ingestRoutes, { boards });
  await app.register(seasonRoutes, { boards });
  await app.register(standingsRoutes, { boards });
  await app.register(playerRoutes, { boards });
  await app.register(liveRoutes, { boards, heartbeatMs: 15_000, ...options });
  await app.register(snapshotRoutes, { boards });
  await app.register(managementRoutes, { boards });
};
