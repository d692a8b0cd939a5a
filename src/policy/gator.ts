import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { OpslineError } from '../errors.ts';
import { requireProgram } from '../programs/find.ts';
import { withWholeParameters } from './cel-numbers.ts';
import { asDocuments, type Executed, execute, lastWords, withPrivateFolder } from './execute.ts';
import { withWholeParametersIn } from './gatekeeper-numbers.ts';
import { keepable } from './namespaces.ts';
import { ownWords } from './own-words.ts';
import type { KubeObject } from './violation.ts';

const GatorResults = z
  .array(
    z.object({
      msg: z.string().default(''),
      constraint: z.object({ kind: z.string(), metadata: z.object({ name: z.string() }) }),
      violatingObject: z.record(z.string(), z.unknown()),
      metadata: z.object({ details: z.unknown() }).optional(),
    }),
  )
  .nullable()
  .transform((results) => results ?? []);

export type GatorResult = z.infer<typeof GatorResults>[number];

/** The program's last words, as an error. */
export function gatorFailed({ code, stderr }: Executed, cause?: unknown): OpslineError {
  return new OpslineError(
    'engine-failed',
    `gator test ended with ${code}: ${lastWords(stderr) || 'no readable result'}`,
    { cause },
  );
}

/**
 * One call of `gator test`. It judges everything it is given, templates and constraints too, so a policy may deny
 * itself. `results` is undefined when gator gave none: `executed` says why.
 */
export async function gator(
  policies: readonly KubeObject[],
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<{ readonly executed: Executed; readonly results: readonly GatorResult[] | undefined }> {
  const program = await requireProgram('gator');
  const toOwn = ownWords(policies, withWholeParameters);
  const run = await withPrivateFolder(async (folder) => {
    // Gatekeeper reads only files named .yaml or .json.
    await mkdir(join(folder, 'in'), { mode: 0o700 });
    await writeFile(join(folder, 'in', 'policies.yaml'), asDocuments(policies.map(withWholeParametersIn)), {
      mode: 0o600,
    });
    await writeFile(join(folder, 'in', 'objects.yaml'), asDocuments(objects.map(keepable)), { mode: 0o600 });
    return execute(program, ['test', '--filename', join(folder, 'in'), '--output', 'json'], folder, signal);
  });
  const executed = { ...run, stderr: toOwn(run.stderr) };
  // The exit status is 1 for a violation and for an error alike.
  if (executed.stdout.trim() === '') return { executed, results: undefined };
  try {
    const results = GatorResults.parse(JSON.parse(executed.stdout));
    return { executed, results: results.map((result) => ({ ...result, msg: toOwn(result.msg) })) };
  } catch (cause) {
    throw gatorFailed(executed, cause);
  }
}
