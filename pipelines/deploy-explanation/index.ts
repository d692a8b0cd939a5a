import { type ExplainDeployOutput, explainDeploy } from '../../signatures/explain-deploy.ts';
import { neighbourhood } from '../../src/evidence/relations.ts';
import { definePipeline, type Step } from '../../src/runs/pipeline.ts';
import { analyze } from './analyze.ts';
import { explain, rootOf } from './explain.ts';
import { Gathered, gather } from './gather.ts';
import { readGit } from './git/read.ts';
import { ExplainHereRequest, type GitQuestion, GitReading } from './git/request.ts';
import { revisionsIn } from './git/revisions.ts';
import { promptOf } from './prompt.ts';
import { candidates } from './rank.ts';
import { ExplainRequest, Explanation, type Finding } from './schema.ts';
import { viewOf } from './view.ts';

async function run(request: ExplainHereRequest, step: Step): Promise<Explanation> {
  step.progress({ message: 'Reading the evidence', fraction: 0.1 });
  const gathered = await step.read('collect', { evidence: request.evidence }, gather, Gathered);
  const findings = await step.do('analyze', () => analyze(gathered.items));
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
  const near = [...neighbourhood(view.scene, view.pods, [root.object])].map((key) => {
    const at = key.indexOf('/');
    return { kind: key.slice(0, at), name: key.slice(at + 1) };
  });
  return {
    ...request.repo,
    root,
    seen: revisionsIn(view, root),
    near,
    placeholders: gathered.redacted.map(({ placeholder }) => placeholder),
  };
}

/** The root cause of a failed deploy, cited and ranked: collect, number, rules, model, verify. */
export const deployExplanation = definePipeline<ExplainRequest, Explanation>({
  name: 'deploy-explanation',
  version: 1,
  input: ExplainRequest,
  output: Explanation,
  run,
});

/**
 * The same pipeline for a process of the caller's own, which may also name a repository to read. A service has the other one:
 * it must not read paths that come over the network.
 */
export const deployExplanationHere = definePipeline<ExplainHereRequest, Explanation>({
  ...deployExplanation,
  input: ExplainHereRequest,
  run,
});
