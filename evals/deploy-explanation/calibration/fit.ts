/**
 * Draws the curves of `pipelines/deploy-explanation/calibration-curves.ts` from `first-tries.csv`, and says how good they are:
 * `node evals/deploy-explanation/calibration/fit.ts [--write]`.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brier } from '../../../src/evaluation/isotonic.ts';
import { curvesOf, unseenBy } from './curves.ts';
import { readFirstTries } from './first-tries.ts';

const FILE = join(import.meta.dirname, '../../../pipelines/deploy-explanation/calibration-curves.ts');
const tries = readFirstTries();
const curves = curvesOf(tries);

for (const place of ['root', 'hypothesis'] as const) {
  const own = tries.filter((row) => row.place === place);
  process.stdout.write(`${place}: ${own.reduce((sum, { answers }) => sum + answers, 0)} answers\n`);
  for (const { score, probability, answers } of curves[place])
    process.stdout.write(`  said ${score.toFixed(2)}  right ${probability.toFixed(2)}  of ${answers}\n`);
  const unseen = unseenBy(own, place);
  process.stdout.write(
    `  Brier ${brier(own, (said) => said).toFixed(3)} as said, ${unseen.toFixed(3)} by curves of the other batches\n`,
  );
}

if (process.argv.includes('--write')) {
  const lines = Object.entries(curves).map(
    ([place, levels]) =>
      `  ${place}: [\n${levels.map((level) => `    { score: ${level.score}, probability: ${level.probability} },\n`).join('')}  ],\n`,
  );
  await writeFile(
    FILE,
    `/** Drawn by evals/deploy-explanation/calibration/fit.ts; not to be edited by hand. */\nexport const CURVES = {\n${lines.join('')}} as const;\n`,
  );
}
