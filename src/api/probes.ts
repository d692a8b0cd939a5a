import { type FastifyInstance, fastify, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { answerClientError } from './client-error.ts';
import { closeKeptConnections } from './closing.ts';
import { addErrorHandling } from './error-handler.ts';
import { healthRoutes, type ReadyCheck } from './health.ts';
import { type Metrics, metricsRoutes } from './metrics.ts';

/**
 * `/livez`, `/readyz` and `/metrics` for a process without the API, such as a worker; ready for `listen` or `inject`. It
 * takes no tokens and shows nothing that needs one.
 */
export async function createProbes(options: {
  readonly checks: readonly ReadyCheck[];
  readonly metrics: Metrics;
}): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
    requestTimeout: 10_000,
    clientErrorHandler: answerClientError,
  });
  let draining = false;
  app.decorate('drain', () => {
    draining = true;
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  addErrorHandling(app);
  closeKeptConnections(app);
  await app.register(healthRoutes, { checks: options.checks, draining: () => draining });
  await app.register(metricsRoutes, { metrics: options.metrics });
  await app.ready();
  return app;
}
