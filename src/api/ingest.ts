import type { FastifyRequest } from 'fastify';
import { type FastifyPluginAsyncZod, validatorCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { OpslineError } from '../errors.ts';
import { Batch, isSettled } from '../leaderboard/accept.ts';
import type { Boards } from '../leaderboard/boards.ts';
import { inArray, ScoreEvent } from '../leaderboard/events.ts';
import { parseNdjson } from '../leaderboard/ndjson.ts';
import { waitSignals } from './closing.ts';
import { unpackGzip } from './gzip.ts';
import { acceptJson, plainJson } from './json-body.ts';
import { orAccepted, waitOf } from './prefer.ts';
import { problems } from './problem.ts';
import { utf8Text } from './utf8.ts';

const Params = z.object({ board: z.string().describe('Id of the board') });

const EventHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
    .optional()
    .describe('The batch key: a batch sent again under it counts once. Without one, a retry counts again'),
  'content-encoding': z.string().optional().describe('`gzip`; the unpacked body may be as large as a plain one, 8 MiB'),
  prefer: z.string().optional().describe('`wait=10` waits up to 10 s (at most 60 s) until the events are applied'),
});

const EventQuery = z.object({
  onInvalid: z
    .enum(['refuse', 'skip'])
    .default('refuse')
    .describe(
      'refuse: one bad event, and nothing of the batch is taken; skip: the good ones are, and `skipped` names the bad ones',
    ),
});

/** What an NDJSON body is until its lines are read. */
class Ndjson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Batches of score events and how far they are. */
export const ingestRoutes: FastifyPluginAsyncZod<{ boards: Boards }> = async (app, { boards }) => {
  const waitSignal = waitSignals(app);
  acceptJson(app, plainJson);
  app.addContentTypeParser(
    'application/x-ndjson',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => new Ndjson(utf8Text(request, body)),
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
      preParsing: unpackGzip,
      schema: {
        operationId: 'sendEvents',
        summary:
          'Send a batch of score events: a JSON array, or NDJSON; all of it is taken, or nothing, unless `onInvalid` says so',
        tags: ['boards'],
        params: Params,
        headers: EventHeaders,
        querystring: EventQuery,
        body: z.array(ScoreEvent).min(1).max(10_000).describe('Events in any order'),
        consumes: ['application/json', 'application/x-ndjson'],
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
      const accepted = await boards.ingest(board, events, {
        place,
        onInvalid: request.query.onInvalid,
        ...(key === undefined ? {} : { key }),
      });
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
};

function eventsOf({ body }: FastifyRequest): { events: readonly unknown[]; place: (index: number) => string } {
  if (body instanceof Ndjson) {
    const { values, lines } = parseNdjson(body.text);
    return { events: values, place: (index) => `line ${lines[index]}` };
  }
  if (Array.isArray(body)) return { events: body, place: inArray };
  throw new OpslineError('invalid-input', 'The body must be a JSON array of events, or NDJSON with one on each line.');
}
