import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OpslineError } from '../errors.ts';
import { Baseline } from './gate.ts';
import type { EvaluationLog } from './log.ts';
import type { AnySuite } from './suite.ts';

/** The committed baseline of a suite. Throws `invalid-input` when it is missing or does not fit. */
export async function readBaseline(suite: AnySuite): Promise<Baseline> {
  const path = join(suite.folder, 'baseline.json');
  try {
    return Baseline.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new OpslineError(
      'invalid-input',
      `${path} cannot be used; write it with \`opsline eval --write-baseline\`.`,
      {
        cause,
      },
    );
  }
}

/** Writes what was reached now as the bar for later; returns the path. */
export async function writeBaseline(
  suite: AnySuite,
  withModel: EvaluationLog,
  rulesOnly: EvaluationLog,
): Promise<string> {
  const path = join(suite.folder, 'baseline.json');
  const baseline: Baseline = {
    schema: 1,
    suite: suite.name,
    model: withModel.model,
    withModel: withModel.metrics,
    rulesOnly: rulesOnly.metrics,
  };
  await writeFile(path, `${JSON.stringify(baseline, null, 2)}\n`);
  return path;
}
