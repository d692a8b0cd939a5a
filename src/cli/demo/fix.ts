import { policyFix } from '../../../pipelines/policy-fix/index.ts';
import { renderFix } from '../../../pipelines/policy-fix/render.ts';
import { FixResult } from '../../../pipelines/policy-fix/schema.ts';
import type { Run } from '../../runs/run.ts';
import type { Client } from '../client.ts';
import type { TextFile } from '../inputs.ts';
import type { Chapter, Page } from './page.ts';
import { readSample } from './samples.ts';

/** Has the manifests of a sample checked and mended, over HTTP, and prints the patch. `sample` is an engine's name. */
export async function showFix(
  client: Client,
  page: Page,
  chapter: Chapter,
  sample: 'gatekeeper' | 'kyverno',
  tell: (run: Run) => void,
): Promise<void> {
  const [manifests, policies] = await Promise.all([
    readSample(policyFix.name, sample, 'manifests'),
    readSample(policyFix.name, sample, 'policies'),
  ]);
  const asFile = ({ name, text }: TextFile): { file: string; text: string } => ({ file: name, text });
  const input = { manifests: manifests.map(asFile), policies: policies.map(asFile) };
  const run = await client.run(policyFix.name, input, tell);
  page.run(chapter, run, (output, options) => renderFix(FixResult.parse(output), options));
}
