import { type ExplainDeployOutput, explainDeploy } from '../../signatures/explain-deploy.ts';
import { type ClusterSource, notAmong } from '../../src/config.ts';
import { neighbourhood } from '../../src/evidence/relations.ts';
import { definePipeline, type Pipeline, type Step } from '../../src/runs/pipeline.ts';
import { analyze } from './analyze.ts';
import { ofAskedCluster } from './asked-cluster.ts';
import { explain, rootOf } from './explain.ts';
import { Gathered, gather } from './gather.ts';
import { readGit } from './git/read.ts';
import { ExplainHereRequest, type GitQuestion, GitReading } from './git/request.ts';
import { revisionsIn } from './git/revisions.ts';
import { type FindCluster, readLive } from './live.ts';
import { promptOf } from './prompt.ts';
import { candidates } from './rank.ts';
import { ExplainFields, type ExplainRequest, Explanation, type Finding, somethingToRead } from './schema.ts';
import { viewOf } from './view.ts';

async function run(request: ExplainHereRequest, step: Step, find: FindCluster): Promise<Explanation> {
  const { evidence, unread, cluster, namespace, target, everywhere } = request;
  step.progress({ message: cluster === undefined ? 'Reading the evidence' : `Reading ${cluster}`, fraction: 0.1 });
  // What is read is redacted before it is kept: no secret gets into the journal.
  const look = async (asked: typeof request, signal: AbortSignal) => gather(asked, await readLive(asked, find, signal));
  const given = unread === undefined ? { evidence } : { evidence, unread };
  const asked = cluster === undefined ? given : { ...given, cluster, namespace, target, everywhere };
  const gathered = ofAskedCluster(await step.read('collect', asked, look, Gathered), request);
  const findings = await step.do('analyze', () => analyze(gathered.items, request));
  const doubtful = candidates(findings).length > 0;
  step.progress({ message: findings[0]?.summary ?? 'No rule found a failure', fraction: 0.5 });
  // Nothing to choose among or to word: a model could only invent.
  const draft = doubtful ? await step.predict(explainDeploy, promptOf(request, findings, gathered.items)) : null;
  const question = gitQuestion(request, gathered, findings, draft);
  if (question === undefined) return step.do('verify', () => explain(request, gathered, findings, draft));
  step.progress({ message: 'Comparing Git revisions', fraction: 0.8 });
  const reading = await step.read('git', question, readGit, GitReading);
  return step.do('verify', () => explain(request, gathered, findings, draft, reading));
}

/** What to ask of the repository, once the root is known. Undefined without a repository, or when nothing has failed. */
function gitQuestion(
  request: ExplainHereRequest,
  gathered: Gathered,
  findings: readonly Finding[],
  draft: ExplainDeployOutput | null,
): GitQuestion | undefined {
  const root = rootOf(request, gathered, findings, draft);
  if (request.repo === undefined || root === undefined) return undefined;
  const view = viewOf(gathered.items);
  // Manifests may leave the namespace to whoever applies them.
  const near = neighbourhood(view.scene, view.pods, [root.object]).map(({ kind, name }) => ({ kind, name }));
  return {
    ...request.repo,
    root,
    seen: revisionsIn(view, root),
    near,
    placeholders: gathered.redacted.map(({ placeholder }) => placeholder),
  };
}

/**
 * The root cause of a failed deploy, cited and ranked: collect, number, rules, model, verify. A request names one of these
 * clusters, or none.
 */
export function deployExplanationOn(
  clusters: ReadonlyMap<string, ClusterSource>,
): Pipeline<ExplainRequest, Explanation> {
  return definePipeline<ExplainRequest, Explanation>({
    name: 'deploy-explanation',
    version: 1,
    input: ExplainFields.superRefine((request, context) => {
      somethingToRead(request, context);
      if (request.cluster !== undefined && !clusters.has(request.cluster))
        context.addIssue({ code: 'custom', path: ['cluster'], message: notAmong(clusters) });
    }),
    output: Explanation,
    run: (request, step) => run(request, step, (name) => clusters.get(name)),
  });
}

/** The pipeline of a service that reads no cluster. */
export const deployExplanation = deployExplanationOn(new Map());

/**
 * The same pipeline for a process of the caller's own, which may also name a repository to read, and any cluster that `find` knows.
 * A service has the other one: it must not read paths that come over the network.
 */
export function deployExplanationHereOn(find: FindCluster): Pipeline<ExplainHereRequest, Explanation> {
  return definePipeline<ExplainHereRequest, Explanation>({
    ...deployExplanation,
    input: ExplainHereRequest,
    run: (request, step) => run(request, step, find),
  });
}

/** The one that reads no cluster. */
export const deployExplanationHere = deployExplanationHereOn(() => undefined);
