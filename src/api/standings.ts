import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Boards } from '../leaderboard/boards.ts';
import { count } from '../leaderboard/reads/count.ts';
import { MAX_MOVERS, Movers, movers } from '../leaderboard/reads/movers.ts';
import { around, Page, top } from '../leaderboard/reads/page.ts';
import { Percentiles, percentiles } from '../leaderboard/reads/percentiles.ts';
import { PERCENTILES, Statistics } from '../leaderboard/statistics.ts';
import { answerOf, asMade, knownVersion, NOT_MODIFIED, ReadHeaders, readFor, subject } from './conditional.ts';
import { problems } from './problem.ts';

export const WindowParams = z.object({
  board: z.string().describe('Id of the board'),
  window: z
    .string()
    .describe(
      '`all`, `hour:2026-11-23T14Z`, `day:2026-11-23`, `week:2026-W48`, `month:2026-11`, `season:winter`, or a kind for the present one',
    ),
});
export const PlayerParams = WindowParams.extend({ player: z.string().describe('Id of the player, percent-encoded') });

const TopQuery = z
  .object({
    offset: z.coerce.number().int().min(0).max(1_000_000_000).optional().describe('Entries to skip'),
    cursor: z
      .string()
      .max(600)
      .optional()
      .describe('`next` of the page before, in place of `offset`: entries that move meanwhile shift no others'),
    limit: z.coerce.number().int().min(1).max(1000).default(10).describe('Entries to return at most'),
  })
  .refine(({ offset, cursor }) => offset === undefined || cursor === undefined, {
    path: ['cursor'],
    message: 'excludes offset',
  });

const PercentileQuery = z.object({
  p: z
    .string()
    .regex(/^\d+(\.\d{1,3})?(,\d+(\.\d{1,3})?)*$/, 'must be numbers with at most three decimals, separated by commas')
    .default(PERCENTILES.join(','))
    .transform((text) => text.split(',').map(Number))
    .pipe(z.array(z.number().min(0).max(100)).max(50))
    .describe('Percentiles from 0 to 100, separated by commas, with at most three decimals'),
});

/**
 * What is read from a window of a board. Each is one round trip to Redis, statistics too while nothing new was applied; each has an
 * ETag, and what a caller knows is not read again (`conditional.ts`).
 */
export const standingsRoutes: FastifyPluginAsyncZod<{ boards: Boards }> = async (app, { boards }) => {
  const at = '/v1/boards/:board/windows/:window';
  const read = { config: { scope: 'boards:read' as const }, serializerCompiler: asMade };
  const common = problems('board-not-found', 'window-not-found', 'window-dropped', 'invalid-request');
  const forPlayer = problems(
    'board-not-found',
    'window-not-found',
    'window-dropped',
    'player-not-found',
    'invalid-request',
  );

  app.get(
    `${at}/top`,
    {
      ...read,
      schema: {
        operationId: 'getTop',
        summary: 'A page of the standings from the top',
        tags: ['boards'],
        params: WindowParams,
        headers: ReadHeaders,
        querystring: TopQuery,
        response: { 200: Page, 304: NOT_MODIFIED, ...common },
      },
    },
    (request, reply) => readFor(boards, request, reply, top(request.query)),
  );

  app.get(
    `${at}/around/:player`,
    {
      ...read,
      schema: {
        operationId: 'getAround',
        summary: 'The standings around a player',
        tags: ['boards'],
        params: PlayerParams,
        headers: ReadHeaders,
        querystring: z.object({
          span: z.coerce.number().int().min(0).max(100).default(5).describe('Entries wanted before and behind'),
        }),
        response: { 200: Page, 304: NOT_MODIFIED, ...forPlayer },
      },
    },
    (request, reply) => readFor(boards, request, reply, around(request.params.player, request.query.span)),
  );

  app.get(
    `${at}/count`,
    {
      ...read,
      schema: {
        operationId: 'getCount',
        summary: 'How many entries the window has',
        tags: ['boards'],
        params: WindowParams,
        headers: ReadHeaders,
        response: { 200: z.object({ count: z.number().int() }), 304: NOT_MODIFIED, ...common },
      },
    },
    (request, reply) => readFor(boards, request, reply, count),
  );

  app.get(
    `${at}/percentiles`,
    {
      ...read,
      schema: {
        operationId: 'getPercentiles',
        summary: 'Scores at percentiles, exact by rank',
        tags: ['boards'],
        params: WindowParams,
        headers: ReadHeaders,
        querystring: PercentileQuery,
        response: { 200: Percentiles, 304: NOT_MODIFIED, ...common },
      },
    },
    (request, reply) => readFor(boards, request, reply, percentiles(request.query.p)),
  );

  app.get(
    `${at}/movers`,
    {
      ...read,
      schema: {
        operationId: 'getMovers',
        summary: 'The first entries beside the window before: who is new, climbed, fell or left',
        tags: ['boards'],
        params: WindowParams,
        headers: ReadHeaders,
        querystring: z.object({
          top: z.coerce
            .number()
            .int()
            .min(1)
            .max(MAX_MOVERS)
            .default(100)
            .describe('How many first entries are compared'),
        }),
        response: { 200: Movers, 304: NOT_MODIFIED, ...common },
      },
    },
    (request, reply) => readFor(boards, request, reply, movers(request.query.top)),
  );

  app.get(
    `${at}/statistics`,
    {
      ...read,
      schema: {
        operationId: 'getStatistics',
        summary:
          'Count, mean, deviation, percentiles, histogram, ties, the top ten, movers and outliers, without a narrative',
        tags: ['boards'],
        params: WindowParams,
        headers: ReadHeaders,
        querystring: z.object({
          maxAge: z.coerce
            .number()
            .int()
            .min(0)
            .max(86_400)
            .default(5)
            .describe('How old, in seconds, the statistics may be when events were applied since'),
        }),
        response: { 200: Statistics.extend({ computedAt: z.iso.datetime() }), 304: NOT_MODIFIED, ...common },
      },
    },
    async (request, reply) => {
      const { params, query } = request;
      const view = await boards.view(params.board, params.window);
      const { computedAt, statistics } = await boards.summary(params.board, params.window, query.maxAge * 1000);
      const version = `${statistics.revision}.${Date.parse(computedAt)}`;
      const value =
        version === knownVersion(request, subject(request, view)) ? undefined : { computedAt, ...statistics };
      return answerOf(request, reply, view, { version, closed: false, value });
    },
  );
};
