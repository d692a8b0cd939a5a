import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { policyFix } from '../../pipelines/policy-fix/index.ts';
import { defineSuite, passFail } from '../../src/evaluation/suite.ts';

const Expected = z.strictObject({
  outcome: z.enum(['compliant', 'fixed', 'needs-decision', 'cannot-fix', 'policy-error']),
  /** Lines of the manifests, comments above all, that no patch may take away. */
  keeps: z.array(z.string()).default([]),
});

async function readFolder(folder: string): Promise<{ file: string; text: string }[]> {
  const names = (await readdir(folder)).sort();
  return Promise.all(names.map(async (file) => ({ file, text: await readFile(join(folder, file), 'utf8') })));
}

/** Cases under `cases/<outcome>_<why>/`, each with `manifests/` and `policies/`. The real engines judge. */
export const suite = defineSuite({
  name: 'policy-fix',
  folder: import.meta.dirname,
  model: 'embedded:qwen2.5-coder-0.5b-instruct',
  expected: Expected,
  loadInput: async (folder) => ({
    manifests: await readFolder(join(folder, 'manifests')),
    policies: await readFolder(join(folder, 'policies')),
  }),
  pipeline: async () => policyFix,
  metrics: {
    outcome: ({ case: { expected }, output }) =>
      passFail(output.outcome === expected.outcome, `said ${output.outcome}, expected ${expected.outcome}`),

    /** What the engine still finds after the patch, where the answer says that it is fixed. */
    verified: ({ output }) => {
      if (output.outcome !== 'fixed') return { value: null, note: 'nothing was fixed' };
      return passFail(output.verified.after === 0, `the engine still finds ${output.verified.after} violations`);
    },

    /** No patch touches a line that must stay, and a compliant manifest gets no patch at all. */
    untouched: ({ case: { expected }, output }) => {
      if (expected.outcome === 'compliant')
        return passFail(output.patches.length === 0, 'a compliant manifest was patched');
      const removed = output.patches.flatMap(({ diff }) => diff.split('\n').filter((line) => /^-(?!--)/.test(line)));
      const lost = expected.keeps.filter((line) => removed.includes(`-${line}`));
      return passFail(lost.length === 0, `taken away: ${lost.join(' | ')}`);
    },
  },
});
