import { describe, expect, it } from 'vitest';
import type { EvidenceItem } from '../../src/evidence/model.ts';
import { toleratedIn } from '../../src/evidence/tolerated.ts';

const item = (text: string): EvidenceItem => ({
  id: 'E1',
  source: { kind: 'text', name: 'ci.yml' },
  lines: { from: 1, to: text.split('\n').length },
  text,
});

describe('toleratedIn', () => {
  it('names the heads of steps that a workflow lets fail, by script and by action', () => {
    const workflow = `on: push
jobs:
  check:
    steps:
      - run: |
          make audit
          make report
        continue-on-error: true
      - uses: owner/upload@v2
        continue-on-error: true
      - run: make test
`;
    expect([...toleratedIn([item(workflow)]).steps]).toEqual(['Run make audit', 'Run owner/upload@v2']);
  });

  it('names jobs and steps that a run calls a success, and none that it does not', () => {
    const run = JSON.stringify({
      jobs: [
        { name: 'check', conclusion: 'success', steps: [{ name: 'Run make audit', conclusion: 'success' }] },
        { name: 'ship', conclusion: 'failure', steps: [{ name: 'Run make ship', conclusion: 'failure' }] },
      ],
    });
    const { jobs, steps } = toleratedIn([item(`$ gh run view 7 --json jobs\n${run}\n`)]);
    expect([...jobs]).toEqual(['check']);
    expect([...steps]).toEqual(['Run make audit']);
  });

  it('takes no step for a success that failed in another job of the matrix', () => {
    const step = (conclusion: string) => ({ conclusion, steps: [{ name: 'Run make test', conclusion }] });
    const run = JSON.stringify({
      jobs: [
        { name: 'a', ...step('success') },
        { name: 'b', ...step('failure') },
      ],
    });
    expect([...toleratedIn([item(run)]).steps]).toEqual([]);
  });

  it('says nothing of what is cut short', () => {
    const { jobs, steps } = toleratedIn([
      item('jobs:\n  a: [\n continue-on-error: true'),
      item('{"jobs": [{"conclusion": "success"'),
    ]);
    expect(jobs.size + steps.size).toBe(0);
  });
});
