import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { OpslineError } from '../errors.ts';
import type { AnySuite, EvalCase } from './suite.ts';

const CaseFile = z.strictObject({ tags: z.array(z.string()).min(1), expected: z.unknown() });

/** A case with the folder it came from. */
export type LoadedCase = EvalCase<unknown, unknown> & { readonly folder: string };

/**
 * Reads every `cases/<id>/` of a suite, in the order of their names. Throws `invalid-input` naming the file when a
 * `case.yaml` does not fit, and when a suite has no case at all.
 */
export async function loadCases(suite: AnySuite): Promise<LoadedCase[]> {
  const root = join(suite.folder, 'cases');
  const folders = (await readdir(root, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  if (folders.length === 0) throw new OpslineError('invalid-input', `${root} holds no case folder.`);
  return Promise.all(
    folders
      .map((entry) => entry.name)
      .sort()
      .map(async (id) => {
        const folder = join(root, id);
        const { tags, expected } = await readCase(join(folder, 'case.yaml'), suite);
        return { id, folder, tags, expected, input: await suite.loadInput(folder) };
      }),
  );
}

async function readCase(path: string, suite: AnySuite): Promise<{ tags: string[]; expected: unknown }> {
  try {
    const { tags, expected } = CaseFile.parse(parse(await readFile(path, 'utf8')));
    return { tags, expected: suite.expected.parse(expected) };
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new OpslineError('invalid-input', `${path}: ${why}`, { cause });
  }
}
