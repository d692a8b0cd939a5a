import { ENGINES } from '../../../pipelines/policy-fix/judge.ts';
import type { JsonObject } from '../../../src/manifest/json.ts';
import { isException } from '../../../src/policy/kyverno-rules.ts';
import { valuesIn, withValues } from '../../../src/policy/kyverno-values.ts';
import { looksAtNames, looksAtPlaces } from '../../../src/policy/object-names.ts';
import { referential } from '../../../src/policy/referential.ts';
import { identity, nameOf, type PolicyEngineName } from '../../../src/policy/violation.ts';

/** What a patch claims, for the engine to say about the patched text itself, apart from the pipeline. */
export interface Claim {
  readonly title: string;
  readonly policies: readonly JsonObject[];
  /** The objects of the patched file. */
  readonly objects: readonly JsonObject[];
  /** How often the policies deny them still. */
  readonly left: number;
  /** The same with one operation undone each: all are denied. */
  readonly mutants: readonly JsonObject[];
  /** Objects of other files, which nobody denies. */
  readonly well: readonly JsonObject[];
}

/** Kinds of objects that policies look at beside the one that is judged. */
export const CONTEXT = new Set<unknown>(['Namespace', 'ConfigMap']);

/** Documents beside policies that say something of all that is judged in a call. */
const ALONE = new Set<unknown>(['Values', 'ExpansionTemplate', 'Config']);

/** Claims in one call: more make it no cheaper. A start of Kyverno takes half a second, one of Gatekeeper a tenth. */
const most = (engine: PolicyEngineName): number => (engine === 'gatekeeper' ? 8 : 40);

const called = ({ kind, name }: { readonly kind: string; readonly name: string }): string => `${kind}/${name}`;

/** Whether a claim is the same question whatever other policies and objects are in the call. */
function standsAnywhere({ policies, objects, mutants, well }: Claim): boolean {
  const judged = [...objects, ...mutants, ...well];
  return (
    policies.every(
      (policy) => !ALONE.has(policy.kind) && !isException(policy) && !(looksAtNames(policy) && looksAtPlaces(policy)),
    ) &&
    referential(policies).comparing.length === 0 &&
    judged.every(({ kind }) => !CONTEXT.has(kind))
  );
}

/** Claims that can be judged in one call each: no two policies of a call share an identity. */
function calls(claims: readonly Claim[], engine: PolicyEngineName): Claim[][] {
  const all: Claim[][] = [];
  let open: Claim[] = [];
  const taken = new Set<string>();
  for (const claim of claims) {
    if (!standsAnywhere(claim)) {
      all.push([claim]);
      continue;
    }
    const own = claim.policies.map(identity);
    if (open.length === most(engine) || own.some((policy) => taken.has(policy))) {
      all.push(open);
      open = [];
      taken.clear();
    }
    open.push(claim);
    for (const policy of own) taken.add(policy);
  }
  return open.length > 0 ? [...all, open] : all;
}

/** What is not as the claims say, each with its title; asked of the engine alone. */
export async function untrue(claims: readonly Claim[], engine: PolicyEngineName): Promise<string[]> {
  const wrong: string[] = [];
  for (const call of calls(claims, engine)) {
    const documents = call.flatMap(({ policies }) => policies);
    const values = documents.flatMap((json) => valuesIn(json, 'policy-values.yaml') ?? []);
    const judged = call.map(({ objects, mutants, well }) => [...objects, ...mutants, ...well]);
    const violations = await ENGINES[engine].violations(
      {
        resources: judged.flat(),
        context: call.flatMap(({ objects }) => objects),
        policies: documents.filter(({ kind }) => kind !== 'Values').map((json) => withValues(json, values)),
      },
      AbortSignal.timeout(120_000),
    );
    let start = 0;
    for (const [at, { title, policies, objects, mutants, left }] of call.entries()) {
      const names = new Set(policies.map((policy) => called(nameOf(policy))));
      const [from, to] = [start, start + (judged[at]?.length ?? 0)];
      start = to;
      const said = violations
        .filter(
          ({ resource, policy }) =>
            resource >= from && resource < to && (call.length === 1 || names.has(called(policy))),
        )
        .map((violation) => ({ ...violation, at: violation.resource - from }));
      const own = said.filter((violation) => violation.at < objects.length);
      if (own.length !== left) wrong.push(`${title}: denied ${own.length} times after the patch, ${left} were said`);
      const denied = new Set(said.map((violation) => violation.at));
      for (const [nth] of mutants.entries())
        if (!denied.has(objects.length + nth)) wrong.push(`${title}: accepted without operation ${nth}`);
      for (const { at: other, message } of said)
        if (other >= objects.length + mutants.length) wrong.push(`${title}: an allowed object is denied: ${message}`);
    }
  }
  return wrong;
}
