import { readFileSync } from 'node:fs';

/**
 * What vitest's JSON report counts. A file that failed to load has no tests and counts as one failure; an exit code that
 * the report does not explain (an unhandled error, a crash) counts as one, too.
 *
 * @param {string} path
 * @param {number} code vitest's exit code
 * @returns {{ passed: number, failed: number }}
 */
export function countTests(path, code) {
  let report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { passed: 0, failed: 1 };
  }
  const unloaded = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.every(passes));
  const failed = report.numFailedTests + unloaded.length;
  return { passed: report.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed };
}

function passes(test) {
  return test.status !== 'failed';
}

/** What a check that only passes or fails counts as. */
export function countCheck(code) {
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}
