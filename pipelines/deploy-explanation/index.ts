import { explainDeploy } from '../../signatures/explain-deploy.ts';
import { definePipeline } from '../../src/runs/pipeline.ts';
import { analyze } from './analyze.ts';
import { explain } from './explain.ts';
import { Gathered, gather } from './gather.ts';
import { promptOf } from './prompt.ts';
import { candidates } from './rank.ts';
import { ExplainRequest, Explanation } from './schema.ts';

/** The root cause of a failed deploy, cited and ranked: collect, number, rules, model, verify. */
export const deployExplanation = definePipeline<ExplainRequest, Explanation>({
  name: 'deploy-explanation',
  version: 1,
  input: ExplainRequest,
  output: Explanation,
  async run(request, step) {
    step.progress({ message: 'Reading the evidence', fraction: 0.1 });
    const gathered = await step.read('collect', { evidence: request.evidence }, gather, Gathered);
    const findings = await step.do('analyze', () => analyze(gathered.items));
    const doubtful = candidates(findings, []).length > 0;
    step.progress({ message: findings[0]?.summary ?? 'No rule found a failure', fraction: 0.5 });
    // Nothing to choose among or to word: a model could only invent.
    const draft = doubtful ? await step.predict(explainDeploy, promptOf(request, findings, gathered.items)) : null;
    return step.do('verify', () => explain(request, gathered, findings, draft));
  },
});
