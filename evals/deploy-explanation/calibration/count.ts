/**
 * Counts what the rules say of fault cases that they see for the first time, before anything is mended because of them:
 * `node evals/deploy-explanation/calibration/count.ts BATCH test/faults/STAGE/KIND…` adds rows to `first-tries.csv`; `fit.ts` then
 * draws the curves anew.
 */
import { appendFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import type { Cause, Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';
import { type Place, readFirstTries, TABLE } from './first-tries.ts';

const Expected = z.object({
  question: z.string().optional(),
  verdict: z.string(),
  kind: z.string().optional(),
  object: z.partialRecord(z.enum(['kind', 'name', 'namespace']), z.string()).optional(),
});
type Expected = z.infer<typeof Expected>;

async function answersTo(folder: string, { question }: Expected): Promise<Explanation[]> {
  const forms = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const answers: Explanation[] = [];
  for (const form of forms) {
    const path = join(folder, form.name);
    const evidence = [];
    for (const name of await readdir(path)) evidence.push({ name, text: await readFile(join(path, name), 'utf8') });
    const { run } = await runInProcess(deployExplanation, { evidence, question }, { predictor: noModel() });
    if (run.error !== undefined) throw new Error(`${path}: ${run.error.message}`);
    answers.push(run.output as Explanation);
  }
  return answers;
}

function meant({ kind, object = {} }: Expected, cause: Cause): boolean {
  const named = cause.object as Readonly<Record<string, string | undefined>>;
  return cause.kind === kind && Object.entries(object).every(([field, value]) => named[field] === value);
}

/** The rules' own confidence in a cause that they named: the shown one is what this table has made of it. */
function confidenceIn({ findings }: Explanation, { kind, object }: Cause): number {
  const same = findings.filter((one) => one.kind === kind && JSON.stringify(one.object) === JSON.stringify(object));
  if (same[0] === undefined) throw new Error(`no finding of ${kind}`);
  return same[0].confidence;
}

const [batch, ...folders] = process.argv.slice(2);
if (batch === undefined || !/^[\w-]+$/.test(batch) || folders.length === 0)
  throw new Error('usage: count.ts BATCH FOLDER...');
if (readFirstTries().some((row) => row.batch === batch)) throw new Error(`${batch} has been counted already`);

const rows = new Map<string, { answers: number; right: number }>();
const count = (place: Place, confidence: number, right: boolean): void => {
  const key = `${batch},${place},${confidence}`;
  const row = rows.get(key) ?? { answers: 0, right: 0 };
  rows.set(key, { answers: row.answers + 1, right: row.right + Number(right) });
};
for (const folder of folders) {
  const expected = Expected.parse(JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8')));
  for (const answer of await answersTo(folder, expected)) {
    if (answer.rootCause === undefined) continue;
    const right = meant(expected, answer.rootCause) && answer.verdict === expected.verdict;
    count('root', confidenceIn(answer, answer.rootCause), right);
    for (const other of answer.hypotheses.filter(({ by }) => by === 'rules'))
      count('hypothesis', confidenceIn(answer, other), !right && meant(expected, other));
  }
}
const lines = [...rows].map(([key, { answers, right }]) => `${key},${answers},${right}\n`);
await appendFile(TABLE, lines.join(''));
process.stdout.write(lines.join(''));
