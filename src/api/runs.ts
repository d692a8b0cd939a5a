import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { OpslineError } from '../errors.ts';
import { isFinal, Run, RunId, RunRecord, RunStatus } from '../runs/run.ts';
import type { RunFilter, Runs } from '../runs/runs.ts';
import { problems } from './problem.ts';

const Params = z.object({ id: z.string().describe('`run_` and a UUIDv7') });

/** Strict: a filter that is misspelt must not give all runs. */
const Filter = z.strictObject({
  pipeline: z.string().optional(),
  status: RunStatus.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z
    .string()
    .refine((text) => RunId.safeParse(text).success, 'must be the cursor that the page before gave')
    .optional()
    .describe('As the page before gave it'),
});

const Page = z.object({
  runs: z.array(Run.omit({ output: true })).describe('Newest first, without their outputs'),
  cursor: z.string().optional().describe('Where the next page begins; absent on the last one'),
});

/** Looking at runs, cancelling and retrying them. */
export const runRoutes: FastifyPluginAsyncZod<{ runs: Runs }> = async (app, { runs }) => {
  app.get(
    '/v1/runs',
    {
      config: { scope: 'runs:read' },
      schema: {
        operationId: 'listRuns',
        summary: 'Runs, newest first',
        tags: ['runs'],
        querystring: Filter,
        response: { 200: Page, ...problems('invalid-request') },
      },
    },
    async (request, reply) => {
      const { limit, ...rest } = request.query;
      const page = await runs.list({ limit, ...defined(rest) });
      if (page.cursor !== undefined) {
        const next = new URLSearchParams({ ...defined(rest), limit: String(limit), cursor: page.cursor });
        reply.header('link', `</v1/runs?${next}>; rel="next"`);
      }
      return { ...page, runs: page.runs.map(({ output: _, ...run }) => run) };
    },
  );

  app.get(
    '/v1/runs/:id',
    {
      config: { scope: 'runs:read' },
      schema: {
        operationId: 'getRun',
        summary: 'A run, with its output once it has succeeded',
        tags: ['runs'],
        params: Params,
        response: { 200: Run, ...problems('run-not-found') },
      },
    },
    (request) => runs.get(runId(request.params.id)),
  );

  app.delete(
    '/v1/runs/:id',
    {
      config: { scope: 'runs:write' },
      schema: {
        operationId: 'cancelRun',
        summary: 'Cancel a run: its worker stops within a second',
        tags: ['runs'],
        params: Params,
        response: {
          200: Run.describe('The run, cancelled'),
          202: Run.describe('The run, whose worker has been told to stop'),
          ...problems('run-not-found', 'run-finished'),
        },
      },
    },
    async (request, reply) => {
      const run = await runs.cancel(runId(request.params.id));
      reply.code(isFinal(run.status) ? 200 : 202);
      return run;
    },
  );

  app.post(
    '/v1/runs/:id/retry',
    {
      config: { scope: 'runs:write' },
      schema: {
        operationId: 'retryRun',
        summary: 'Put a failed run back into its queue; what it has journalled is kept',
        tags: ['runs'],
        params: Params,
        response: {
          202: Run,
          ...problems(
            'invalid-request',
            'payload-too-large',
            'unsupported-media-type',
            'run-not-found',
            'run-not-retryable',
          ),
        },
      },
    },
    async (request, reply) => {
      const run = await runs.retry(runId(request.params.id));
      reply.code(202).header('location', `/v1/runs/${run.id}`);
      return run;
    },
  );

  app.get(
    '/v1/runs/:id/record',
    {
      config: { scope: 'runs:read' },
      schema: {
        operationId: 'getRunRecord',
        summary: 'A run with its input and journal: all that `opsline runs replay` needs',
        tags: ['runs'],
        params: Params,
        response: { 200: RunRecord, ...problems('run-not-found') },
      },
    },
    (request) => runs.record(runId(request.params.id)),
  );
};

/** An id that could be one; anything else cannot name a run. Throws `run-not-found`. */
export function runId(text: string): string {
  if (RunId.safeParse(text).success) return text;
  throw new OpslineError('run-not-found', `There is no run ${JSON.stringify(text)}: ids look like run_0192….`);
}

function defined(
  filter: {
    [K in keyof Omit<RunFilter, 'limit'>]: RunFilter[K] | undefined;
  },
): Omit<RunFilter, 'limit'> {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}
