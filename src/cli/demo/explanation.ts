import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import { renderExplanation } from '../../../pipelines/deploy-explanation/render.ts';
import { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import type { Run } from '../../runs/run.ts';
import type { Client } from '../client.ts';
import type { Chapter, Page } from './page.ts';
import { readSample, sampleCases } from './samples.ts';

/** Has the first failed deploy of the samples explained, over HTTP, and prints it. */
export async function showExplanation(
  client: Client,
  page: Page,
  chapter: Chapter,
  tell: (run: Run) => void,
): Promise<void> {
  const [first] = await sampleCases(deployExplanation.name);
  const evidence = await readSample(deployExplanation.name, ...(first === undefined ? [] : [first]));
  const run = await client.run(deployExplanation.name, { evidence }, tell);
  page.run(chapter, run, (output, options) => renderExplanation(Explanation.parse(output), options));
}
