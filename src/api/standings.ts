import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Boards } from '../leaderboard/boards.ts';
import { Entry, Page, Percentile } from '../leaderboard/reads.ts';
import { PERCENTILES, Statistics } from '../leaderboard/statistics.ts';
import { problems } from './problem.ts';

const Params = z.object({
  board: z.string().describe('Id of the board'),
  window: z.string().describe('`all`, or a UTC day such as `day:2026-11-23`'),
});
const PlayerParams = Params.extend({ player: z.string().describe('Id of the player, percent-encoded') });

const PercentileQuery = z.object({
  p: z
    .string()
    .regex(/^\d+(\.\d{1,3})?(,\d+(\.\d{1,3})?)*$/, 'must be numbers with at most three decimals, separated by commas')
    .default(PERCENTILES.join(','))
    .transform((text) => text.split(',').map(Number))
    .pipe(z.array(z.number().min(0).max(100)).max(50))
    .describe('Percentiles from 0 to 100, separated by commas, with at most three decimals'),
});

/** What is read from a window of a board. Each is one round trip to Redis, statistics too while nothing new was applied. */
export const standingsRoutes: FastifyPluginAsyncZod<{ boards: Boards }> = async (app, { boards }) => {
  const at = '/v1/boards/:board/windows/:window';
  const read = { config: { scope: 'boards:read' as const } };
  const common = problems('board-not-found', 'window-not-found', 'invalid-request');
  const forPlayer = problems('board-not-found', 'window-not-found', 'player-not-found', 'invalid-request');

  app.get(
    `${at}/top`,
    {
      ...read,
      schema: {
        operationId: 'getTop',
        summary: 'A page of the standings from the top',
        tags: ['boards'],
        params: Params,
        querystring: z.object({
          offset: z.coerce.number().int().min(0).max(1_000_000_000).default(0).describe('Entries to skip'),
          limit: z.coerce.number().int().min(1).max(1000).default(10).describe('Entries to return at most'),
        }),
        response: { 200: Page, ...common },
      },
    },
    ({ params, query }) => boards.top(params.board, params.window, query),
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
        querystring: z.object({
          span: z.coerce.number().int().min(0).max(100).default(5).describe('Entries wanted before and behind'),
        }),
        response: { 200: Page, ...forPlayer },
      },
    },
    ({ params, query }) => boards.around(params.board, params.window, params.player, query.span),
  );

  app.get(
    `${at}/rank/:player`,
    {
      ...read,
      schema: {
        operationId: 'getRank',
        summary: 'A player’s rank and score',
        tags: ['boards'],
        params: PlayerParams,
        response: { 200: Entry.extend({ count: z.number().int().describe('Entries in the window') }), ...forPlayer },
      },
    },
    async ({ params }) => {
      const { entries, count } = await boards.around(params.board, params.window, params.player, 0);
      return { ...(entries[0] as Entry), count };
    },
  );

  app.get(
    `${at}/count`,
    {
      ...read,
      schema: {
        operationId: 'getCount',
        summary: 'How many entries the window has',
        tags: ['boards'],
        params: Params,
        response: { 200: z.object({ count: z.number().int() }), ...common },
      },
    },
    async ({ params }) => ({ count: await boards.count(params.board, params.window) }),
  );

  app.get(
    `${at}/percentiles`,
    {
      ...read,
      schema: {
        operationId: 'getPercentiles',
        summary: 'Scores at percentiles, exact by rank',
        tags: ['boards'],
        params: Params,
        querystring: PercentileQuery,
        response: { 200: z.object({ count: z.number().int(), percentiles: z.array(Percentile) }), ...common },
      },
    },
    ({ params, query }) => boards.percentiles(params.board, params.window, query.p),
  );

  app.get(
    `${at}/statistics`,
    {
      ...read,
      schema: {
        operationId: 'getStatistics',
        summary: 'Count, mean, standard deviation, percentiles, ties and the top ten, without a narrative',
        tags: ['boards'],
        params: Params,
        querystring: z.object({
          maxAge: z.coerce
            .number()
            .int()
            .min(0)
            .max(86_400)
            .default(5)
            .describe('How old, in seconds, the statistics may be when events were applied since'),
        }),
        response: { 200: Statistics.extend({ computedAt: z.iso.datetime() }), ...common },
      },
    },
    async ({ params, query }) => {
      const { computedAt, statistics } = await boards.summary(params.board, params.window, query.maxAge * 1000);
      return { computedAt, ...statistics };
    },
  );
};
