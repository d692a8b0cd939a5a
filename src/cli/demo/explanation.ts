import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import { renderExplanation } from '../../../pipelines/deploy-explanation/render.ts';
import { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import type { Run } from '../../runs/run.ts';
import type { Client } from '../client.ts';
import type { Chapter, Page } from './page.ts';
import { readSample, sampleCases } from './samples.ts';

/** Has the first failed deploy of the samples explained, over HTTP, and prints it; `words` prints the summary alone. */
export async function showExplanation(
  client: Client,
  page: Page,
  chapter: Chapter,
  part: 'all' | 'words',
  tell: (run: Run) => void,
): Promise<void> {
  const [first] = await sampleCases(deployExplanation.name);
  const evidence = await readSample(deployExplanation.name, ...(first === undefined ? [] : [first]));
  const run = await client.run(deployExplanation.name, { evidence }, tell);
  page.run(chapter, run, (output, options) => {
    const explanation = Explanation.parse(output);
    return part === 'all' ? renderExplanation(explanation, options) : words(explanation);
  });
}

/** What a model can change: the summary and further hypotheses, and what the check refused of its answer. */
function words({ summary, rootCause, hypotheses, usage }: Explanation): string {
  const by = usage.model === 'used' ? 'the model, checked' : 'the rules';
  return [
    summary,
    `root cause: ${rootCause?.kind ?? 'none'}; worded by: ${by}`,
    ...hypotheses.filter((one) => one.by === 'model').map((one) => `  hypothesis of the model: ${one.summary}`),
    ...usage.dropped.map((dropped) => `  refused: ${dropped}`),
  ].join('\n');
}
