import type { FastifyPluginAsync } from 'fastify';
import { Explanation } from '../../pipelines/deploy-explanation/schema.ts';
import { FixResult } from '../../pipelines/policy-fix/schema.ts';
import { OpslineError } from '../errors.ts';
import { isFinal, type Run, RunId } from '../runs/run.ts';
import type { Runs } from '../runs/runs.ts';
import { renderExplanationPage } from './explanation.ts';
import { renderFixPage } from './fix.ts';
import { html } from './html.ts';
import { PAGE_CSP, page } from './page.ts';

/** How often the page of a run that goes on is loaded again, seconds. */
const REFRESH_SECONDS = 2;

/**
 * `GET /runs/{id}`: a run as a page. An explanation is shown whole; of any other run, how it stands. A browser sends its token as
 * the password of HTTP Basic.
 */
export const runPages: FastifyPluginAsync<{ runs: Runs }> = async (app, { runs }) => {
  app.get<{ Params: { id: string } }>(
    '/runs/:id',
    { config: { scope: 'runs:read', browser: true }, schema: { hide: true } },
    async (request, reply) => {
      const { id } = request.params;
      if (!RunId.safeParse(id).success)
        throw new OpslineError('run-not-found', `There is no run ${JSON.stringify(id)}: ids look like run_0192….`);
      const run = await runs.get(id);
      return reply
        .headers({
          'content-security-policy': `${PAGE_CSP}; frame-ancestors 'none'`,
          'referrer-policy': 'no-referrer',
          'cache-control': 'private, no-store',
        })
        .type('text/html; charset=utf-8')
        .serializer(String)
        .send(renderRun(run));
    },
  );
};

/** A run as a page: its explanation or fix, or how it stands. */
export function renderRun(run: Run): string {
  if (run.pipeline === 'deploy-explanation' && run.status === 'succeeded')
    return renderExplanationPage(Explanation.parse(run.output));
  if (run.pipeline === 'policy-fix' && run.status === 'succeeded') return renderFixPage(FixResult.parse(run.output));
  const { id, pipeline, status, progress, error } = run;
  const open = !isFinal(status);
  const said = error === undefined ? (progress?.message ?? '') : `${error.message} (${error.code})`;
  const hint = open ? html`<p class="dim">This page loads itself again until the run has finished.</p>\n` : undefined;
  const body = html`<main><header id="answer"><p class="verdict ${status === 'failed' ? 'failed' : ''}">${status}</p>
<h1>${pipeline} ${id}</h1>
<p>${said}</p>
${hint}<p>As JSON: <a href="/v1/runs/${id}">/v1/runs/${id}</a></p></header></main>`;
  return page(`${status}: ${pipeline} – opsline`, body, open ? { refreshSeconds: REFRESH_SECONDS } : {});
}
