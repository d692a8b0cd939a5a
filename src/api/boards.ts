import type { FastifyRequest } from 'fastify';
import { type FastifyPluginAsyncZod, validatorCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { OpslineError } from '../errors.ts';
import { Batch, isSettled } from '../leaderboard/accept.ts';
import type { Boards } from '../leaderboard/boards.ts';
import { Board, BoardSettings, NewBoard } from '../leaderboard/definition.ts';
import { inArray, ScoreEvent } from '../leaderboard/events.ts';
import { parseNdjson } from '../leaderboard/ndjson.ts';
import { managementRoutes } from './board-management.ts';
import { waitSignals } from './closing.ts';
import { orAccepted, waitOf } from './prefer.ts';
import { problems } from './problem.ts';
import { snapshotRoutes } from './snapshots.ts';
import { standingsRoutes } from './standings.ts';

export interface BoardRoutes {
  readonly boards: Boards;
}

const Params = z.object({ board: z.string().describe('Id of the board') });

const EventHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
    .optional()
    .describe('The batch key: a batch sent again under it counts once. Without one, a retry counts again'),
  prefer: z.string().optional().describe('`wait=10` waits up to 10 s (at most 60 s) until the events are applied'),
});

/** What an NDJSON body is until its lines are read. */
class Ndjson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Boards, the events that are sent to them, and (in `standings.ts`) what is read from them. */
export const boardRoutes: FastifyPluginAsyncZod<BoardRoutes> = async (app, { boards }) => {
  const waitSignal = waitSignals(app);
  app.addContentTypeParser('application/x-ndjson', { parseAs: 'string' }, (_request, body: string, done) =>
    done(null, new Ndjson(body)),
  );

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

  app.post(
    '/v1/boards/:board/events',
    {
      config: { scope: 'boards:write' },
      // The boards check each event and say where it is wrong, whichever form it came in: not twice.
      validatorCompiler: (part) =>
        part.httpPart === 'body'
          ? (value: unknown) => ({ value })
          : validatorCompiler(part as unknown as Parameters<typeof validatorCompiler>[0]),
      schema: {
        operationId: 'sendEvents',
        summary: 'Send a batch of score events: a JSON array, or NDJSON; all of it is taken, or nothing',
        tags: ['boards'],
        params: Params,
        headers: EventHeaders,
        body: z.array(ScoreEvent).min(1).max(10_000).describe('Events in any order; as NDJSON, one on each line'),
        response: {
          200: Batch.describe('The batch, all of whose parts are applied or refused'),
          202: Batch.describe('The accepted batch, which is being applied; `Location` says where to look'),
          ...problems(
            'invalid-input',
            'invalid-request',
            'board-not-found',
            'payload-too-large',
            'unsupported-media-type',
            'idempotency-conflict',
          ),
        },
      },
    },
    async (request, reply) => {
      const { board } = request.params;
      const { 'idempotency-key': key, prefer } = request.headers;
      const { events, place } = eventsOf(request);
      const accepted = await boards.ingest(board, events, { place, ...(key === undefined ? {} : { key }) });
      reply.header('location', `/v1/boards/${board}/batches/${encodeURIComponent(accepted.batch)}`);
      if (accepted.duplicate) reply.header('idempotency-replayed', 'true');
      const wait = waitOf(prefer);
      if (wait !== undefined) reply.header('preference-applied', `wait=${wait}`);
      const latest =
        wait === undefined
          ? accepted
          : await orAccepted(boards.waitForBatch(accepted, wait * 1000, waitSignal(reply)), accepted);
      reply.code(wait !== undefined && isSettled(latest) ? 200 : 202);
      return latest;
    },
  );

  app.get(
    '/v1/boards/:board/batches/:batch',
    {
      config: { scope: 'boards:read' },
      schema: {
        operationId: 'getBatch',
        summary: 'How far an accepted batch is',
        tags: ['boards'],
        params: Params.extend({ batch: z.string().describe('The batch key') }),
        response: { 200: Batch, ...problems('board-not-found', 'batch-not-found') },
      },
    },
    ({ params }) => boards.batch(params.board, params.batch),
  );

  await app.register(standingsRoutes, { boards });
  await app.register(snapshotRoutes, { boards });
  await app.register(managementRoutes, { boards });
};

function eventsOf({ body }: FastifyRequest): { events: readonly unknown[]; place: (index: number) => string } {
  if (body instanceof Ndjson) {
    const { values, lines } = parseNdjson(body.text);
    return { events: values, place: (index) => `line ${lines[index]}` };
  }
  if (Array.isArray(body)) return { events: body, place: inArray };
  throw new OpslineError('invalid-input', 'The body must be a JSON array of events, or NDJSON with one on each line.');
}
