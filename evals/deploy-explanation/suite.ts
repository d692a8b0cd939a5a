import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { deployExplanation } from '../../pipelines/deploy-explanation/index.ts';
import { defineSuite, passFail } from '../../src/evaluation/suite.ts';

const Expected = z.strictObject({
  verdict: z.enum(['failed', 'degraded', 'progressing', 'healthy', 'unknown']),
  /** The object that a person must change. */
  object: z.strictObject({ kind: z.string(), name: z.string() }).optional(),
  /** What the root cause or its cited lines must say, word for word. */
  mentions: z.array(z.string()).default([]),
});

/** Cases under `cases/<verdict>_<why>/`, each with its files of evidence under `evidence/`. */
export const suite = defineSuite({
  name: 'deploy-explanation',
  folder: import.meta.dirname,
  model: 'embedded:qwen2.5-coder-0.5b-instruct',
  expected: Expected,
  async loadInput(folder) {
    const root = join(folder, 'evidence');
    const names = (await readdir(root)).sort();
    return {
      evidence: await Promise.all(
        names.map(async (name) => ({ name, text: await readFile(join(root, name), 'utf8') })),
      ),
    };
  },
  pipeline: async () => deployExplanation,
  metrics: {
    verdict: ({ case: { expected }, output }) =>
      passFail(output.verdict === expected.verdict, `said ${output.verdict}, expected ${expected.verdict}`),

    object: ({ case: { expected }, output }) => {
      if (expected.object === undefined) return { value: null, note: 'no object is expected' };
      const { kind, name } = output.rootCause?.object ?? {};
      return passFail(
        kind === expected.object.kind && name === expected.object.name,
        `named ${kind ?? 'nothing'}/${name ?? ''}, expected ${expected.object.kind}/${expected.object.name}`,
      );
    },

    /** The share of the expected facts that a reader finds in the root cause and the lines cited for it. */
    facts: ({ case: { expected }, output }) => {
      if (expected.mentions.length === 0) return { value: null, note: 'no fact is expected' };
      const cited = output.findings.flatMap((finding) => finding.citations.map(({ quote }) => quote));
      const said = [output.rootCause?.summary ?? '', ...cited].join('\n');
      const missing = expected.mentions.filter((fact) => !said.includes(fact));
      const value = 1 - missing.length / expected.mentions.length;
      return value === 1 ? { value } : { value, note: `not said: ${missing.join(', ')}` };
    },

    /** Every quote is a byte-equal part of the evidence that it cites. */
    citations: ({ output }) => {
      const texts = new Map(output.evidence.map(({ id, text }) => [id, text]));
      const broken = output.findings
        .flatMap((finding) => finding.citations)
        .filter(({ evidence, quote }) => !texts.get(evidence)?.includes(quote));
      return passFail(broken.length === 0, `${broken.length} quotes are not in their evidence`);
    },
  },
});
