import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { companions } from '../../../pipelines/policy-fix/coherence.ts';
import { policyFix } from '../../../pipelines/policy-fix/index.ts';
import { renderFix } from '../../../pipelines/policy-fix/render.ts';
import { FixResult } from '../../../pipelines/policy-fix/schema.ts';
import { editDocument } from '../../../src/manifest/edit.ts';
import type { JsonObject } from '../../../src/manifest/json.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { applyOperations, type Operation } from '../../../src/manifest/patch.ts';
import { noModel, type Predictor } from '../../../src/model/predictor.ts';
import { referential } from '../../../src/policy/referential.ts';
import type { PolicyEngineName } from '../../../src/policy/violation.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';
import { BUILD_TIMEOUT_MS, program } from '../../helpers/programs.ts';
import { type Claim, CONTEXT, untrue } from './claims.ts';

export interface SourceFile {
  readonly file: string;
  readonly text: string;
}

/** Runs the pipeline in process and gives its validated output; a failed run fails the test. */
export async function fix(
  manifests: SourceFile[],
  policies: SourceFile[],
  predictor: Predictor = noModel(),
): Promise<FixResult> {
  const record = await runInProcess(policyFix, { manifests, policies }, { predictor });
  expect(record.run.error).toBeUndefined();
  return FixResult.parse(record.run.output);
}

/** The text of a file after a result's patches. */
export function patched(text: string, result: FixResult, file: string): string {
  const patch = result.patches.find((entry) => entry.file === file);
  return (patch?.operations ?? []).reduce(
    (current, { document, operations }) => editDocument(current, document, operations),
    text,
  );
}

const objectsOf = (text: string): JsonObject[] => parseManifest('x.yaml', text).documents.map(({ json }) => json);

/** Variants of a document with one operation of its patch left out, where the others do not need it. */
function undone(object: JsonObject, operations: readonly Operation[]): JsonObject[] {
  return operations.flatMap((_, skipped) => {
    try {
      return [
        applyOperations(
          object,
          operations.filter((_, i) => i !== skipped),
        ) as JsonObject,
      ];
    } catch {
      return [];
    }
  });
}

interface Expected {
  readonly outcome: string;
  /** Files that end otherwise. */
  readonly outcomes?: Readonly<Record<string, string>>;
  /** Values that the decisions offer, in any order. */
  readonly choices?: readonly unknown[];
  /** Texts that the patched file holds, or does not. */
  readonly contains?: readonly string[];
  readonly lacks?: readonly string[];
  /** What is said of why something is left. */
  readonly reason?: string;
}

/**
 * Walks `test/policies/<engine>/<policy>/`: each denied file reaches the outcome of `expected.json` by a patch whose every
 * operation is needed, each allowed file stays as it is. What is claimed of patches and said of allowed files is asked at the end, of many
 * policies at once: to start an engine takes longer than to judge. A new case needs no code. `names`: which policies.
 */
export function walk(engine: PolicyEngineName, names = /^/): void {
  const root = join(import.meta.dirname, '../../policies', engine);
  describe(`${engine} policies`, () => {
    beforeAll(() => program(engine === 'gatekeeper' ? 'gator' : 'kyverno'), BUILD_TIMEOUT_MS);

    const claims: Claim[] = [];

    for (const name of readdirSync(root).filter((name) => names.test(name))) {
      const folder = join(root, name);
      const read = (file: string): SourceFile => ({ file, text: readFileSync(join(folder, file), 'utf8') });
      const files = readdirSync(folder);
      const policies = files.filter((file) => /^policy.*\.yaml$/.test(file)).map(read);
      const expected: Expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));

      const allowed = files.filter((file) => /^allowed.*\.yaml$/.test(file));
      const denied = files.filter((file) => /^denied.*\.yaml$/.test(file));
      const standsAlone = (file: string): boolean => objectsOf(read(file).text).every(({ kind }) => !CONTEXT.has(kind));
      const comparing = referential(policies.flatMap(({ text }) => objectsOf(text))).comparing.length > 0;
      const beside = denied.length === 0 || comparing ? [] : allowed.filter(standsAlone);

      for (const file of allowed.filter((file) => !beside.includes(file))) {
        it(`${name}: ${file} stays as it is`, { timeout: 60_000 }, async () => {
          const result = await fix([read(file)], policies);
          expect(result).toMatchObject({
            outcome: 'compliant',
            patches: [],
            verified: { engine, before: 0, after: 0 },
          });
        });
      }

      for (const [at, file] of denied.entries()) {
        const also = at === 0 ? beside : [];
        const outcome = expected.outcomes?.[file] ?? expected.outcome;
        it(`${name}: ${file} ends as ${outcome}`, { timeout: 120_000 }, async () => {
          const source = read(file);
          const result = await fix([source], policies);
          expect(result.outcome).toBe(outcome);
          expect(result.verified.before).toBeGreaterThan(0);
          const after = patched(source.text, result, file);
          const given = parseManifest(file, source.text).documents;
          const mutants =
            outcome !== 'fixed'
              ? []
              : (result.patches[0]?.operations ?? []).flatMap(({ document, operations }) => {
                  const object = given.find(({ index }) => index === document)?.json ?? {};
                  // What Kubernetes itself would refuse without an operation needs it, whatever the policy says.
                  return undone(object, operations).filter((mutant) => companions(object, mutant).length === 0);
                });
          if (outcome === 'fixed') {
            expect(result.verified.after).toBe(0);
            expect(mutants.length).toBeGreaterThan(0);
          }
          claims.push({
            title: `${name}: ${file}`,
            policies: policies.flatMap(({ text }) => objectsOf(text)),
            objects: objectsOf(after),
            left: result.verified.after,
            mutants,
            well: also.flatMap((other) => objectsOf(read(other).text)),
          });
          const choices = result.resources.flatMap(({ decisions }) => decisions.flatMap(({ choices }) => choices));
          for (const text of expected.contains ?? []) expect(after).toContain(text);
          for (const text of expected.lacks ?? []) expect(after).not.toContain(text);
          if (expected.reason)
            expect(result.resources.map(({ reason }) => reason)).toEqual([expect.stringContaining(expected.reason)]);
          if (expected.choices) expect(choices.map(({ value }) => value)).toEqual(expected.choices);
          if (outcome === 'needs-decision')
            expect(result.resources.some(({ decisions }) => decisions.length > 0)).toBe(true);
          for (const { operations, diff } of choices) {
            expect(diff).toContain('@@');
            expect(operations.length).toBeGreaterThan(0);
          }
          // Comments survive.
          for (const comment of source.text.match(/#.*$/gm) ?? []) expect(after).toContain(comment);
          expect(renderFix(result, { color: false })).toContain(`verified by ${engine}`);
        });
      }
    }

    it('what the patched files hold is as said, and every operation is needed', { timeout: 600_000 }, async () => {
      expect(await untrue(claims, engine)).toEqual([]);
    });
  });
}
