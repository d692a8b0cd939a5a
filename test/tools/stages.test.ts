import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// @ts-expect-error plain JavaScript that Node 20 runs
import { countCheck, countTests } from '../../tools/lib/stages.mjs';

let file: string;
beforeAll(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'opsline-stages-')), 'report.json');
});
afterAll(() => rm(join(file, '..'), { recursive: true, force: true }));

const test = (status: string): object => ({ status });

describe('counting', () => {
  it('adds up tests', async () => {
    const testResults = [{ status: 'failed', assertionResults: [test('passed'), test('failed')] }];
    await writeFile(file, JSON.stringify({ numPassedTests: 3, numFailedTests: 1, testResults }));
    expect(countTests(file, 1)).toEqual({ passed: 3, failed: 1 });
  });

  it('counts a file that does not load as a failure', async () => {
    const testResults = [
      { status: 'passed', assertionResults: [test('passed')] },
      { status: 'failed', assertionResults: [] },
    ];
    await writeFile(file, JSON.stringify({ numPassedTests: 1, numFailedTests: 0, testResults }));
    expect(countTests(file, 1)).toEqual({ passed: 1, failed: 1 });
  });

  it('never calls a failed run passed', async () => {
    await writeFile(file, JSON.stringify({ numPassedTests: 1, numFailedTests: 0, testResults: [] }));
    expect(countTests(file, 1)).toEqual({ passed: 1, failed: 1 });
    expect(countTests(`${file}.missing`, 0)).toEqual({ passed: 0, failed: 1 });
    expect(countCheck(1)).toEqual({ passed: 0, failed: 1 });
  });
});
