import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Boards } from '../leaderboard/boards.ts';
import { PlayerId } from '../leaderboard/events.ts';
import { Friends, friends, MAX_FRIENDS } from '../leaderboard/reads/friends.ts';
import { Standing, standing } from '../leaderboard/reads/standing.ts';
import { SupposedRank, supposedRank } from '../leaderboard/reads/supposed.ts';
import { asMade, NOT_MODIFIED, ReadHeaders, readFor } from './conditional.ts';
import { problems } from './problem.ts';
import { PlayerParams, WindowParams } from './standings.ts';

const FriendsQuery = z.object({
  player: z
    .union([z.array(PlayerId).min(1).max(MAX_FRIENDS), PlayerId.transform((player) => [player])], {
      error: `must be 1 to ${MAX_FRIENDS} ids of players, each of 1 to 128 bytes without control characters`,
    })
    .describe(`Ids of players, at most ${MAX_FRIENDS}: \`player=ada&player=bob\``),
});

/** Entries of players that are known by name, and the rank of a score that nobody has yet. */
export const playerRoutes: FastifyPluginAsyncZod<{ boards: Boards }> = async (app, { boards }) => {
  const at = '/v1/boards/:board/windows/:window';
  const read = { config: { scope: 'boards:read' as const }, serializerCompiler: asMade };
  const common = problems('board-not-found', 'window-not-found', 'window-dropped', 'invalid-request');

  // The first of the two addresses came later and is the better name; the second one is a contract.
  for (const [address, operationId] of [
    ['entries', 'getEntry'],
    ['rank', 'getRank'],
  ] as const) {
    app.get(
      `${at}/${address}/:player`,
      {
        ...read,
        schema: {
          operationId,
          summary: 'A player’s entry: its ranks, score and percentile',
          tags: ['boards'],
          params: PlayerParams,
          headers: ReadHeaders,
          response: {
            200: Standing,
            304: NOT_MODIFIED,
            ...problems('board-not-found', 'window-not-found', 'window-dropped', 'player-not-found', 'invalid-request'),
          },
        },
      },
      (request, reply) => readFor(boards, request, reply, standing(request.params.player)),
    );
  }

  app.get(
    `${at}/entries`,
    {
      ...read,
      schema: {
        operationId: 'getEntries',
        summary: 'The entries of a set of players, such as friends, in order',
        tags: ['boards'],
        params: WindowParams,
        headers: ReadHeaders,
        querystring: FriendsQuery,
        response: { 200: Friends, 304: NOT_MODIFIED, ...common },
      },
    },
    (request, reply) => readFor(boards, request, reply, friends(request.query.player)),
  );

  app.get(
    `${at}/rank`,
    {
      ...read,
      schema: {
        operationId: 'getSupposedRank',
        summary: 'The rank that a new entry with a score would get now',
        tags: ['boards'],
        params: WindowParams,
        headers: ReadHeaders,
        querystring: z.object({
          score: z
            .string()
            .regex(/^-?\d{1,16}(\.\d{1,6})?$/, 'must be a decimal number')
            .transform(Number)
            .describe('A score as the board keeps it'),
        }),
        response: { 200: SupposedRank, 304: NOT_MODIFIED, ...common },
      },
    },
    (request, reply) => readFor(boards, request, reply, supposedRank(request.query.score)),
  );
};
