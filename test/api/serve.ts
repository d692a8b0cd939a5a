import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import type { Scope } from '../../src/api/scopes.ts';
import { createServer, type ServerOptions } from '../../src/api/server.ts';
import { createMemoryTokens, type TokenStore } from '../../src/api/tokens.ts';
import { OpslineError } from '../../src/errors.ts';
import { noModel } from '../../src/model/predictor.ts';
import { createMemoryRuns } from '../../src/runs/memory-runs.ts';
import { definePipeline } from '../../src/runs/pipeline.ts';
import type { Run } from '../../src/runs/run.ts';
import type { Runs } from '../../src/runs/runs.ts';

const Text = z.object({
  text: z
    .string()
    .max(7 * 1024 * 1024)
    .describe('Any text'),
});

/** Gives back what it was given. */
export const echo = definePipeline({
  name: 'echo',
  version: 3,
  input: Text,
  output: Text,
  run: (input, step) => step.do('copy', () => ({ text: input.text })),
});

/** Fails with a known error. */
export const broken = definePipeline({
  name: 'broken',
  version: 1,
  input: Text,
  output: Text,
  run: async () => {
    throw new OpslineError('policy-refused', 'This pipeline always fails.');
  },
});

/** Goes on until it is cancelled. */
export const endless = definePipeline({
  name: 'endless',
  version: 1,
  input: Text,
  output: Text,
  run: (input, step) =>
    step.read('wait', input, async (given, signal) => {
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
      return given;
    }),
});

export const pipelines = [echo, broken, endless];

export interface Served {
  readonly app: FastifyInstance;
  readonly runs: Runs;
  readonly tokens: TokenStore;
  /** Sends JSON to start a run. */
  start(pipeline: string, text: string, headers?: Record<string, string>): Promise<LightMyRequestResponse>;
  /** The run, once it is final. */
  finished(id: string): Promise<Run>;
  /** A bearer header with these scopes; afterwards the service is no longer open. */
  bearer(...scopes: Scope[]): Promise<{ authorization: string }>;
}

/** A server over runs in memory, closed when the test ends. */
export async function serve(options: Partial<ServerOptions> = {}): Promise<Served> {
  const tokens = options.tokens ?? createMemoryTokens();
  const runs = options.runs ?? createMemoryRuns({ pipelines, predictor: noModel() });
  const app = await createServer({ pipelines, ...options, runs, tokens });
  onTestFinished(async () => {
    await app.close();
    await runs.close();
  });
  return {
    app,
    runs,
    tokens,
    start: async (pipeline, text, headers = {}) =>
      app.inject({ method: 'POST', url: `/v1/pipelines/${pipeline}/runs`, payload: { text }, headers }),
    finished: (id) => runs.wait(id, 10_000),
    bearer: async (...scopes) => ({ authorization: `Bearer ${(await tokens.create({ name: 'test', scopes })).token}` }),
  };
}

/** The last of five answers and their median time, so that a busy machine does not decide. Milliseconds. */
export async function timed(
  ask: () => Promise<LightMyRequestResponse>,
): Promise<{ response: LightMyRequestResponse; ms: number }> {
  const times: number[] = [];
  for (;;) {
    const begun = performance.now();
    const response = await ask();
    times.push(performance.now() - begun);
    if (times.length === 5) return { response, ms: times.sort((a, b) => a - b)[2] ?? 0 };
  }
}
