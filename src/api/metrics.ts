import type { FastifyInstance } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { QueueDepth } from '../runs/queues.ts';

/** The figures of one process. Labels name kinds of things, never a single run, token, board or player. */
export interface Metrics {
  readonly registry: Registry;
  /** The text that Prometheus scrapes, and its content type. */
  text(): Promise<{ type: string; body: string }>;
  /** From now on each scrape asks for the state of these queues. */
  watchQueues(states: () => Promise<readonly QueueDepth[]>): void;
  runEnqueued(pipeline: string): void;
  /** A run became final in this process. */
  runFinished(pipeline: string, status: string, seconds: number): void;
  /** A model call ended: `outcome` is `ok`, or `unusable` when no answer came or none that fits. */
  modelCall(call: { signature: string; model: string; outcome: string; seconds: number; tokens: Tokens }): void;
}
interface Tokens {
  readonly input: number;
  readonly output: number;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** The figures of this process, for its API, its worker or both. */
export function createMetrics(): Metrics {
  let queues: () => Promise<readonly QueueDepth[]> = async () => [];
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const enqueued = new Counter({
    name: 'opsline_runs_enqueued_total',
    help: 'Runs accepted by this process',
    labelNames: ['pipeline'],
    registers,
  });
  const finished = new Counter({
    name: 'opsline_runs_finished_total',
    help: 'Runs that became final in this process',
    labelNames: ['pipeline', 'status'],
    registers,
  });
  const runSeconds = new Histogram({
    name: 'opsline_run_duration_seconds',
    help: 'From start to final status',
    labelNames: ['pipeline', 'status'],
    buckets: SECONDS,
    registers,
  });
  const modelSeconds = new Histogram({
    name: 'opsline_model_call_duration_seconds',
    help: 'Model calls',
    labelNames: ['signature', 'model', 'outcome'],
    buckets: SECONDS,
    registers,
  });
  const modelTokens = new Counter({
    name: 'opsline_model_tokens_total',
    help: 'Tokens sent to and received from models',
    labelNames: ['model', 'direction'],
    registers,
  });
  const depth = new Gauge({
    name: 'opsline_queue_jobs',
    help: 'Jobs in a queue by state',
    labelNames: ['queue', 'state'],
    registers,
  });
  const age = new Gauge({
    name: 'opsline_queue_oldest_waiting_seconds',
    help: 'How long the job that has waited longest has waited',
    labelNames: ['queue'],
    registers,
  });
  const up = new Gauge({
    name: 'opsline_queues_readable',
    help: 'Whether the queues could be read for this scrape',
    registers,
  });

  return {
    registry,
    async text() {
      depth.reset();
      age.reset();
      // A scrape still answers when Redis does not: that is when its other figures are wanted most.
      const states = await queues().catch(() => undefined);
      up.set(states === undefined ? 0 : 1);
      for (const { queue, jobs, oldestSeconds } of states ?? []) {
        for (const [state, count] of Object.entries(jobs)) depth.set({ queue, state }, count);
        age.set({ queue }, oldestSeconds);
      }
      return { type: registry.contentType, body: await registry.metrics() };
    },
    watchQueues: (states) => {
      queues = states;
    },
    runEnqueued: (pipeline) => enqueued.inc({ pipeline }),
    runFinished: (pipeline, status, seconds) => {
      finished.inc({ pipeline, status });
      runSeconds.observe({ pipeline, status }, seconds);
    },
    modelCall: ({ signature, model, outcome, seconds, tokens }) => {
      modelSeconds.observe({ signature, model, outcome }, seconds);
      modelTokens.inc({ model, direction: 'input' }, tokens.input);
      modelTokens.inc({ model, direction: 'output' }, tokens.output);
    },
  };
}

/** Times every request by method, route pattern and status. */
export function addHttpMetrics(app: FastifyInstance, { registry }: Metrics): void {
  const seconds = new Histogram({
    name: 'opsline_http_request_duration_seconds',
    help: 'HTTP requests',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers: [registry],
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    seconds.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
  });
}

/** `GET /metrics` in the Prometheus text format. */
export const metricsRoutes: FastifyPluginAsyncZod<{ metrics: Metrics }> = async (app, { metrics }) => {
  app.get(
    '/metrics',
    { config: { scope: 'public', rateLimit: false }, logLevel: 'silent', schema: { hide: true } },
    async (_request, reply) => {
      const { type, body } = await metrics.text();
      return reply.type(type).send(body);
    },
  );
};
