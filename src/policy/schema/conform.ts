import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { OpslineError } from '../../errors.ts';
import { findProgram } from '../../programs/find.ts';
import { chunksOf } from '../chunks.ts';
import { asDocuments, execute, lastWords, withPrivateFolder } from '../execute.ts';
import type { KubeObject } from '../violation.ts';
import { hasSchema, kindOf, schemaOf } from './kubernetes.ts';

const Report = z.object({
  resources: z
    .array(z.object({ name: z.string(), status: z.string(), msg: z.string().default('') }))
    .nullable()
    .transform((resources) => resources ?? []),
});

/** Stands for an object's name, which no schema looks at, so that answers find their objects. */
const NAME = 'opsline-';

/** The API server drops fields that are null before it looks at them. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (item === null ? [] : [[key, withoutNulls(item)]])),
  );
}

/** What is wrong, place by place: `/spec/replicas: got string, want integer`. */
function errorsIn(message: string): string[] {
  const [, ...places] = message.split(/\s+- at '/);
  const found = places.flatMap((place) => {
    const [, pointer = '', why = ''] = /^((?:[^'\\]|\\.)*)': ([\s\S]*)$/.exec(place) ?? [];
    return why === 'validation failed' ? [] : [`${pointer || '/'}: ${why || place}`];
  });
  return found.length > 0 ? found : [message];
}

/** The file in which kubeconform looks for a kind's schema; it calls the core group by its version. */
function fileOf(kind: string): string {
  const [group, version = '', name = ''] = kind.split('/');
  return `${group || version}_${version}_${name.toLowerCase()}.json`;
}

async function conform(
  program: string,
  places: readonly { readonly at: number; readonly object: KubeObject }[],
  signal: AbortSignal,
): Promise<{ at: number; errors: string[] }[]> {
  return withPrivateFolder(async (folder) => {
    const schemas = join(folder, 'schemas');
    await mkdir(schemas, { mode: 0o700 });
    for (const kind of new Set(places.map(({ object }) => kindOf(object))))
      await writeFile(join(schemas, fileOf(kind)), JSON.stringify(schemaOf(kind)), { mode: 0o600 });
    const objects = places.map(({ at, object: { metadata, ...rest } }) => ({
      ...rest,
      metadata: { ...metadata, name: `${NAME}${at}` },
    }));
    await writeFile(join(folder, 'objects.yaml'), asDocuments(objects.map(withoutNulls)), { mode: 0o600 });
    const where = join(schemas, '{{.Group}}_{{.ResourceAPIVersion}}_{{.ResourceKind}}.json');
    const { code, stdout, stderr } = await execute(
      program,
      ['-strict', '-verbose', '-output', 'json', '-schema-location', where, join(folder, 'objects.yaml')],
      folder,
      signal,
    );
    const fail = (cause?: unknown): never => {
      throw new OpslineError('engine-failed', `kubeconform ended with ${code}: ${lastWords(stderr) || 'no result'}`, {
        cause,
      });
    };
    let resources: z.infer<typeof Report>['resources'];
    try {
      ({ resources } = Report.parse(JSON.parse(stdout)));
    } catch (cause) {
      return fail(cause);
    }
    // One that is not judged would pass for a good one.
    if (resources.length !== places.length) return fail();
    return resources.map(({ name, status, msg }) => {
      if (status !== 'statusValid' && status !== 'statusInvalid') return fail(msg);
      return { at: Number(name.slice(NAME.length)), errors: status === 'statusInvalid' ? errorsIn(msg) : [] };
    });
  });
}

/**
 * What Kubernetes' own schemas have against each object, judged offline by kubeconform: wrong types, unknown and missing
 * fields. Kinds of others (custom resources) have no schema and no errors. Undefined where there is no kubeconform.
 * Throws `engine-failed`.
 */
export async function schemaErrors(
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<readonly (readonly string[])[] | undefined> {
  const program = await findProgram('kubeconform');
  if (program === undefined) return undefined;
  const errors: string[][] = objects.map(() => []);
  const places = objects.map((object, at) => ({ object, at })).filter(({ object }) => hasSchema(object));
  for (const chunk of chunksOf(places))
    for (const found of await conform(program, chunk, signal)) errors[found.at] = found.errors;
  return errors;
}
