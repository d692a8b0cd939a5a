import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { applyPatch } from 'diff';
import type { FixResult } from '../../pipelines/policy-fix/schema.ts';
import { OpslineError } from '../errors.ts';
import { say } from './io.ts';

/** A manifest or policy as the pipeline takes it, and the path it was read from. */
export interface SourceFile {
  readonly file: string;
  readonly text: string;
  readonly path: string;
}

/** A file with its patch. */
export interface PatchedFile {
  /** As the result names it. */
  readonly file: string;
  readonly path: string;
  /** Undefined for a file that is new. */
  readonly before: string | undefined;
  readonly after: string;
}

/** The path of a file that is to be new: its folder is that of a file that was read. */
function pathOfNew(file: string, manifests: readonly SourceFile[]): string | undefined {
  const folder = dirname(file);
  const neighbour = manifests.find((manifest) => dirname(manifest.file) === folder);
  return neighbour && join(dirname(neighbour.path), file.slice(folder === '.' ? 0 : folder.length + 1));
}

/** The files of a result's patches as they are to be. Throws `internal` for a patch that does not fit what was read. */
export function patchedFiles({ patches }: FixResult, manifests: readonly SourceFile[]): PatchedFile[] {
  return patches.map(({ file, diff }) => {
    const source = manifests.find((manifest) => manifest.file === file);
    const path = source?.path ?? pathOfNew(file, manifests);
    const after = applyPatch(source?.text ?? '', diff);
    if (path === undefined || after === false)
      throw new OpslineError('internal', `The patch of ${file} does not fit the file. Nothing was written.`);
    return { file, path, before: source?.text, after };
  });
}

/** Writes the patches into the files. */
export async function writeFiles(result: FixResult, manifests: readonly SourceFile[]): Promise<void> {
  for (const { path, before, after } of patchedFiles(result, manifests)) {
    if (before === undefined) await mkdir(dirname(path), { recursive: true });
    await writeFile(path, after, before === undefined ? { flag: 'wx' } : {});
    say(`wrote ${path}`);
  }
}
