import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { analyzers } from '../../../pipelines/deploy-explanation/analyzers/index.ts';
import { failureKindsPage } from '../../../pipelines/deploy-explanation/failure-kinds.ts';

test('docs/failure-kinds.md is fresh: node pipelines/deploy-explanation/failure-kinds.ts', () => {
  expect(readFileSync(join(import.meta.dirname, '../../../docs/failure-kinds.md'), 'utf8')).toBe(failureKindsPage());
});

test('kinds are unique slugs, each said in words', () => {
  const kinds = analyzers.map((analyzer) => analyzer.kind);
  expect(new Set(kinds).size).toBe(kinds.length);
  for (const { kind, title, about, remedy } of analyzers) {
    expect(kind).toMatch(/^[a-z][a-z0-9-]+$/);
    for (const text of [title, about, remedy]) expect(text.length).toBeGreaterThan(10);
  }
});

test('aspects are slugs, each said in words', () => {
  for (const { aspects = {} } of analyzers)
    for (const [aspect, meaning] of Object.entries(aspects)) {
      expect(aspect).toMatch(/^[a-z][a-z0-9-]+$/);
      expect(meaning.length).toBeGreaterThan(2);
    }
});

test('every fault of the catalogue expects a kind and an aspect that exist', () => {
  const root = join(import.meta.dirname, '../../faults');
  const known = new Set(analyzers.map((analyzer) => analyzer.kind));
  const aspects = new Set(
    analyzers.flatMap(({ kind, aspects: own = {} }) => Object.keys(own).map((aspect) => `${kind} ${aspect}`)),
  );
  for (const stage of readdirSync(root))
    for (const kind of readdirSync(join(root, stage))) {
      const expected = JSON.parse(readFileSync(join(root, stage, kind, 'expected.json'), 'utf8')) as {
        kind?: string;
        aspect?: string;
      };
      if (expected.kind !== undefined) expect(known).toContain(expected.kind);
      if (expected.aspect !== undefined) expect(aspects).toContain(`${expected.kind} ${expected.aspect}`);
    }
});
