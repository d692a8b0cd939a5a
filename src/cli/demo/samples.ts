import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTextFiles, type TextFile } from '../inputs.ts';

/** The samples of the repository, and of the package built from it. */
const SAMPLES = fileURLToPath(new URL('../../../examples/samples', import.meta.url));

/** Where a pipeline's samples are. */
function sampleFolder(...path: readonly string[]): string {
  return join(SAMPLES, ...path);
}

/** The text files below a sample folder, named relative to it. */
export async function readSample(...path: readonly string[]): Promise<TextFile[]> {
  const folder = sampleFolder(...path);
  const files = await readTextFiles([folder]);
  return files.map(({ name, text }) => ({ name: name.slice(folder.length + 1), text }));
}

/** The sample cases of a pipeline: its folders in name order. */
export async function sampleCases(pipeline: string): Promise<string[]> {
  const entries = await readdir(sampleFolder(pipeline), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}
