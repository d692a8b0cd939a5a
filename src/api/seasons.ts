import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Boards } from '../leaderboard/boards.ts';
import { Board, SeasonSpan } from '../leaderboard/definition.ts';
import { SeasonId } from '../leaderboard/windows.ts';
import { problems } from './problem.ts';

/** Seasons are the one thing that a board may get after it was made. */
export const seasonRoutes: FastifyPluginAsyncZod<{ boards: Boards }> = async (app, { boards }) => {
  app.put(
    '/v1/boards/:board/seasons/:season',
    {
      config: { scope: 'boards:write' },
      schema: {
        operationId: 'putSeason',
        summary: 'Add a season to a board; the same one again changes nothing',
        description: 'Events that were applied before the season was added are not counted in it.',
        tags: ['boards'],
        params: z.object({ board: z.string().describe('Id of the board'), season: SeasonId }),
        body: SeasonSpan,
        response: {
          200: Board.describe('The board, which had this season'),
          201: Board.describe('The board with the new season'),
          ...problems(
            'invalid-input',
            'invalid-request',
            'board-not-found',
            'season-exists',
            'unsupported-media-type',
            'payload-too-large',
          ),
        },
      },
    },
    async (request, reply) => {
      const { board: id, season } = request.params;
      const { board, created } = await boards.addSeason(id, season, request.body);
      reply.code(created ? 201 : 200).header('location', `/v1/boards/${id}/windows/season:${season}/top`);
      return board;
    },
  );
};
