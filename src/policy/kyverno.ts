import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { OpslineError } from '../errors.ts';
import { requireProgram } from '../programs/find.ts';
import { asDocuments, execute, lastWords, versionOf, withPrivateFolder } from './execute.ts';
import { mapLimited } from './limited.ts';
import {
  identity,
  type Judgement,
  type KubeObject,
  nameOf,
  type PolicyEngine,
  type PolicyProblem,
  type Violation,
} from './violation.ts';

const Report = z.object({
  results: z
    .array(
      z.object({
        policy: z.string(),
        rule: z.string().optional(),
        result: z.enum(['pass', 'fail', 'warn', 'error', 'skip']),
        message: z.string().default(''),
        resources: z.array(z.object({ uid: z.string().optional() })).default([]),
      }),
    )
    .default([]),
});

/** Marks which object a result is about: reports repeat the uid, and no policy asks for one. */
const UID = 'opsline-';

/** Whether a policy may look at an object's name, so that candidates cannot be told apart by a changed one. */
function looksAtNames(policies: readonly KubeObject[]): boolean {
  const text = JSON.stringify(policies.map(({ spec }) => spec));
  return /metadata\.(?:name|generateName)\b|metadata\s*\}\}|request\.name\b|request\.object\s*\}\}|"names?":|"generateName"|matchConditions/.test(
    withoutMetadataNames(text),
  );
}

/** Rule, context and variable names stand beside what they name and say nothing about the object's. */
function withoutMetadataNames(specs: string): string {
  return specs
    .replaceAll(/"rules":\[\{"name":/g, '"rules":[{')
    .replaceAll(/\},\{"name":"[^"]*","(?=match|context|exclude|validate|preconditions)/g, '},{"');
}

async function run(
  policies: readonly KubeObject[],
  objects: readonly KubeObject[],
  extra: readonly string[],
  signal: AbortSignal,
) {
  const program = await requireProgram('kyverno');
  return withPrivateFolder(async (folder) => {
    await mkdir(join(folder, 'policies'), { mode: 0o700 });
    // One document a file: a file with one broken policy would be dropped whole.
    for (const [at, policy] of policies.entries()) {
      await writeFile(join(folder, 'policies', `${at}.yaml`), asDocuments([policy]), { mode: 0o600 });
    }
    const resources = join(folder, 'resources.yaml');
    await writeFile(resources, asDocuments(objects), { mode: 0o600 });
    return execute(program, ['apply', join(folder, 'policies'), '--resource', resources, ...extra], folder, signal);
  });
}

/** Splits what may not stand in one call: two objects of one identity. */
function waves(resources: readonly KubeObject[], rename: boolean): { at: number; object: KubeObject }[][] {
  const waves: { at: number; object: KubeObject }[][] = [];
  const seen = new Map<string, number>();
  for (const [at, object] of resources.entries()) {
    const key = identity({
      ...object,
      metadata: { ...object.metadata, namespace: object.metadata?.namespace ?? 'default' },
    });
    const nth = seen.get(key) ?? 0;
    seen.set(key, nth + 1);
    const name = rename && nth > 0 ? `${object.metadata?.name}-opsline-${nth}` : object.metadata?.name;
    const marked = { ...object, metadata: { ...object.metadata, name, uid: `${UID}${at}` } };
    const wave = rename ? 0 : nth;
    waves[wave] ??= [];
    waves[wave].push({ at, object: marked });
  }
  return waves;
}

const PATH_IN_MESSAGE = /failed at path (\/\S*?)\/?(?:\s|$)/;

async function judge(
  wave: readonly { object: KubeObject }[],
  policies: readonly KubeObject[],
  signal: AbortSignal,
): Promise<Violation[]> {
  const { code, stdout, stderr } = await run(
    policies,
    wave.map(({ object }) => object),
    ['--policy-report', '--output-format', 'json', '--remove-color'],
    signal,
  );
  const start = stdout.indexOf('{');
  let report: z.infer<typeof Report>;
  try {
    if (start === -1 && code === 0) return [];
    report = Report.parse(JSON.parse(stdout.slice(start)));
  } catch (cause) {
    throw new OpslineError(
      'engine-failed',
      `kyverno apply ended with ${code}: ${lastWords(stderr) || lastWords(stdout) || 'no readable result'}`,
      { cause },
    );
  }
  const kinds = new Map(policies.map((policy) => [String(policy.metadata?.name), String(policy.kind)]));
  return report.results.flatMap(({ policy, rule, result, message, resources }) => {
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
        ...(result === 'error' ? { failed: true } : {}),
      }));
  });
}

/** A harmless object to load policies against. */
const PROBE: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'opsline-probe', namespace: 'default' },
};

/**
 * Kyverno drops a policy it cannot read without a word and exits 0, so loading is checked on its own: each policy's file
 * is named in the verbose log when it is dropped, and "Policies Skipped" names those with undefined variables.
 */
async function problems(policies: readonly KubeObject[], signal: AbortSignal): Promise<PolicyProblem[]> {
  const log = async (some: readonly KubeObject[]): Promise<string | undefined> => {
    const { code, stdout, stderr } = await run(some, [PROBE], ['--remove-color', '-v', '3'], signal);
    const text = `${stdout}\n${stderr}`.replaceAll(/\u001b\[[0-9;]*m/g, '');
    const words = [
      /skipping invalid YAML file error="?(.*?)"? logger=/.exec(text)?.[1],
      /Non-fatal parsing error for single document error="?(.*?)"? logger=/.exec(text)?.[1],
      /Policies Skipped:\s*\n((?:\d+\..*\n?)+)/.exec(text)?.[1]?.replace(/^\d+\. [^:]*: /, ''),
      /^Error: (failed to (?:apply|compile|load)[\s\S]*)/m.exec(text)?.[1],
    ].find((found) => found !== undefined);
    if (words !== undefined)
      return words
        .replaceAll(/(?:failed to load )?\/\S*opsline-policy-[^\s:]*:? ?|failed to load file \S+: /g, '')
        .trim()
        .slice(0, 1_000);
    // The probe itself may be denied; that is an answer too.
    return code === 0 || /^pass: \d+, fail: \d+/m.test(text) ? undefined : lastWords(stderr, 500);
  };
  if ((await log(policies)) === undefined) return [];
  const each = await mapLimited(policies, 2, async (policy) => ({
    policy: nameOf(policy),
    message: await log([policy]),
  }));
  return each.flatMap(({ policy, message }) => (message === undefined ? [] : [{ policy, message }]));
}

/** Kyverno through `kyverno apply`: ClusterPolicy, Policy and ValidatingPolicy; validate rules only, nothing from outside. */
export const kyverno: PolicyEngine = {
  name: 'kyverno',

  async version(signal) {
    return versionOf(await requireProgram('kyverno'), /^Version:\s*v?(\S+)/m, signal);
  },

  problems,

  async violations({ resources, policies }: Judgement, signal) {
    if (resources.length === 0) return [];
    const judged = await mapLimited(waves(resources, !looksAtNames(policies)), 2, (wave) =>
      judge(wave, policies, signal),
    );
    return judged.flat().sort((a, b) => a.resource - b.resource);
  },
};
