import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { digest } from '../digest.ts';
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

const GatorResults = z
  .array(
    z.object({
      msg: z.string().default(''),
      constraint: z.object({ kind: z.string(), metadata: z.object({ name: z.string() }) }),
      violatingObject: z.record(z.string(), z.unknown()),
    }),
  )
  .nullable();

/** Broken policies are found one a call; more than this many are not looked for. */
const MOST_PROBLEMS = 20;

const BROKEN = /adding (template|constraint) "([^"]+)": ([\s\S]*)/;

/** Whether a policy looks at other objects than the one it judges. */
function isReferential(policies: readonly KubeObject[]): boolean {
  return policies.some(
    (policy) =>
      policy.kind === 'ConstraintTemplate' &&
      /\bdata\s*(?:\.|\[\s*")\s*inventory\b/.test(JSON.stringify(policy).replaceAll('\\"', '"')),
  );
}

/** The namespaces the objects live in and nobody gave: bare, with the one label every namespace has. */
function missingNamespaces(resources: readonly KubeObject[], context: readonly KubeObject[]): KubeObject[] {
  const given = new Set(
    [...context, ...resources].filter((object) => object.kind === 'Namespace').map((object) => object.metadata?.name),
  );
  const used = new Set(
    resources.map((object) => object.metadata?.namespace).filter((name): name is string => typeof name === 'string'),
  );
  return [...used]
    .filter((name) => !given.has(name))
    .map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
    }));
}

async function gator(policies: readonly KubeObject[], objects: readonly KubeObject[], signal: AbortSignal) {
  const program = await requireProgram('gator');
  return withPrivateFolder(async (folder) => {
    // Gatekeeper reads only files named .yaml or .json.
    await mkdir(join(folder, 'in'), { mode: 0o700 });
    await writeFile(join(folder, 'in', 'policies.yaml'), asDocuments(policies), { mode: 0o600 });
    await writeFile(join(folder, 'in', 'objects.yaml'), asDocuments(objects), { mode: 0o600 });
    return execute(program, ['test', '--filename', join(folder, 'in'), '--output', 'json'], folder, signal);
  });
}

/**
 * One call of `gator test`. Results name the object by echoing it whole, so candidates of one identity are told apart by
 * their content; equal candidates get equal answers.
 */
async function judge(
  resources: readonly KubeObject[],
  context: readonly KubeObject[],
  policies: readonly KubeObject[],
  signal: AbortSignal,
): Promise<Violation[]> {
  const places = new Map<string, number[]>();
  const distinct: KubeObject[] = [];
  for (const [at, object] of resources.entries()) {
    const key = digest(object);
    const known = places.get(key);
    if (known) known.push(at);
    else {
      places.set(key, [at]);
      distinct.push(object);
    }
  }
  const own = new Set(resources.map(identity));
  const others = context.filter((object) => !own.has(identity(object)));
  const all = [...missingNamespaces(resources, context), ...others, ...distinct];
  const { code, stdout, stderr } = await gator(policies, all, signal);
  let results: z.infer<typeof GatorResults>;
  try {
    results = GatorResults.parse(JSON.parse(stdout));
  } catch (cause) {
    throw new OpslineError(
      'engine-failed',
      `gator test ended with ${code}: ${lastWords(stderr) || 'no readable result'}`,
      { cause },
    );
  }
  return (results ?? []).flatMap(({ msg, constraint, violatingObject }) =>
    (places.get(digest(violatingObject)) ?? []).map((resource) => ({
      resource,
      engine: 'gatekeeper' as const,
      policy: { kind: constraint.kind, name: constraint.metadata.name },
      message: msg,
    })),
  );
}

async function problems(policies: readonly KubeObject[], signal: AbortSignal): Promise<PolicyProblem[]> {
  const found: PolicyProblem[] = [];
  let rest = [...policies];
  while (found.length < MOST_PROBLEMS && rest.length > 0) {
    const { code, stdout, stderr } = await gator(rest, [], signal);
    if (code === 0 && stdout.trim() === 'null') break;
    const broken = BROKEN.exec(lastWords(stderr, 8_000));
    const [, what, name, message = ''] = broken ?? [];
    const at = rest.findIndex(
      (policy) => policy.metadata?.name === name && (policy.kind === 'ConstraintTemplate') === (what === 'template'),
    );
    const policy = rest[at];
    if (!policy) {
      const only = rest.length === 1 ? rest[0] : undefined;
      if (only) return [...found, { policy: nameOf(only), message: lastWords(stderr, 500) }];
      throw new OpslineError(
        'engine-failed',
        `gator test ended with ${code}: ${lastWords(stderr) || 'no readable result'}`,
      );
    }
    found.push({ policy: nameOf(policy), message: message.trim().slice(0, 1_000) });
    // Constraints of a broken template are not broken themselves.
    const orphaned = policy.kind === 'ConstraintTemplate' ? policy.spec?.crd?.spec?.names?.kind : undefined;
    rest = rest.filter((other, i) => i !== at && other.kind !== orphaned);
  }
  return found;
}

/** OPA Gatekeeper through `gator test`: ConstraintTemplates in Rego or CEL, and their Constraints. */
export const gatekeeper: PolicyEngine = {
  name: 'gatekeeper',

  async version(signal) {
    return versionOf(await requireProgram('gator'), /^GitVersion:\s*v?(\S+)/m, signal);
  },

  problems,

  async violations({ resources, context = [], policies }: Judgement, signal) {
    if (resources.length === 0) return [];
    if (!isReferential(policies))
      return (await judge(resources, context, policies, signal)).sort((a, b) => a.resource - b.resource);
    // A policy that compares objects must see each candidate alone among the others; objects that are the others anyway
    // may stand together.
    const given = new Set(context.map(digest));
    if (resources.every((object) => given.has(digest(object)))) {
      return (await judge(resources, context, policies, signal)).sort((a, b) => a.resource - b.resource);
    }
    const single = await mapLimited([...resources.entries()], 2, async ([at, object]) =>
      (await judge([object], context, policies, signal)).map((violation) => ({ ...violation, resource: at })),
    );
    return single.flat();
  },
};
