import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deployExplanation } from '../../pipelines/deploy-explanation/index.ts';
import { policyFix } from '../../pipelines/policy-fix/index.ts';
import { noModel } from '../../src/model/predictor.ts';
import { createMemoryRuns } from '../../src/runs/memory-runs.ts';
import { runPages } from '../../src/web/run-pages.ts';
import { broken, echo, endless, serve } from '../api/serve.ts';
import { BUILD_TIMEOUT_MS, program } from '../helpers/programs.ts';
import { READ_ONLY_POLICY, workload } from '../pipelines/policy-fix/read-only.ts';
import { readMarkup } from './markup.ts';

const pipelines = [deployExplanation, echo, broken, endless];
const LOG = join(
  import.meta.dirname,
  '../faults/startup/environment-variable-missing/text/payments-6d4f9c7b58-x2x9q.log',
);

function served() {
  return serve({ pipelines, pages: runPages, runs: createMemoryRuns({ pipelines, predictor: noModel() }) });
}

test('an explanation is shown as a page that may load nothing and be framed by nobody', async () => {
  const { app, finished } = await served();
  const evidence = [{ name: 'api.log', text: readFileSync(LOG, 'utf8') }];
  const url = '/v1/pipelines/deploy-explanation/runs';
  const { id } = (await app.inject({ method: 'POST', url, payload: { evidence } })).json();
  expect((await finished(id)).status).toBe('succeeded');
  const page = await app.inject(`/runs/${id}`);
  expect(page.statusCode).toBe(200);
  expect(page.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cache-control': 'private, no-store',
  });
  const policy = String(page.headers['content-security-policy']);
  expect(policy).toMatch(
    /^default-src 'none'; style-src 'sha256-\S+'; script-src 'sha256-\S+'; .*frame-ancestors 'none'$/,
  );
  const meta = readMarkup(page.body).find(({ attributes }) => attributes.has('http-equiv'));
  expect(policy).toContain(meta?.attributes.get('content'));
  expect(page.body).toContain('environment-variable-missing');
});

test('a run that goes on is loaded again; one that failed says why; others lead to their JSON', async () => {
  const { app, start, finished, runs } = await served();
  const waiting = (await start('endless', 'x')).json();
  const open = (await app.inject(`/runs/${waiting.id}`)).body;
  expect(readMarkup(open).some(({ attributes }) => attributes.get('http-equiv') === 'refresh')).toBe(true);
  await runs.cancel(waiting.id);
  const failed = (await start('broken', 'x')).json();
  await finished(failed.id);
  const page = (await app.inject(`/runs/${failed.id}`)).body;
  readMarkup(page);
  expect(page).toContain('This pipeline always fails. (policy-refused)');
  expect(page).not.toContain('refresh');
  const other = (await start('echo', 'x')).json();
  await finished(other.id);
  expect((await app.inject(`/runs/${other.id}`)).body).toContain(`href="/v1/runs/${other.id}"`);
});

test('it needs runs:read, which a browser may send as a password; what is no run is not found', async () => {
  const { app, start, bearer } = await served();
  const { id } = (await start('echo', 'x')).json();
  const { authorization } = await bearer('runs:read');
  const basic = `Basic ${Buffer.from(`me:${authorization.slice(7)}`).toString('base64')}`;
  expect((await app.inject(`/runs/${id}`)).statusCode).toBe(401);
  expect((await app.inject({ url: `/runs/${id}`, headers: { authorization: basic } })).statusCode).toBe(200);
  expect((await app.inject({ url: `/runs/${id}`, headers: await bearer('boards:read') })).statusCode).toBe(403);
  for (const wrong of ['<script>', 'run_01900000-0000-7000-8000-000000000000'])
    expect(
      (await app.inject({ url: `/runs/${encodeURIComponent(wrong)}`, headers: { authorization } })).json(),
    ).toMatchObject({
      code: 'run-not-found',
    });
});

test(
  'a fix is shown as a page in which manifests and policies are text',
  async () => {
    await program('gator');
    const all = [policyFix];
    const { app, finished } = await serve({
      pipelines: all,
      pages: runPages,
      runs: createMemoryRuns({ pipelines: all, predictor: noModel() }),
    });
    const message = 'the container %v must not write (see #12, @platform)';
    const policy = READ_ONLY_POLICY.replace(message, '<script>alert(1)</script> & %v');
    const payload = {
      manifests: [{ file: 'a.yaml', text: workload('Deployment', 'web') }],
      policies: [{ file: 'p.yaml', text: policy }],
    };
    const { id } = (await app.inject({ method: 'POST', url: '/v1/pipelines/policy-fix/runs', payload })).json();
    expect((await finished(id)).status).toBe('succeeded');
    const { body } = await app.inject(`/runs/${id}`);
    const texts = readMarkup(body).map(({ text }) => text.trim());
    for (const text of ['fixed', '<script>alert(1)</script> & web', 'risk medium', 'a.yaml:14'])
      expect(texts).toContain(text);
    expect(texts.some((text) => text.startsWith('diff --git a/a.yaml b/a.yaml'))).toBe(true);
    expect(body).toContain('kubectl rollout status deployment/web -n shop');
  },
  BUILD_TIMEOUT_MS,
);
