import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { analyzers } from '../../../pipelines/deploy-explanation/analyzers/index.ts';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import { renderMarkdown } from '../../../pipelines/deploy-explanation/markdown.ts';
import { renderExplanation } from '../../../pipelines/deploy-explanation/render.ts';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { resolves } from '../../../src/evidence/cite.ts';
import { legible } from '../../../src/evidence/legible.ts';
import type { Citation } from '../../../src/evidence/model.ts';
import { unpackedCalls } from '../../../src/evidence/recorded-calls.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';

/**
 * Walks `test/faults/<stage>/<kind>[_variant]/<form>/`: each form (text as people paste it, YAML, a transcript) is the same
 * fault and must get the same answer. A new fault needs files, no code.
 */
const ROOT = join(import.meta.dirname, '../../faults');

interface Expected {
  question?: string;
  verdict: string;
  kind?: string;
  /** A finer slug within the kind. */
  aspect?: string;
  object?: { kind: string; name: string; namespace?: string };
}

function folders(path: string): string[] {
  return readdirSync(path).filter((name) => statSync(join(path, name)).isDirectory());
}

const faults = folders(ROOT).flatMap((stage) =>
  folders(join(ROOT, stage)).map((kind) => ({ stage, kind, path: join(ROOT, stage, kind) })),
);

const aspects = new Map(analyzers.map(({ kind, aspects: own = {} }) => [kind, Object.keys(own)]));

function filesOf(path: string): { name: string; text: string }[] {
  return readdirSync(path).map((name) => ({ name, text: readFileSync(join(path, name), 'utf8') }));
}

function citationsOf(output: Explanation): Citation[] {
  return [
    ...output.findings.flatMap((finding) => finding.citations),
    ...output.hypotheses.flatMap((hypothesis) => hypothesis.citations),
    ...(output.change?.citations ?? []),
  ];
}

test('the catalogue is large enough, with healthy and misleading faults in it', () => {
  expect(faults.length).toBeGreaterThanOrEqual(50);
  expect(faults.filter(({ stage }) => stage === 'healthy').length).toBeGreaterThanOrEqual(5);
});

describe.each(faults)('$stage/$kind', ({ path }) => {
  const expected = JSON.parse(readFileSync(join(path, 'expected.json'), 'utf8')) as Expected;

  test.each(folders(path))('as %s', async (form) => {
    const evidence = filesOf(join(path, form));
    const question = expected.question === undefined ? {} : { question: expected.question };
    const record = await runInProcess(deployExplanation, { evidence, ...question }, { predictor: noModel() });
    expect(record.run.error).toBeUndefined();
    const output = record.run.output as Explanation;
    expect({ verdict: output.verdict, kind: output.rootCause?.kind }).toEqual({
      verdict: expected.verdict,
      kind: expected.kind,
    });
    if (expected.aspect !== undefined) expect(output.rootCause?.aspect).toBe(expected.aspect);
    const aspect = output.rootCause?.aspect;
    if (aspect !== undefined) expect(aspects.get(output.rootCause?.kind ?? '')).toContain(aspect);
    if (expected.object !== undefined) expect(output.rootCause?.object).toMatchObject(expected.object);

    // Every citation resolves byte for byte: in the item shown, and in the text that was given as it is read, at the lines it names.
    const items = new Map(output.evidence.map((item) => [item.id, item]));
    for (const citation of citationsOf(output)) {
      expect(resolves(citation, items)).toBe(true);
      const item = items.get(citation.evidence);
      const given = evidence.find((file) => file.name === item?.source.name)?.text ?? '';
      const range = citation.lines ?? item?.lines ?? { from: 1, to: 1 };
      let shown = legible(unpackedCalls(given) ?? given)
        .split('\n')
        .slice(range.from - 1, range.to)
        .join('\n');
      // What was redacted is not quoted; what stands around it is, in its order.
      for (const part of citation.quote.split(/\[redacted:\w+#\d+\]/)) {
        expect(shown).toContain(part);
        shown = shown.slice(shown.indexOf(part) + part.length);
      }
    }
    // A verdict is never shown without what proves it, and whatever changes things says so.
    if (output.verdict === 'failed' || output.verdict === 'degraded')
      expect(citationsOf(output).length).toBeGreaterThan(0);
    for (const remedy of output.remedies) {
      expect(remedy.way).toBeDefined();
      // Who only looks or asks changes nothing.
      if (remedy.way === 'look' || remedy.way === 'ask') expect(remedy.changes).toBe(false);
      if (/kubectl (scale|rollout undo|drain|uncordon|create|label)/.test(remedy.command ?? ''))
        expect(remedy.changes).toBe(true);
    }
    const page = renderExplanation(output, { color: false });
    expect(page).toContain(expected.verdict.toUpperCase());
    if (output.rootCause !== undefined) {
      expect(page).toContain(output.rootCause.kind);
      expect(page).toContain('What to do next');
      expect(renderMarkdown(output)).toContain(output.rootCause.kind);
    }
  });
});
