import { expect, onTestFinished, test } from 'vitest';
import { createMetrics } from '../../src/api/metrics.ts';
import { createProbes } from '../../src/api/probes.ts';
import { OpslineError } from '../../src/errors.ts';

test('a worker answers its probes and nothing else', async () => {
  let reachable = true;
  const check = async (): Promise<void> => {
    if (!reachable) throw new OpslineError('redis-unavailable', 'Redis does not answer.');
  };
  const metrics = createMetrics();
  const app = await createProbes({ checks: [check], metrics });
  onTestFinished(() => app.close());
  metrics.runFinished('echo', 'failed', 3);

  expect((await app.inject('/livez')).statusCode).toBe(200);
  expect((await app.inject('/readyz')).statusCode).toBe(200);
  expect((await app.inject('/metrics')).body).toContain(
    'opsline_runs_finished_total{pipeline="echo",status="failed"} 1',
  );
  expect((await app.inject('/v1/runs')).json()).toMatchObject({ code: 'not-found' });

  reachable = false;
  expect((await app.inject('/readyz')).json()).toMatchObject({ code: 'redis-unavailable', status: 503 });
  expect((await app.inject('/livez')).statusCode).toBe(200);
  reachable = true;
  app.drain();
  expect((await app.inject('/readyz')).json()).toMatchObject({ code: 'shutting-down', status: 503 });
});
