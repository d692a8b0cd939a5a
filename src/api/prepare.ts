import { ExplainRequest, Explanation } from '../../pipelines/deploy-explanation/schema.ts';
import { fromExplanation } from '../../pipelines/policy-fix/denial.ts';
import { OpslineError } from '../errors.ts';
import { RunId } from '../runs/run.ts';
import type { Runs } from '../runs/runs.ts';

type Body = Readonly<Record<string, unknown>>;

const isBody = (value: unknown): value is Body => typeof value === 'object' && value !== null && !Array.isArray(value);
const listed = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/**
 * `explanation: "run_…"` in a request of policy-fix becomes what that run found: the denial, and from its evidence the denied
 * object and the policies. What the request itself gives counts beside it, and manifests or a repository instead of the object.
 */
async function fromRun(body: Body, id: string, runs: Runs): Promise<Body> {
  const { run, input } = await runs.record(id);
  if (run.pipeline !== 'deploy-explanation')
    throw new OpslineError('invalid-input', `${id} is a run of ${run.pipeline}, and no explanation.`);
  if (run.status !== 'succeeded')
    throw new OpslineError('run-not-finished', `${id} is ${run.status}: there is no explanation to start from.`);
  const found = fromExplanation(Explanation.parse(run.output), ExplainRequest.parse(input).evidence);
  const { explanation: _, ...given } = body;
  const sources = given.git !== undefined || listed(given.manifests).length > 0;
  if (!sources && found.manifests.length === 0)
    throw new OpslineError(
      'invalid-input',
      `The evidence of ${id} does not hold ${found.denial?.object.kind} ${found.denial?.object.name} as YAML: give it in manifests, or a repository in git.`,
    );
  return {
    ...(given.engines === undefined && found.engines ? { engines: found.engines, level: found.level } : {}),
    ...given,
    manifests: sources ? listed(given.manifests) : found.manifests,
    policies: [...listed(given.policies), ...found.policies],
    denial: found.denial,
  };
}

/** The input of a run as its pipeline takes it. Throws `run-not-found`, `run-not-finished` and `invalid-input`. */
export async function preparedInput(pipeline: string, body: unknown, runs: Runs, mayRead: boolean): Promise<unknown> {
  if (pipeline !== 'policy-fix' || !isBody(body) || body.explanation === undefined) return body;
  const id = RunId.safeParse(body.explanation);
  if (!id.success)
    throw new OpslineError('invalid-input', 'explanation must be the id of a run of deploy-explanation.', {
      issues: [{ path: 'explanation', message: 'must look like run_0192…' }],
    });
  if (!mayRead) throw new OpslineError('forbidden', 'Starting from an explanation needs the scope runs:read as well.');
  return fromRun(body, id.data, runs);
}
