import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseManifest } from '../../../../src/manifest/parse.ts';
import type { KubeObject } from '../../../../src/policy/violation.ts';
import type { SourceFile } from '../walk.ts';

export type Engine = 'gatekeeper' | 'kyverno' | 'vap' | 'pss';

/** What is given to the pipeline: policies, and one file whose objects some of them deny. */
export interface Case {
  readonly engine: Engine;
  /** `<policy>/<file>` below the engine's folder. */
  readonly name: string;
  readonly policies: readonly KubeObject[];
  readonly objects: readonly KubeObject[];
  /** The files' texts where the way they are written is what counts. */
  readonly text?: string;
  readonly policyText?: string;
}

const ROOT = join(import.meta.dirname, '../../../policies');

export const documentsOf = (text: string): KubeObject[] =>
  parseManifest('x.yaml', text).documents.map(({ json }) => json as KubeObject);

/** The denied samples of `test/policies/<engine>/*`. */
export function casesOf(engine: Engine): Case[] {
  return readdirSync(join(ROOT, engine)).flatMap((policy) => {
    const files = readdirSync(join(ROOT, engine, policy)).sort();
    const read = (file: string): SourceFile => ({ file, text: readFileSync(join(ROOT, engine, policy, file), 'utf8') });
    const policies = files
      .filter((file) => /^policy.*\.yaml$/.test(file))
      .flatMap((file) => documentsOf(read(file).text));
    return files
      .filter((file) => /^denied.*\.yaml$/.test(file))
      .map(
        (file): Case => ({
          engine,
          name: `${policy}/${file.slice(0, -5)}`,
          policies,
          objects: documentsOf(read(file).text),
        }),
      );
  });
}

/** The same numbers for the same seed (mulberry32). */
export function random(seed: string): () => number {
  let state = [...seed].reduce((hash, char) => Math.imul(hash ^ char.charCodeAt(0), 0x01000193), 0x811c9dc5);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function shuffled<T>(items: readonly T[], next: () => number): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}
