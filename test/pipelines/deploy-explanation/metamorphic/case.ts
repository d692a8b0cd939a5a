import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { analyze } from '../../../../pipelines/deploy-explanation/analyze.ts';
import { explain } from '../../../../pipelines/deploy-explanation/explain.ts';
import { gather } from '../../../../pipelines/deploy-explanation/gather.ts';
import type { Explanation } from '../../../../pipelines/deploy-explanation/schema.ts';
import type { Random } from './random.ts';

const ROOT = join(import.meta.dirname, '../../../faults');

export interface EvidenceText {
  readonly name: string;
  readonly text: string;
}

export interface Expected {
  readonly verdict: string;
  readonly kind?: string;
  readonly aspect?: string;
  readonly object?: { readonly kind?: string; readonly name?: string; readonly namespace?: string };
}

/** One form of a fault of the catalogue: its evidence, and the answer it must get. */
export interface Case {
  /** `stage/kind/form` */
  readonly path: string;
  readonly files: readonly EvidenceText[];
  readonly question?: string;
  readonly expected: Expected;
}

/** A change of the evidence after which the answer must stand. Undefined where it does not apply, or changes nothing. */
export interface Change {
  readonly name: string;
  /** Something is lost with it: the answer may say less, though nothing else with confidence. */
  readonly loses?: boolean;
  readonly apply: (given: Case, random: Random) => Case | undefined;
}

function folders(path: string): string[] {
  return readdirSync(path).filter((name) => statSync(join(path, name)).isDirectory());
}

/** All forms of all faults, in the order of their paths. */
export function catalogue(): Case[] {
  return folders(ROOT).flatMap((stage) =>
    folders(join(ROOT, stage)).flatMap((kind) => {
      const path = join(ROOT, stage, kind);
      const { question, ...expected } = JSON.parse(readFileSync(join(path, 'expected.json'), 'utf8'));
      return folders(path).map((form) => ({
        path: `${stage}/${kind}/${form}`,
        files: readdirSync(join(path, form)).map((name) => ({
          name,
          text: readFileSync(join(path, form, name), 'utf8'),
        })),
        ...(question === undefined ? {} : { question }),
        expected,
      }));
    }),
  );
}

/** What the rules alone answer. */
export function answer({ files, question }: Pick<Case, 'files' | 'question'>): Explanation {
  const request = { evidence: files.map((file) => ({ ...file })), ...(question === undefined ? {} : { question }) };
  const gathered = gather(request);
  return explain(request, gathered, analyze(gathered.items, request), null);
}

/** Whether an answer says less than is expected, and nothing else. */
export function saysLess({ verdict, rootCause }: Explanation, { expected }: Case): boolean {
  if (rootCause === undefined) return verdict !== 'healthy';
  return rootCause.kind === expected.kind || verdict === 'degraded' || rootCause.confidence < 0.7;
}

/** How an answer differs from what is expected, in words; undefined where it does not. */
export function differs({ verdict, rootCause }: Explanation, { expected }: Case): string | undefined {
  if (verdict !== expected.verdict) return `verdict ${expected.verdict} → ${verdict} (${rootCause?.kind})`;
  if (rootCause?.kind !== expected.kind) return `kind ${expected.kind} → ${rootCause?.kind}`;
  if (expected.aspect !== undefined && rootCause?.aspect !== expected.aspect)
    return `aspect ${expected.aspect} → ${rootCause?.aspect}`;
  for (const [key, value] of Object.entries(expected.object ?? {})) {
    const is = rootCause?.object[key as 'kind' | 'name'];
    if (is !== value) return `object's ${key} ${value} → ${is}`;
  }
  return undefined;
}
