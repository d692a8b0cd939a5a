import { isObject, type Json, type JsonObject } from '../../src/manifest/json.ts';
import { someApplies } from '../../src/policy/applies.ts';
import { isCelValidating } from '../../src/policy/kyverno-rules.ts';
import type { KubeObject } from '../../src/policy/violation.ts';
import { celConditions, isOutOfScope } from './cel/expressions.ts';
import { unread } from './cel/unread.ts';
import { ways } from './cel/wishes.ts';
import { factsOf } from './facts.ts';
import type { FixContext } from './fixers/fixer.ts';
import { regoWishes } from './rego/wishes.ts';
import { isLabel, onlyLabels, pathOfWish, type Stated, stated } from './wish.ts';

const isConstraint = ({ apiVersion }: KubeObject): boolean =>
  String(apiVersion).startsWith('constraints.gatekeeper.sh/');

/** Whether a policy says in CEL or Rego what it wants. */
const saysInCode = (policy: KubeObject): boolean =>
  isConstraint(policy) || policy.kind === 'ValidatingAdmissionPolicy' || isCelValidating(policy);

/** An object of which nothing is told but what it is, and where: what is asked of it is asked of every one. */
function bareOf({ apiVersion, kind, metadata }: JsonObject): JsonObject {
  const { name = 'bare', namespace } = isObject(metadata) ? metadata : {};
  const called: JsonObject = { name, ...(namespace === undefined ? {} : { namespace }) };
  return { apiVersion: apiVersion ?? '', kind: kind ?? '', metadata: called } satisfies Record<string, Json>;
}

/** Everything that the code of policies states of an object. */
const statedBy = (context: FixContext): Stated[] => [
  ...celConditions(context).flatMap(({ policy, ...condition }) =>
    stated(policy, ways(condition, true), unread(condition, true)),
  ),
  ...regoWishes(context),
];

/** The key of a label or annotation that has to be there. */
function keyOf({ wish }: Stated): string[] {
  const path = pathOfWish(wish);
  const goes = wish.kind === 'edit' && wish.edit.op === 'remove';
  return !goes && isLabel(path) ? [String(path.at(-1))] : [];
}

/** The keys that policies ask of an object that does nothing yet. */
interface Asked {
  /** With no other way. */
  readonly demanded: ReadonlySet<string>;
  /** With no other way than another key. */
  readonly among: ReadonlySet<string>;
}

const known = new WeakMap<readonly KubeObject[], Map<string, Asked>>();

/**
 * The labels and annotations that policies in CEL or Rego, parameters included, ask of every object of a kind: they are read as of an
 * object of that kind which does nothing yet. What they ask only of those that do something special, its owner has to state.
 */
export const demandedByCode = (policies: readonly KubeObject[], object: JsonObject): ReadonlySet<string> =>
  askedBy(policies, object).demanded;

/** The same with those of which any will do. */
export const askedOfAll = (policies: readonly KubeObject[], object: JsonObject): ReadonlySet<string> =>
  askedBy(policies, object).among;

function askedBy(policies: readonly KubeObject[], object: JsonObject): Asked {
  const bare = bareOf(object);
  const all = known.get(policies) ?? new Map<string, Asked>();
  known.set(policies, all);
  const id = JSON.stringify(bare);
  const found = all.get(id) ?? gather(policies, bare);
  all.set(id, found);
  return found;
}

function gather(policies: readonly KubeObject[], bare: JsonObject): Asked {
  const documents = policies.map((json) => ({ json }));
  const wishes = policies.filter(saysInCode).flatMap((policy) => {
    const { kind = '', metadata } = policy;
    const facts = factsOf(documents, [{ policy: { kind, name: metadata?.name ?? '' }, message: '' }]);
    if (!facts.every((one) => someApplies(one.documents)(bare as KubeObject))) return [];
    const nothing: FixContext = { object: {}, violations: [], policies: facts, siblings: [] };
    return isOutOfScope(nothing, bare) ? [] : statedBy({ ...nothing, object: bare });
  });
  return {
    demanded: new Set(wishes.filter(({ sole }) => sole).flatMap(keyOf)),
    among: new Set(
      wishes.filter(({ sole, ways = [] }) => sole || (ways.length > 1 && ways.every(onlyLabels))).flatMap(keyOf),
    ),
  };
}
