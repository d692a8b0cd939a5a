import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AuditCursor, AuditPage } from '../leaderboard/audit.ts';
import type { Boards } from '../leaderboard/boards.ts';
import { PlayerId } from '../leaderboard/events.ts';
import { Forgotten } from '../leaderboard/forget.ts';
import { Correction, Reason } from '../leaderboard/manage.ts';
import { Entry } from '../leaderboard/reads.ts';
import { problems } from './problem.ts';

const Params = z.object({ board: z.string().describe('Id of the board') });
const player = PlayerId.describe('Id of the player, percent-encoded');
const WindowParams = Params.extend({ window: z.string().describe('Id of the window, such as `day:2026-11-23`') });
const EntryParams = WindowParams.extend({ player });
const Because = z.object({ reason: Reason });

/** What is done to entries by hand, what was done, and a whole window as a file. */
export const managementRoutes: FastifyPluginAsyncZod<{ boards: Boards }> = async (app, { boards }) => {
  const read = { config: { scope: 'boards:read' as const } };
  const write = { config: { scope: 'boards:write' as const } };
  const wrong = ['invalid-input', 'invalid-request', 'unsupported-media-type', 'payload-too-large'] as const;

  app.put(
    '/v1/boards/:board/windows/:window/entries/:player',
    {
      ...write,
      schema: {
        operationId: 'correctEntry',
        summary: 'Set a player’s entry in an open window by hand',
        tags: ['boards'],
        params: EntryParams,
        body: Correction,
        response: {
          200: Entry.describe('The entry as it is now'),
          ...problems(
            ...wrong,
            'board-not-found',
            'window-not-found',
            'window-dropped',
            'player-not-found',
            'window-closed',
          ),
        },
      },
    },
    async (request) => {
      const { board, window, player: id } = request.params;
      await boards.correct(board, window, id, request.body, nameOf(request));
      return (await boards.around(board, window, id, 0)).entries[0] as Entry;
    },
  );

  app.delete(
    '/v1/boards/:board/windows/:window/entries/:player',
    {
      ...write,
      schema: {
        operationId: 'removeEntry',
        summary: 'Take a player’s entry out of an open window by hand',
        tags: ['boards'],
        params: EntryParams,
        querystring: Because,
        response: {
          204: z.null().describe('The entry is gone'),
          ...problems(
            'invalid-request',
            'board-not-found',
            'window-not-found',
            'window-dropped',
            'player-not-found',
            'window-closed',
          ),
        },
      },
    },
    async (request, reply) => {
      const { board, window, player: id } = request.params;
      await boards.remove(board, window, id, { who: nameOf(request), reason: request.query.reason });
      return reply.code(204).send(null);
    },
  );

  app.delete(
    '/v1/boards/:board/players/:player',
    {
      ...write,
      schema: {
        operationId: 'forgetPlayer',
        summary: 'Delete a player from all windows of a board',
        description:
          'Open windows lose the entry. Closed ones keep its place without the player, so that no rank moves, and get a new checksum. May be repeated.',
        tags: ['boards'],
        params: Params.extend({ player }),
        querystring: Because,
        response: { 200: Forgotten, ...problems('invalid-request', 'board-not-found') },
      },
    },
    (request) =>
      boards.forget(request.params.board, request.params.player, {
        who: nameOf(request),
        reason: request.query.reason,
      }),
  );

  app.get(
    '/v1/boards/:board/audit',
    {
      ...read,
      schema: {
        operationId: 'getAudit',
        summary: 'What was changed by hand, newest first',
        tags: ['boards'],
        params: Params,
        querystring: z.object({
          limit: z.coerce.number().int().min(1).max(1000).default(100),
          cursor: AuditCursor.optional().describe('As the page before gave it'),
        }),
        response: { 200: AuditPage, ...problems('board-not-found', 'invalid-request') },
      },
    },
    ({ params, query: { limit, cursor } }) =>
      boards.audit(params.board, { limit, ...(cursor === undefined ? {} : { cursor }) }),
  );

  app.get(
    '/v1/boards/:board/windows/:window/export',
    {
      ...read,
      schema: {
        operationId: 'exportWindow',
        summary: 'A whole window as NDJSON',
        description:
          'First a line `{ board, window, revision, closed? }`, then a line for each entry, best first, at last `{ entries, revision, consistent, checksum }`: without that line the export is not whole, and `consistent: false` says that the window changed meanwhile. A closed window does not.',
        tags: ['boards'],
        params: WindowParams,
        response: {
          200: { description: 'The lines', content: { 'application/x-ndjson': { schema: z.string() } } },
          ...problems('board-not-found', 'window-not-found', 'window-dropped'),
        },
      },
    },
    async ({ params }, reply) => {
      const lines = await boards.export(params.board, params.window);
      reply.type('application/x-ndjson; charset=utf-8').serializer(String);
      return reply.send(Readable.from(lines) as unknown as string);
    },
  );
};

/** Who the audit says it was. */
function nameOf({ caller }: FastifyRequest): string {
  return caller === undefined || caller === 'open' ? 'local' : caller.name;
}
