import { availableParallelism } from 'node:os';
import { digest } from '../digest.ts';
import { literally } from '../literal.ts';
import { requireProgram } from '../programs/find.ts';
import { withWholeNumbers } from './cel-numbers.ts';
import { CALL_LIMITS, chunksOf } from './chunks.ts';
import { kindsNotGuessed } from './custom-kinds.ts';
import { EngineSaidTooMuch, versionOf } from './execute.ts';
import { type Beside, kyvernoJudge, type Place, type Reported } from './kyverno-apply.ts';
import { mayMatchKind, POD_CONTROLLERS } from './kyverno-kinds.ts';
import { namesNoPolicy, problems } from './kyverno-load.ts';
import { withWholeNumbersIn } from './kyverno-numbers.ts';
import { withinItsNamespace } from './kyverno-places.ts';
import { exceptedPolicies, isCelValidating, isException, judgingPolicies, writtenRule } from './kyverno-rules.ts';
import { mapLimited } from './limited.ts';
import { looksAtNamespaces, namespacesOf } from './namespaces.ts';
import { looksAtNames, looksAtPlaces } from './object-names.ts';
import { ownWords } from './own-words.ts';
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
  /** Of namespaces that stand for another one, which. */
  readonly moved?: ReadonlyMap<string, string>;
}

/** Kinds that always live in a namespace, whether the manifest says so or not. */
const NAMESPACED = new Set(['Pod', ...POD_CONTROLLERS]);

/** Candidates of one object under names of their own. */
const renamed = (places: readonly Place[], nths: readonly number[]): Place[] =>
  places.map(({ at, object }, i) =>
    nths[i] === 0
      ? { at, object }
      : { at, object: { ...object, metadata: { ...object.metadata, name: standIn(object.metadata?.name, nths[i]) } } },
  );

/** Candidates of one object in namespaces of their own. */
function moved(
  places: readonly Place[],
  nths: readonly number[],
): Pick<Call, 'places'> & Required<Pick<Call, 'moved'>> {
  const from = new Map<string, string>();
  const apart = places.map(({ at, object }, i) => {
    if (nths[i] === 0) return { at, object };
    const own = String(object.metadata?.namespace ?? 'default');
    const namespace = standIn(own, nths[i]);
    from.set(namespace, own);
    return { at, object: { ...object, metadata: { ...object.metadata, namespace } } };
  });
  return { places: apart, moved: from };
}

const standIn = (name: unknown, nth: number | undefined): string => `${name}-opsline-${nth}`;

/**
 * Divides a question into calls in which no two objects share an identity. Where a policy does not look at names, candidates of
 * one object get names of their own; where it does not look at namespaces, namespaces of their own. Only what the other policies
 * may judge is asked about in turns.
 */
function callsFor(places: readonly Place[], policies: readonly KubeObject[]): Call[] {
  const nths = repeats(places);
  if (nths.every((nth) => nth === 0)) return [{ places, policies }];
  // A binding goes with its policy, whose name it has. An exception may name its objects.
  const exceptions = policies.filter(isException);
  const excepted = exceptedPolicies(exceptions);
  const rest = policies.filter((policy) => !isException(policy));
  const namesOf = (which: (policy: KubeObject) => boolean) =>
    new Set(rest.filter(which).map(({ metadata }) => metadata?.name));
  const isExcepted = ({ metadata }: KubeObject): boolean => excepted.has(String(metadata?.name));
  const looking = namesOf((policy) => looksAtNames(policy) || isExcepted(policy));
  const placing = namesOf((policy) => looksAtPlaces(policy) || isExcepted(policy));
  const movable = ({ object }: Place): boolean =>
    typeof object.metadata?.namespace === 'string' || NAMESPACED.has(String(object.kind));
  const named = rest.filter(({ metadata }) => looking.has(metadata?.name));
  const unnamed = rest.filter(({ metadata }) => !looking.has(metadata?.name));
  // What minds neither goes with what minds names, in one call rather than two.
  const together = unnamed.every(({ metadata }) => !placing.has(metadata?.name)) && places.every(movable);
  const free = (together && named.length > 0 ? rest : named).filter(({ metadata }) => !placing.has(metadata?.name));
  const tied = named.filter((policy) => !free.includes(policy));
  const others = unnamed.filter((policy) => !free.includes(policy));
  const calls: Call[] = others.length > 0 ? [{ places: renamed(places, nths), policies: others }] : [];
  const judged = (place: Place, by: readonly KubeObject[]): boolean =>
    by.some((policy) => mayMatchKind(policy, String(place.object.kind)));
  const moving = places.flatMap((place, i) => (movable(place) && judged(place, free) ? [i] : []));
  if (moving.length > 0) {
    const [own, turns] = [moving.map((i) => places[i] as Place), moving.map((i) => nths[i] as number)];
    calls.push({ ...moved(own, turns), policies: free });
  }
  for (let turn = 0; turn <= Math.max(...nths); turn++) {
    for (const [by, takes] of [
      [tied, () => true],
      [free, (place: Place) => !movable(place)],
    ] as const) {
      const own = places.filter((place, i) => nths[i] === turn && takes(place) && judged(place, by));
      if (own.length > 0) calls.push({ places: own, policies: [...by, ...(by === tied ? exceptions : [])] });
    }
  }
  return calls;
}

/** What is given beside a call: its stand-ins for namespaces have the labels of those that they stand for. */
function besideOf({ moved: from }: Call, beside: Beside | undefined): Beside | undefined {
  if (from === undefined || beside?.namespaces === undefined) return beside;
  const known = new Map(beside.namespaces.map((namespace) => [String(namespace.metadata?.name), namespace]));
  const more = [...from].flatMap(([name, own]): KubeObject[] => {
    const namespace = known.get(own);
    return namespace ? [{ ...namespace, metadata: { ...namespace.metadata, name } }] : [];
  });
  return { ...beside, namespaces: [...beside.namespaces, ...more] };
}

/** Words about an object under a name of its own, with the name that it has. */
const withOwnName = (message: string, name: unknown): string =>
  message.includes('-opsline-')
    ? message.replaceAll(new RegExp(`${literally(String(name))}-opsline-\\d+`, 'g'), String(name))
    : message;

/** Parts of a call that the engine takes and that keep all processes busy. */
function spread({ places, ...call }: Call): Call[] {
  const parts = Math.min(PROCESSES, Math.ceil(places.length / WORTH_A_PROCESS));
  const objects = Math.min(Math.ceil(places.length / parts), CALL_LIMITS.objects);
  return chunksOf(places, { objects, bytes: CALL_LIMITS.bytes }).map((part) => ({ ...call, places: part }));
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
    const place = places.get(name + writtenRule(rule)) ?? places.get(name) ?? '';
    return [place, rule, message].join('|');
  };
}

/** One call, asked again in halves when the engine would say too much. */
async function judge(call: Call, signal: AbortSignal, beside?: Beside): Promise<Reported[]> {
  const { places, policies } = call;
  try {
    return await kyvernoJudge(places, policies, signal, besideOf(call, beside));
  } catch (error) {
    if (!(error instanceof EngineSaidTooMuch) || places.length < 2) throw error;
    const middle = places.length >> 1;
    return [
      ...(await judge({ ...call, places: places.slice(0, middle) }, signal, beside)),
      ...(await judge({ ...call, places: places.slice(middle) }, signal, beside)),
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
  return judged.flatMap(({ message, ...violation }) => {
    const own = { ...violation, message: withOwnName(message, distinct[violation.resource]?.object.metadata?.name) };
    return (groups[violation.resource] ?? []).map((resource) => ({ ...own, resource }));
  });
}

/** The resources that policies of CEL match, by their plural. */
const matchedResources = (policies: readonly KubeObject[]): Set<string> =>
  new Set(
    policies
      .filter(isCelValidating)
      .flatMap(({ spec }): KubeObject[] => spec?.matchConstraints?.resourceRules ?? [])
      .flatMap((rule): string[] => rule?.resources ?? []),
  );

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
    const judging = judgingPolicies(policies).map(withWholeNumbersIn).map(withinItsNamespace);
    const beside = {
      kinds: kindsNotGuessed(resources, [...context, ...resources], matchedResources(judging)),
      ...(noticing ? { noticing } : {}),
      ...(looksAtNamespaces(judging) ? { namespaces: namespacesOf(resources, context) } : {}),
    };
    const said = await reported(resources, judging, signal, beside);
    const toOwn = ownWords(policies, withWholeNumbers);
    return inOrder(
      said.map((violation) => ({ ...violation, message: toOwn(violation.message) })),
      byPolicy(policies),
    );
  },
};
