import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { OpslineError } from '../errors.ts';
import { requireProgram } from '../programs/find.ts';
import { asDocuments, type Executed, lastWords, withPrivateFolder } from './execute.ts';
import { isException } from './kyverno-rules.ts';
import { notLoaded, TELLING } from './kyverno-words.ts';
import { serveOrExecute } from './served.ts';
import type { KubeObject, Violation } from './violation.ts';

const Report = z.object({
  results: z
    .array(
      z.object({
        policy: z.string(),
        rule: z.string().optional(),
        result: z.enum(['pass', 'fail', 'warn', 'error', 'skip']),
        message: z.string().default(''),
        properties: z.object({ controlsJSON: z.string().optional() }).default({}),
        resources: z.array(z.object({ uid: z.string().optional() })).default([]),
      }),
    )
    .default([]),
});

/** Marks which object a result is about: reports repeat the uid, and no policy asks for one. */
const UID = 'opsline-';

/** Kyverno loads a rule whose CEL does not compile, and then fails every object with these words. */
const NOT_COMPILED = /^compilation error: /;

const PATH_IN_MESSAGE = /failed at path (\/\S*?)\/?(?:\s|$)/;

/** An object that is judged, and where it stands in the list that was asked about. */
export interface Place {
  readonly at: number;
  readonly object: KubeObject;
}

/** What a call is given beside policies and objects: a file's name and its documents for each option that takes a file. */
export interface Beside {
  /** Labels of namespaces, which selectors and `namespaceObject` see. */
  readonly namespaces?: readonly KubeObject[];
  /** What `params` of a ValidatingAdmissionPolicy may be. */
  readonly parameters?: readonly KubeObject[];
  /** Kinds that Kubernetes itself does not know. */
  readonly kinds?: readonly KubeObject[];
  /** Whether Kyverno tells in its log which policies it does not load; {@link kyvernoJudge} fails then. Else they are dropped without a word. */
  readonly noticing?: boolean;
  /** Looks at what the call left in its folder before that is gone. */
  readonly read?: (folder: string) => Promise<void>;
}

/** Kyverno's own file of values, with what it may know of namespaces. */
const valuesOf = (namespaces: readonly KubeObject[]): KubeObject => ({
  apiVersion: 'cli.kyverno.io/v1alpha1',
  kind: 'Values',
  metadata: { name: 'values' },
  namespaceSelector: namespaces.map(({ metadata }) => ({ name: metadata?.name, labels: metadata?.labels ?? {} })),
});

/** One call of `kyverno apply`, its words as they are. Exceptions may stand among the policies. */
export async function kyvernoApply(
  policies: readonly KubeObject[],
  objects: readonly KubeObject[],
  extra: readonly string[],
  signal: AbortSignal,
  { namespaces = [], parameters = [], kinds = [], noticing = false, read }: Beside = {},
): Promise<Executed> {
  const program = await requireProgram('kyverno');
  return withPrivateFolder(async (folder) => {
    await mkdir(join(folder, 'policies'), { mode: 0o700 });
    // One document a file: a file with one broken policy would be dropped whole.
    for (const [at, policy] of policies.filter((policy) => !isException(policy)).entries()) {
      await writeFile(join(folder, 'policies', `${at}.yaml`), asDocuments([policy]), { mode: 0o600 });
    }
    const resources = join(folder, 'resources.yaml');
    await writeFile(resources, asDocuments(objects), { mode: 0o600 });
    const args = ['apply', join(folder, 'policies'), '--resource', resources, ...extra];
    for (const [option, documents] of [
      ['--values-file', namespaces.length > 0 ? [valuesOf(namespaces)] : []],
      ['--parameter-resource', parameters],
      ['--crd-paths', kinds],
      ['--exception', policies.filter(isException)],
    ] as const) {
      if (documents.length === 0) continue;
      const file = join(folder, `${option.slice(2)}.yaml`);
      await writeFile(file, asDocuments(documents), { mode: 0o600 });
      args.push(option, file);
    }
    const executed = await serveOrExecute(program, { folder, args, verbose: noticing }, TELLING, signal);
    await read?.(folder);
    return executed;
  });
}

/** A violation as Kyverno reports it; for Pod Security Standards with the controls that failed, as JSON. */
export interface Reported extends Violation {
  readonly controls?: string;
}

/** What one call of `kyverno apply` says about objects, no two of which share an identity. Throws `engine-failed`. */
export async function kyvernoJudge(
  places: readonly Place[],
  policies: readonly KubeObject[],
  signal: AbortSignal,
  beside?: Beside,
): Promise<Reported[]> {
  const { code, stdout, stderr } = await kyvernoApply(
    policies,
    places.map(({ at, object }) => ({ ...object, metadata: { ...object.metadata, uid: `${UID}${at}` } })),
    ['--policy-report', '--output-format', 'json', '--remove-color'],
    signal,
    beside,
  );
  const start = stdout.search(/^\{"/m);
  const words = `${start === -1 ? stdout : stdout.slice(0, start)}\n${stderr}`;
  const dropped = beside?.noticing ? notLoaded(words) : undefined;
  if (dropped !== undefined) throw new OpslineError('engine-failed', `kyverno apply left a policy out: ${dropped}`);
  // A policy that Kyverno refuses is a problem that the check of loading names; where it was the only one there is no report.
  if (start === -1 && /^Invalid Policies:/m.test(words)) return [];
  let results: z.infer<typeof Report>['results'];
  try {
    if (start === -1 && code === 0) return [];
    // One report for all cluster-wide policies, and one a namespace for those of a namespace.
    results = stdout
      .slice(start)
      .split(/^---$/m)
      .flatMap((text) => Report.parse(JSON.parse(text)).results);
  } catch (cause) {
    throw new OpslineError(
      'engine-failed',
      `kyverno apply ended with ${code}: ${lastWords(stderr) || lastWords(stdout) || 'no readable result'}`,
      { cause },
    );
  }
  const kinds = new Map(
    policies
      .filter((policy) => !isException(policy))
      .map((policy) => [String(policy.metadata?.name), String(policy.kind)]),
  );
  return results.flatMap(({ policy, rule, result, message, properties, resources }) => {
    if (result !== 'fail' && result !== 'error' && result !== 'warn') return [];
    const path = PATH_IN_MESSAGE.exec(message)?.[1];
    const bare = policy.split('/').at(-1) ?? policy;
    return resources
      .filter(({ uid }) => uid?.startsWith(UID))
      .map(({ uid }) => ({
        resource: Number(uid?.slice(UID.length)),
        engine: 'kyverno' as const,
        policy: { kind: kinds.get(bare) ?? 'ClusterPolicy', name: bare },
        ...(rule ? { rule } : {}),
        message,
        ...(path ? { path } : {}),
        ...(result === 'error' || NOT_COMPILED.test(message) ? { failed: true } : {}),
        ...(properties.controlsJSON ? { controls: properties.controlsJSON } : {}),
      }));
  });
}
