import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadCases } from '../../src/evaluation/cases.ts';
import { type Baseline, gate } from '../../src/evaluation/gate.ts';
import { EvaluationLog } from '../../src/evaluation/log.ts';
import { junitReport, tableReport } from '../../src/evaluation/reports.ts';
import { runSuite } from '../../src/evaluation/run-suite.ts';
import { defineSuite, passFail } from '../../src/evaluation/suite.ts';
import { noModel } from '../../src/model/predictor.ts';
import { definePipeline } from '../../src/runs/pipeline.ts';

const doubling = definePipeline({
  name: 'doubling',
  version: 4,
  input: z.object({ n: z.number() }),
  output: z.object({ n: z.number() }),
  run: async ({ n }, step) => {
    if (n < 0) throw new Error('negative <numbers> & such');
    return step.do('double', () => ({ n: n === 13 ? 0 : n * 2 }));
  },
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsline-suite-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function addCase(id: string, n: number, expected: number, tags: string[]): Promise<void> {
  await mkdir(join(folder, 'cases', id), { recursive: true });
  await writeFile(join(folder, 'cases', id, 'case.yaml'), JSON.stringify({ tags, expected: { n: expected } }));
  await writeFile(join(folder, 'cases', id, 'n.json'), JSON.stringify({ n }));
}

const suite = () =>
  defineSuite({
    name: 'doubling',
    folder,
    model: 'none',
    expected: z.object({ n: z.number() }),
    loadInput: async (at) => JSON.parse(await readFile(join(at, 'n.json'), 'utf8')) as { n: number },
    pipeline: async () => doubling,
    metrics: {
      right: ({ case: { expected }, output }) => passFail(output.n === expected.n, `${output.n} is not ${expected.n}`),
    },
  });

/** As if a model had answered. */
const modelled = (log: EvaluationLog): EvaluationLog => ({ ...log, model: 'test:model' });

const baselineOf = (log: EvaluationLog): Baseline => ({
  schema: 1,
  suite: log.suite,
  model: log.model,
  withModel: log.metrics,
  rulesOnly: log.metrics,
});

const run = () => runSuite(suite(), { predictor: noModel() });

describe('an evaluation suite', () => {
  it('scores what it can and leaves a failed run unscored instead of counting it as zero', async () => {
    await addCase('a-right', 2, 4, ['easy']);
    await addCase('b-wrong', 13, 26, ['hard']);
    await addCase('c-broken', -1, -2, ['hard']);
    const log = await run();
    expect(EvaluationLog.parse(JSON.parse(JSON.stringify(log)))).toEqual(log);
    expect(log.metrics.right).toEqual({ mean: 0.5, scored: 2, unscored: 1 });
    expect(log).toMatchObject({ suite: 'doubling', pipelineVersion: 4, model: 'none' });
    expect(log.cases.map(({ id, status }) => [id, status])).toEqual([
      ['a-right', 'succeeded'],
      ['b-wrong', 'succeeded'],
      ['c-broken', 'failed'],
    ]);
    expect(tableReport(log, { color: false })).toMatch(/b-wrong · right: 0 is not 26/);
    const junit = junitReport([log]);
    expect(junit).toContain('tests="3" failures="1" skipped="1"');
    expect(junit).not.toMatch(/<numbers>/);
  });

  it('runs only the cases asked for', async () => {
    await addCase('one', 1, 2, ['easy']);
    await addCase('two', 2, 4, ['easy']);
    const log = await runSuite(suite(), { predictor: noModel(), only: ['two'] });
    expect(log.cases.map(({ id }) => id)).toEqual(['two']);
  });

  it('names the file when a case does not fit', async () => {
    await mkdir(join(folder, 'cases', 'odd'), { recursive: true });
    await writeFile(join(folder, 'cases', 'odd', 'case.yaml'), 'tags: []\nexpected: {}\n');
    await expect(loadCases(suite())).rejects.toThrow(/odd\/case\.yaml/);
  });
});

describe('the gate', () => {
  it('lets an equal result pass', async () => {
    await addCase('a', 2, 4, ['easy']);
    const log = await run();
    expect(gate(baselineOf(log), log, log)).toEqual([]);
  });

  it('holds rules alone to their own bar when no model is asked', async () => {
    await addCase('a', 2, 4, ['easy']);
    const log = await run();
    const better = { right: { mean: 1, scored: 1, unscored: 0 }, wording: { mean: 1, scored: 1, unscored: 0 } };
    expect(gate({ ...baselineOf(log), withModel: better }, log, log)).toEqual([]);
    expect(gate({ ...baselineOf(log), rulesOnly: better }, log, log)).toEqual([
      'rules only: the metric wording is gone',
    ]);
  });

  it('stops a lower mean, a newly unscored case and a broken easy promise', async () => {
    await addCase('a', 2, 4, ['easy']);
    const before = baselineOf(await run());
    await addCase('a', 13, 26, ['easy']);
    const wrong = await run();
    const reasons = gate(before, modelled(wrong), wrong).join('\n');
    expect(reasons).toMatch(/with the model: right fell/);
    expect(reasons).toMatch(/right fell from 1\.000 to 0\.000/);
    expect(reasons).toMatch(/easy case a scored 0/);
    await addCase('a', -1, 0, ['hard']);
    const broken = await run();
    expect(gate(before, broken, broken).join('\n')).toMatch(/could not be scored on 1 cases \(0 before\)/);
  });

  it('stops a model that answers one case worse than the rules, even when the means agree', async () => {
    await addCase('a', 2, 4, ['hard']);
    await addCase('b', 13, 26, ['hard']);
    const rules = await run();
    const swapped: EvaluationLog = {
      ...rules,
      cases: rules.cases.map((result) => ({ ...result, scores: { right: { value: result.id === 'a' ? 0 : 1 } } })),
    };
    expect(gate(baselineOf(rules), swapped, rules)).toEqual([
      'a is worse on right with the model (0) than without (1)',
    ]);
  });
});
