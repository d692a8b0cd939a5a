import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { readBaseline } from '../../src/evaluation/baseline.ts';
import { findSuites } from '../../src/evaluation/find-suites.ts';
import { gate } from '../../src/evaluation/gate.ts';
import { runSuite } from '../../src/evaluation/run-suite.ts';
import { createPredictor } from '../../src/model/create.ts';
import { unusedRecordings } from '../../src/model/fetch/recordings.ts';
import { noModel } from '../../src/model/predictor.ts';
import { program } from '../helpers/programs.ts';

const ROOT = join(import.meta.dirname, '../../evals');

beforeAll(async () => {
  await program('gator');
  await program('kyverno');
}, 1_800_000);

test.each(['deploy-explanation', 'leaderboard-stats', 'policy-fix'])(
  '%s is at or above its baseline, from its recordings and by rules alone',
  async (name) => {
    const [suite] = await findSuites(ROOT, [name]);
    if (suite === undefined) throw new Error(`no suite ${name}`);
    const folder = join(suite.folder, 'recordings');
    const asked = new Set<string>();
    const recordings = { mode: 'replay', folder, asked } as const;
    const predictor = await createPredictor({}, { model: suite.model, recordings });
    const withModel = await runSuite(suite, { predictor });
    const rulesOnly = await runSuite(suite, { predictor: noModel() });
    expect(gate(await readBaseline(suite), withModel, rulesOnly)).toEqual([]);
    expect(await unusedRecordings(folder, asked)).toEqual([]);
  },
  600_000,
);
