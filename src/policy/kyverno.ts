import { availableParallelism } from 'node:os';
import { digest } from '../digest.ts';
import { requireProgram } from '../programs/find.ts';
import { CALL_LIMITS, chunksOf } from './chunks.ts';
import { EngineSaidTooMuch, versionOf } from './execute.ts';
import { type Beside, kyvernoJudge, type Place, type Reported } from './kyverno-apply.ts';
import { mayMatchKind } from './kyverno-kinds.ts';
import { namesNoPolicy, problems } from './kyverno-load.ts';
import { withWholeNumbersIn } from './kyverno-numbers.ts';
import { exceptedPolicies, isException, judgingPolicies } from './kyverno-rules.ts';
import { mapLimited } from './limited.ts';
import { looksAtNamespaces, namespacesOf } from './namespaces.ts';
import { looksAtNames } from './object-names.ts';
import { identity, inOrder, type Judgement, type KubeObject, type PolicyEngine, type Violation } from './violation.ts';

/** Engine processes of one question that run at once; each evaluates on one core and takes some 200 MB. */
const PROCESSES = Math.min(2, availableParallelism());

/** A start costs as much as judging this many objects by thirty policies: fewer are not spread over processes. */
const WORTH_A_PROCESS = 120;

/** Kyverno keeps objects by identity, as a cluster does. */
const clusterIdentity = (object: KubeObject): string =>
  identity({ ...object, metadata: { ...object.metadata, namespace: object.metadata?.namespace ?? 'default' } });

/** How often each object's identity stood in the list before it. */
function repeats(places: readonly Place[]): number[] {
  const seen = new Map<string, number>();
  return places.map(({ object }) => {
    const key = clusterIdentity(object);
    const nth = seen.get(key) ?? 0;
    seen.set(key, nth + 1);
    return nth;
  });
}

interface Call {
  readonly places: readonly Place[];
  readonly policies: readonly KubeObject[];
}

/**
 * Divides a question into calls in which no two objects share an identity. Where no policy looks at names, candidates of
 * one object get names of their own; only what the other policies may judge is asked about in turns.
 */
function callsFor(places: readonly Place[], policies: readonly KubeObject[]): Call[] {
  const nths = repeats(places);
  if (nths.every((nth) => nth === 0)) return [{ places, policies }];
  // A binding goes with its policy, whose name it has. An exception may name its objects.
  const exceptions = policies.filter(isException);
  const excepted = exceptedPolicies(exceptions);
  const rest = policies.filter((policy) => !isException(policy));
  const looking = rest.filter((policy) => looksAtNames(policy) || excepted.has(String(policy.metadata?.name)));
  const names = new Set(looking.map(({ metadata }) => metadata?.name));
  const named = rest.filter(({ metadata }) => names.has(metadata?.name));
  const others = rest.filter((policy) => !named.includes(policy));
  const renamed = places.map(({ at, object }, i) =>
    nths[i] === 0
      ? { at, object }
      : {
          at,
          object: { ...object, metadata: { ...object.metadata, name: `${object.metadata?.name}-opsline-${nths[i]}` } },
        },
  );
  const calls: Call[] = others.length > 0 ? [{ places: renamed, policies: others }] : [];
  for (let turn = 0; turn <= Math.max(...nths); turn++) {
    const own = places.filter(
      ({ object }, i) => nths[i] === turn && named.some((policy) => mayMatchKind(policy, String(object.kind))),
    );
    if (own.length > 0) calls.push({ places: own, policies: [...named, ...exceptions] });
  }
  return calls;
}

/** Parts of a call that the engine takes and that keep all processes busy. */
function spread({ places, policies }: Call): Call[] {
  const parts = Math.min(PROCESSES, Math.ceil(places.length / WORTH_A_PROCESS));
  const objects = Math.min(Math.ceil(places.length / parts), CALL_LIMITS.objects);
  return chunksOf(places, { objects, bytes: CALL_LIMITS.bytes }).map((part) => ({ places: part, policies }));
}

/** Sorts what is said of an object as the policies and their rules stand. */
function byPolicy(policies: readonly KubeObject[]): (violation: Violation) => string {
  const places = new Map<string, string>();
  for (const [at, { kind, metadata, spec }] of policies.entries()) {
    places.set(`${kind}|${metadata?.name}|`, `${at}`.padStart(5, '0'));
    for (const [i, rule] of (Array.isArray(spec?.rules) ? spec.rules : []).entries())
      places.set(`${kind}|${metadata?.name}|${rule?.name}`, `${at}`.padStart(5, '0') + `${i}`.padStart(5, '0'));
  }
  return ({ policy, rule = '', message }) => {
    const name = `${policy.kind}|${policy.name}|`;
    const place = places.get(name + rule.replace(/^autogen-(?:cronjob-)?/, '')) ?? places.get(name) ?? '';
    return [place, rule, message].join('|');
  };
}

/** One call, asked again in halves when the engine would say too much. */
async function judge({ places, policies }: Call, signal: AbortSignal, beside?: Beside): Promise<Reported[]> {
  try {
    return await kyvernoJudge(places, policies, signal, beside);
  } catch (error) {
    if (!(error instanceof EngineSaidTooMuch) || places.length < 2) throw error;
    const middle = places.length >> 1;
    return [
      ...(await judge({ places: places.slice(0, middle), policies }, signal, beside)),
      ...(await judge({ places: places.slice(middle), policies }, signal, beside)),
    ];
  }
}

/** What Kyverno reports about each object, in as many calls as that takes; equal candidates get equal answers. */
export async function reported(
  resources: readonly KubeObject[],
  policies: readonly KubeObject[],
  signal: AbortSignal,
  beside?: Beside,
): Promise<Reported[]> {
  if (resources.length === 0 || policies.every(isException)) return [];
  const twins = new Map<string, number[]>();
  for (const [at, object] of resources.entries()) {
    const key = digest(object);
    twins.set(key, [...(twins.get(key) ?? []), at]);
  }
  const groups = [...twins.values()];
  const distinct = groups.map(([first = 0], at) => ({ at, object: resources[first] as KubeObject }));
  const calls = callsFor(distinct, policies).flatMap(spread);
  const judged = (await mapLimited(calls, PROCESSES, (call) => judge(call, signal, beside))).flat();
  return judged.flatMap((violation) =>
    (groups[violation.resource] ?? []).map((resource) => ({ ...violation, resource })),
  );
}

/** The version of the Kyverno that `opsline` runs. */
export async function kyvernoVersion(signal: AbortSignal): Promise<string> {
  return versionOf(await requireProgram('kyverno'), /^Version:\s*v?(\S+)/m, signal);
}

/** Kyverno through `kyverno apply`: ClusterPolicy, Policy, ValidatingPolicy and PolicyException; validate rules only, nothing from outside. */
export const kyverno: PolicyEngine = {
  name: 'kyverno',

  version: kyvernoVersion,

  problems,

  // Of objects that share an identity some are judged by some of the policies alone.
  loadsAll({ resources, policies }) {
    const distinct = new Set(resources.map(clusterIdentity));
    return resources.length > 0 && distinct.size === resources.length && !policies.some(namesNoPolicy);
  },

  async violations({ resources, context = [], policies, noticing }: Judgement, signal) {
    const judging = judgingPolicies(policies).map(withWholeNumbersIn);
    const beside = {
      ...(noticing ? { noticing } : {}),
      ...(looksAtNamespaces(judging) ? { namespaces: namespacesOf(resources, context) } : {}),
    };
    const said = await reported(resources, judging, signal, beside);
    return inOrder(said, byPolicy(policies));
  },
};
