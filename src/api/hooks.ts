import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Run } from '../runs/run.ts';
import type { Runs } from '../runs/runs.ts';
import { AlertmanagerNotification, ofAlertmanagerNotification } from './alertmanager-hook.ts';
import { ArgoNotification, ofArgoNotification } from './argocd-hook.ts';
import { callerId } from './auth.ts';
import { problems } from './problem.ts';
import type { Trouble } from './trouble.ts';

export interface HookRoutes {
  readonly runs: Runs;
  /** Told of each new run. */
  readonly onEnqueued: (pipeline: string) => void;
}

/** The cluster that sends: one of the service's configuration. */
const From = z.object({
  cluster: z.string().min(1).max(400).optional().describe('The cluster to look into, by its name in the configuration'),
});

const PIPELINE = 'deploy-explanation';
/** The most urgent: whoever is on call waits for it. */
const PRIORITY = 1;

const Skipped = z.object({ started: z.literal(false), reason: z.string() }).describe('No run was started, and why');

const ANSWERS = {
  200: Skipped,
  202: Run.describe('The run; `Location` says where to look. Repetitions give the same one.'),
  ...problems('invalid-request', 'payload-too-large', 'unsupported-media-type', 'invalid-input'),
};

/** Notifications of other systems, each of which starts at most one explanation. */
export const hookRoutes: FastifyPluginAsyncZod<HookRoutes> = async (app, { runs, onEnqueued }) => {
  const answer = async (trouble: Trouble, request: FastifyRequest, reply: FastifyReply) => {
    if ('skipped' in trouble) return reply.code(200).send({ started: false, reason: trouble.skipped });
    const { run, created } = await runs.enqueue(PIPELINE, trouble.input, {
      priority: PRIORITY,
      // A repetition tells the same trouble in other words: times and counts have moved on.
      idempotency: { scope: `${callerId(request)}:hooks`, key: JSON.stringify(trouble.key), anyBody: true },
    });
    if (created) onEnqueued(PIPELINE);
    else reply.header('idempotency-replayed', 'true');
    return reply.code(202).header('location', `/v1/runs/${run.id}`).send(run);
  };

  app.post(
    '/v1/hooks/argocd',
    {
      config: { scope: 'hooks:write' },
      schema: {
        operationId: 'argocdHook',
        summary: 'A notification of Argo CD: explains the Application, once for each revision and phase',
        tags: ['hooks'],
        querystring: From,
        body: ArgoNotification,
        response: ANSWERS,
      },
    },
    (request, reply) => answer(ofArgoNotification(request.body, request.query.cluster), request, reply),
  );

  app.post(
    '/v1/hooks/alertmanager',
    {
      config: { scope: 'hooks:write' },
      schema: {
        operationId: 'alertmanagerHook',
        summary:
          'A notification of Alertmanager: explains what fires, once for each group and the time since when it fires',
        tags: ['hooks'],
        querystring: From,
        body: AlertmanagerNotification,
        response: ANSWERS,
      },
    },
    (request, reply) => answer(ofAlertmanagerNotification(request.body, request.query.cluster), request, reply),
  );
};
