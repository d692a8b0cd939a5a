import type { FastifyReply, FastifyRequest } from 'fastify';
import { type FastifyPluginAsyncZod, validatorCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { OpslineError } from '../errors.ts';
import type { AnyPipeline } from '../runs/pipeline.ts';
import { isFinal, Run } from '../runs/run.ts';
import type { EnqueueOptions, Runs } from '../runs/runs.ts';
import { callerId } from './auth.ts';
import { waitSignals } from './closing.ts';
import { orAccepted, waitOf } from './prefer.ts';
import { preparedInput } from './prepare.ts';
import { problems } from './problem.ts';
import { allows } from './scopes.ts';

export interface PipelineRoutes {
  readonly runs: Runs;
  readonly pipelines: readonly AnyPipeline[];
  /** Told of each new run. */
  readonly onEnqueued: (pipeline: string) => void;
}

const JsonSchema = z.record(z.string(), z.unknown());
const Description = z.object({
  name: z.string(),
  version: z.number().int(),
  timeoutMs: z.number().int(),
  input: JsonSchema.describe('JSON Schema of what a run takes'),
  output: JsonSchema.describe('JSON Schema of what a run gives'),
});

const StartHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
    .optional()
    .describe('Repeating a request with the same key and body within 24 h gives the same run'),
  prefer: z.string().optional().describe('`wait=10` waits up to 10 s (at most 60 s) for the run to finish'),
  traceparent: z.string().optional().describe('W3C trace context, kept until the model call'),
});

/** Smaller is sooner. Somebody on call waits for an explanation; nobody waits for standings. */
const PRIORITY: Readonly<Record<string, number>> = { 'deploy-explanation': 1, 'policy-fix': 5 };
const DEFAULT_PRIORITY = 10;

/** What pipelines there are, and starting a run of one. */
export const pipelineRoutes: FastifyPluginAsyncZod<PipelineRoutes> = async (app, { runs, pipelines, onEnqueued }) => {
  let descriptions: z.infer<typeof Description>[] | undefined;
  const waitSignal = waitSignals(app);

  app.get(
    '/v1/pipelines',
    {
      config: { scope: 'runs:read' },
      schema: {
        operationId: 'listPipelines',
        summary: 'The pipelines, with the JSON schemas of their inputs and outputs',
        tags: ['pipelines'],
        response: { 200: z.object({ pipelines: z.array(Description) }), ...problems() },
      },
    },
    async () => {
      descriptions ??= pipelines.map(describe);
      return { pipelines: descriptions };
    },
  );

  const start = async (pipeline: string, request: FastifyRequest, reply: FastifyReply): Promise<Run> => {
    const headers = request.headers as z.infer<typeof StartHeaders>;
    const input = await preparedInput(pipeline, request.body, runs, mayRead(request));
    const { run, created } = await runs.enqueue(pipeline, input, enqueueOptions(pipeline, headers, request));
    if (created) onEnqueued(pipeline);
    else reply.header('idempotency-replayed', 'true');
    reply.header('location', `/v1/runs/${run.id}`);
    const wait = waitOf(headers.prefer);
    if (wait !== undefined) reply.header('preference-applied', `wait=${wait}`);
    const latest =
      wait === undefined || isFinal(run.status)
        ? run
        : await orAccepted(runs.wait(run.id, wait * 1000, waitSignal(reply)), run);
    reply.code(isFinal(latest.status) ? 200 : 202);
    return latest;
  };

  // One address each, so that the OpenAPI document holds each pipeline's own input.
  for (const pipeline of pipelines) {
    app.post(
      `/v1/pipelines/${pipeline.name}/runs`,
      {
        config: { scope: 'runs:write' },
        // The runs validate an input against its pipeline, wherever it comes from: not twice.
        validatorCompiler: (part) =>
          part.httpPart === 'body'
            ? (value: unknown) => ({ value })
            : validatorCompiler(part as unknown as Parameters<typeof validatorCompiler>[0]),
        schema: {
          operationId: `start-${pipeline.name}`,
          summary: `Start a run of ${pipeline.name}`,
          tags: ['pipelines'],
          headers: StartHeaders,
          body: pipeline.input,
          response: {
            200: Run.describe('The run, when it has finished already'),
            202: Run.describe('The run, which goes on; `Location` says where to look'),
            ...problems(
              'invalid-request',
              'payload-too-large',
              'unsupported-media-type',
              'invalid-input',
              'idempotency-conflict',
              'run-not-found',
              'run-not-finished',
            ),
          },
        },
      },
      (request, reply) => start(pipeline.name, request, reply),
    );
  }

  app.post(
    '/v1/pipelines/:name/runs',
    { config: { scope: 'runs:write' }, schema: { hide: true, params: z.object({ name: z.string() }) } },
    async (request) => {
      throw new OpslineError(
        'pipeline-not-found',
        `There is no pipeline ${JSON.stringify(request.params.name)}. There are: ${pipelines.map((p) => p.name).join(', ')}.`,
      );
    },
  );
};

function mayRead({ caller }: FastifyRequest): boolean {
  return caller === 'open' || (caller !== undefined && allows(caller.scopes, 'runs:read'));
}

function enqueueOptions(
  pipeline: string,
  headers: z.infer<typeof StartHeaders>,
  request: FastifyRequest,
): EnqueueOptions {
  const key = headers['idempotency-key'];
  const { traceparent } = headers;
  return {
    priority: PRIORITY[pipeline] ?? DEFAULT_PRIORITY,
    ...(key === undefined ? {} : { idempotency: { scope: `${callerId(request)}:${pipeline}`, key } }),
    // A trace context that is not one is dropped, and a new trace begins (W3C Trace Context §4.3).
    ...(traceparent !== undefined && TRACEPARENT.test(traceparent) ? { traceparent } : {}),
  };
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

function describe({ name, version, timeoutMs, input, output }: AnyPipeline): z.infer<typeof Description> {
  return {
    name,
    version,
    timeoutMs,
    input: z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>,
    output: z.toJSONSchema(output, { io: 'output', unrepresentable: 'any' }) as Record<string, unknown>,
  };
}
