import type { ClusterSource } from '../../src/config.ts';
import { OpslineError } from '../../src/errors.ts';
import type { ClusterEngine } from '../../src/policy/cluster/engine.ts';
import { isNetworkIsolated } from '../../src/policy/execute.ts';
import { gatekeeper } from '../../src/policy/gatekeeper.ts';
import { kyverno } from '../../src/policy/kyverno.ts';
import { pss } from '../../src/policy/pss.ts';
import { byEngine } from '../../src/policy/recognise.ts';
import { schemaErrors } from '../../src/policy/schema/conform.ts';
import { kubernetesSchemas } from '../../src/policy/schema/kubernetes.ts';
import { vap } from '../../src/policy/vap.ts';
import type {
  EngineName,
  KubeObject,
  PolicyEngine,
  PolicyEngineName,
  PolicyProblem,
  Violation,
} from '../../src/policy/violation.ts';
import { findProgram } from '../../src/programs/find.ts';
import { type PackedVerdicts, packVerdicts } from './verdicts.ts';

export const ENGINES: Readonly<Record<PolicyEngineName, PolicyEngine>> = { gatekeeper, kyverno, vap, pss };

interface Question {
  readonly resources: readonly KubeObject[];
  readonly context: readonly KubeObject[];
  readonly policies: readonly KubeObject[];
  /** Whether it fails where an engine cannot load a policy. */
  readonly noticing?: boolean;
}

/** What Kubernetes' schemas have against the objects, as violations; none where there is no kubeconform. */
async function againstSchemas(resources: readonly KubeObject[], signal: AbortSignal): Promise<Violation[]> {
  const errors = (await schemaErrors(resources, signal)) ?? [];
  const { kubernetes } = kubernetesSchemas();
  return errors.flatMap((list, resource) =>
    list.map((message) => ({
      resource,
      engine: 'schema' as const,
      policy: { kind: 'KubernetesSchema', name: kubernetes },
      message: `Kubernetes' schema: ${message}`,
    })),
  );
}

/** What a cluster's name stands for; undefined for a name that nobody configured. */
export type FindCluster = (name: string) => ClusterSource | undefined;

/** Opens the cluster that a request names, when it is first asked; undefined where it names none. */
export type OpenCluster = () => Promise<ClusterEngine | undefined>;

/** Reads no kubeconfig before the cluster is needed: a run that is replayed asks none. */
export function clusterOpener(
  { cluster, namespace }: { readonly cluster?: string | undefined; readonly namespace?: string | undefined },
  find: FindCluster,
): OpenCluster {
  let opened: Promise<ClusterEngine> | undefined;
  const open = async (name: string): Promise<ClusterEngine> => {
    const source = find(name);
    if (source === undefined)
      throw new OpslineError('invalid-input', `No cluster is configured as ${JSON.stringify(name)} here.`);
    const [{ accessOf }, { clusterEngine }] = await Promise.all([
      import('../../src/kubernetes/kubeconfig.ts'),
      import('../../src/policy/cluster/engine.ts'),
    ]);
    return clusterEngine(await accessOf(source), namespace);
  };
  return async () => {
    if (cluster === undefined) return undefined;
    opened ??= open(cluster);
    return opened;
  };
}

/**
 * What all engines, the cluster and the schemas say about each object, in the objects' order. Looks outside: call it in
 * `step.read`.
 */
export async function askEngines(
  { resources, context, policies, noticing = false }: Question,
  openCluster: OpenCluster,
  signal: AbortSignal,
): Promise<PackedVerdicts> {
  const { engines } = byEngine(policies);
  const all = await Promise.all([
    openCluster().then((cluster) => cluster?.judge(resources, signal) ?? []),
    againstSchemas(resources, signal),
    ...[...engines].map(([name, own]) =>
      ENGINES[name].violations({ resources, context, policies: own, noticing }, signal),
    ),
  ]);
  return packVerdicts(all.flat(), resources.length);
}

export interface EngineReport {
  readonly engines: readonly { readonly name: EngineName; readonly version: string }[];
  readonly problems: readonly PolicyProblem[];
  /** Whether the machine lets engines run without network. */
  readonly isolated: boolean;
  /** Whether kubeconform is there to judge objects by Kubernetes' schemas. */
  readonly schemas: boolean;
}

/** The engines that cannot judge these objects without noticing every policy that they cannot load. */
export function noticing(resources: readonly KubeObject[], policies: readonly KubeObject[]): PolicyEngineName[] {
  return [...byEngine(policies).engines].flatMap(([name, own]) =>
    ENGINES[name].loadsAll?.({ resources, policies: own }) ? [name] : [],
  );
}

/** The policies that engines refuse to load. Looks outside. */
export async function problemsOf(
  policies: readonly KubeObject[],
  names: readonly PolicyEngineName[],
  signal: AbortSignal,
): Promise<PolicyProblem[]> {
  const { engines } = byEngine(policies);
  return (await Promise.all(names.map((name) => ENGINES[name].problems(engines.get(name) ?? [], signal)))).flat();
}

/**
 * Versions of the engines that the policies need, and the policies they refuse to load; those of engines that are `noticing` them
 * when they judge are not looked for. Looks outside.
 */
export async function inspectPolicies(
  { policies, noticing }: { readonly policies: readonly KubeObject[]; readonly noticing: readonly PolicyEngineName[] },
  openCluster: OpenCluster,
  signal: AbortSignal,
): Promise<EngineReport> {
  const names = [...byEngine(policies).engines.keys()];
  const others = names.filter((name) => !noticing.includes(name));
  const cluster = await openCluster();
  const [problems, ...reports] = await Promise.all([
    problemsOf(policies, others, signal),
    ...names.map(async (name) => ({ name, version: await ENGINES[name].version(signal) })),
  ]);
  return {
    engines: [
      ...reports,
      ...(cluster === undefined ? [] : [{ name: 'cluster' as const, version: await cluster.version(signal) }]),
    ],
    problems,
    isolated: await isNetworkIsolated(),
    schemas: (await findProgram('kubeconform')) !== undefined,
  };
}
