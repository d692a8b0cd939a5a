import { digest } from '../digest.ts';
import { OpslineError } from '../errors.ts';
import { requireProgram } from '../programs/find.ts';
import { chunksOf } from './chunks.ts';
import { EngineSaidTooMuch, lastWords, versionOf } from './execute.ts';
import { gator, gatorFailed } from './gator.ts';
import { mapLimited } from './limited.ts';
import { isNamespace, missingNamespaces } from './namespaces.ts';
import { referential } from './referential.ts';
import {
  identity,
  inOrder,
  type Judgement,
  type KubeObject,
  nameOf,
  type PolicyEngine,
  type PolicyProblem,
  type Violation,
} from './violation.ts';

/** Broken policies are found one a call; more than this many are not looked for. */
const MOST_PROBLEMS = 20;

const BROKEN = /(?:adding (template|constraint) "([^"]+)"|upserting template (\S+)): ([\s\S]*)/;

/** The policy that gator's words on a failure are about, and what they say of it. */
function brokenIn(words: string, policies: readonly KubeObject[]): { at: number; message: string } {
  const [, what, name, expansion, message = ''] = BROKEN.exec(words) ?? [];
  const at = policies.findIndex(({ kind, metadata }) => {
    if (expansion !== undefined) return kind === 'ExpansionTemplate' && metadata?.name === expansion;
    return metadata?.name === name && (kind === 'ConstraintTemplate') === (what === 'template');
  });
  return { at, message };
}

/** A candidate, and where it stands in the list that is judged. */
interface Place {
  readonly object: KubeObject;
  readonly at: number;
}

/**
 * One call of `gator test`. Results name the object by echoing it whole, so candidates of one identity are told apart by
 * their content; equal candidates get equal answers.
 */
async function judge(
  asked: readonly Place[],
  context: readonly KubeObject[],
  policies: readonly KubeObject[],
  signal: AbortSignal,
): Promise<Violation[]> {
  const places = new Map<string, number[]>();
  const distinct: KubeObject[] = [];
  for (const { object, at } of asked) {
    const key = digest(object);
    const known = places.get(key);
    if (known) known.push(at);
    else {
      places.set(key, [at]);
      distinct.push(object);
    }
  }
  const own = new Set(distinct.map(identity));
  const others = context.filter((object) => !own.has(identity(object)));
  const all = [...missingNamespaces(distinct, context), ...others, ...distinct];
  const { executed, results } = await gator(policies, all, signal);
  if (results === undefined) throw gatorFailed(executed);
  // Each violation echoes its object, so the same text comes many times.
  const digests = new Map<string, string>();
  const digestOf = (object: KubeObject): string => {
    const text = JSON.stringify(object);
    const known = digests.get(text) ?? digest(object);
    digests.set(text, known);
    return known;
  };
  return results.flatMap(({ msg, constraint, violatingObject, metadata }) => {
    const found = places.get(digestOf(violatingObject));
    // A denied object that is not recognised would pass for a good one.
    if (found === undefined && own.has(identity(violatingObject)))
      throw new OpslineError(
        'engine-failed',
        `gator test changed ${nameOf(violatingObject).kind} "${nameOf(violatingObject).name}" when it read it. Look for values that Kubernetes would not keep.`,
      );
    // Rego that cannot be evaluated is reported as a violation, and is the only one with `details: null`; CEL that cannot be, or does
    // not compile, in these words.
    const failed =
      (metadata?.details === null && /\beval_\w+_error\b/.test(msg)) ||
      /^(?:expression '.*' resulted in error: |compilation error: compilation failed: ERROR: )/s.test(msg);
    return (found ?? []).map((resource) => ({
      resource,
      engine: 'gatekeeper' as const,
      policy: { kind: constraint.kind, name: constraint.metadata.name },
      message: msg,
      ...(failed ? { failed: true } : {}),
    }));
  });
}

/** As {@link judge}; what says too much in one call is asked again in halves. */
async function judgeInParts(asked: readonly Place[], ...rest: Rest): Promise<Violation[]> {
  try {
    return await judge(asked, ...rest);
  } catch (error) {
    if (!(error instanceof EngineSaidTooMuch) || asked.length < 2) throw error;
    const middle = asked.length >> 1;
    return [
      ...(await judgeInParts(asked.slice(0, middle), ...rest)),
      ...(await judgeInParts(asked.slice(middle), ...rest)),
    ];
  }
}
type Rest = [context: readonly KubeObject[], policies: readonly KubeObject[], signal: AbortSignal];

/** Policies that look at one object at a time: candidates stand together, in calls of bounded size. */
async function judgeApart(asked: readonly Place[], ...[context, policies, signal]: Rest): Promise<Violation[]> {
  // Of the other objects only namespaces count, which constraints select by. A changed one is judged apart from what lies in it.
  const namespaces = context.filter(isNamespace);
  const given = new Set(namespaces.map(digest));
  const changed = (place: Place): boolean => isNamespace(place.object) && !given.has(digest(place.object));
  const groups = [asked.filter(changed), asked.filter((place) => !changed(place))];
  const calls = groups.flatMap((group) => chunksOf(group));
  return (await mapLimited(calls, 2, (chunk) => judgeInParts(chunk, namespaces, policies, signal))).flat();
}

/** Policies that compare objects: each candidate alone among the others; objects that are the others anyway stand together. */
async function judgeAmong(asked: readonly Place[], ...[context, policies, signal]: Rest): Promise<Violation[]> {
  const given = new Set(context.map(digest));
  const [same, others] = [
    asked.filter(({ object }) => given.has(digest(object))),
    asked.filter(({ object }) => !given.has(digest(object))),
  ];
  const calls = [...(same.length > 0 ? [same] : []), ...others.map((place) => [place])];
  return (await mapLimited(calls, 2, (places) => judge(places, context, policies, signal))).flat();
}

async function problems(policies: readonly KubeObject[], signal: AbortSignal): Promise<PolicyProblem[]> {
  const found: PolicyProblem[] = [];
  let rest = [...policies];
  while (found.length < MOST_PROBLEMS && rest.length > 0) {
    const { executed, results } = await gator(rest, [], signal);
    if (results !== undefined) break;
    const { at, message } = brokenIn(lastWords(executed.stderr, 8_000), rest);
    const policy = rest[at];
    if (!policy) {
      const only = rest.length === 1 ? rest[0] : undefined;
      if (only) return [...found, { policy: nameOf(only), message: lastWords(executed.stderr, 500) }];
      throw gatorFailed(executed);
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

  // What nothing is judged by is not loaded.
  loadsAll({ resources, policies }) {
    const { comparing, others, mayLookAt } = referential(policies);
    return (comparing.length === 0 || resources.some(mayLookAt)) && (others.length === 0 || resources.length > 0);
  },

  async violations({ resources, context = [], policies }: Judgement, signal) {
    const places = resources.map((object, at) => ({ object, at }));
    const { comparing, others, mayLookAt } = referential(policies);
    const [among, apart] = await Promise.all([
      comparing.length === 0
        ? []
        : judgeAmong(
            places.filter(({ object }) => mayLookAt(object)),
            context,
            comparing,
            signal,
          ),
      others.length === 0 ? [] : judgeApart(places, context, others, signal),
    ]);
    return inOrder([...among, ...apart], ({ message, policy }) => [message, policy.kind, policy.name].join('|'));
  },
};
