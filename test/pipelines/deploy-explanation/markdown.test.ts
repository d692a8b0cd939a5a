import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import { renderMarkdown } from '../../../pipelines/deploy-explanation/markdown.ts';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';

const evidence = [{ name: 'note.txt', text: 'nothing to see' }];
const { run } = await runInProcess(deployExplanation, { evidence }, { predictor: noModel() });
const base = run.output as Explanation;

/** How a summary is shown: what stands below the heading. */
function shown(summary: string): string {
  return renderMarkdown({ ...base, summary }).split('\n\n')[1] ?? '';
}

test.each([
  ['the variable `DEPLOY_ENV` is not set', 'the variable `DEPLOY_ENV` is not set'],
  ['DEPLOY_ENV is not set', 'DEPLOY\\_ENV is not set'],
  ['a stray ` and *bold* @all', 'a stray \\` and \\*bold\\* \\@all'],
  ['`<b>` but <b>', '`<b>` but &lt;b&gt;'],
  ['``a_b` c_d', '\\`\\`a\\_b\\` c\\_d'],
])('%s is shown as it was written', (summary, expected) => {
  expect(shown(summary)).toBe(expected);
});

test('whatever the text, no mark stands outside a code span without a backslash', () => {
  const text = fc.string({ unit: fc.constantFrom('`', '*', '_', '<', '@', 'a', ' '), minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(text, (summary) => {
      const outside = shown(summary)
        .replace(/\\./g, '')
        .replace(/`[^`]+`/g, '');
      expect(outside).not.toMatch(/[`*_<@]/);
    }),
  );
});
