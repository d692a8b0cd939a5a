import { withWholeNumbers } from './cel-numbers.ts';
import { bothMatch, selects } from './vap-match.ts';
import type { AdmissionBinding, AdmissionPolicy, MatchResources, Selector } from './vap-schema.ts';
import type { KubeObject, PolicyProblem } from './violation.ts';

/** One validation of one policy under one binding and one parameter, as Kyverno judges it. */
export interface Unit {
  readonly policy: AdmissionPolicy;
  /** The binding, the parameter where there are several, and the validation. */
  readonly rule: string;
  /** The policy under a name of its own, and its binding where there are parameters. */
  readonly documents: readonly KubeObject[];
}

export interface Compiled {
  readonly units: readonly Unit[];
  readonly problems: readonly PolicyProblem[];
}

const V1 = 'admissionregistration.k8s.io/v1';

/** The name under which Kyverno knows the unit at a place. */
export const unitName = (at: number): string => `opsline-unit-${at}`;

const NAMESPACE = 'kubernetes.io/metadata.name';

const inNamespaces = (names: readonly string[], operator: 'In' | 'NotIn'): MatchResources => ({
  namespaceSelector: { matchExpressions: [{ key: NAMESPACE, operator, values: [...names] }] },
});

const titleOf = ({ metadata }: KubeObject): string => [metadata?.namespace, metadata?.name].filter(Boolean).join('/');

function isParameter({ spec: { paramKind } }: AdmissionPolicy, { apiVersion, kind }: KubeObject): boolean {
  return apiVersion === paramKind?.apiVersion && kind === paramKind?.kind;
}

/** What a binding's paramRef means among the documents that are given; undefined where it means none of them. */
function parametersOf(
  policy: AdmissionPolicy,
  { spec: { paramRef } }: AdmissionBinding,
  documents: readonly KubeObject[],
): readonly KubeObject[] {
  return documents.filter(
    (document) =>
      isParameter(policy, document) &&
      (paramRef?.namespace === undefined || (document.metadata?.namespace ?? 'default') === paramRef.namespace) &&
      (paramRef?.name === undefined
        ? selects((paramRef?.selector ?? {}) as Selector, document.metadata?.labels ?? {})
        : document.metadata?.name === paramRef.name),
  );
}

/** What Kyverno has to read so that it says of numbers what the API server would. */
const withNumbers = <T extends { readonly expression?: unknown }>(part: T): T =>
  typeof part.expression === 'string' ? { ...part, expression: withWholeNumbers(part.expression) } : part;

/** A policy that holds one validation and looks at `match`. */
function single(policy: AdmissionPolicy, name: string, match: MatchResources, validation: KubeObject): KubeObject {
  const { failurePolicy, paramKind, matchConditions, variables } = policy.spec;
  return {
    apiVersion: V1,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      failurePolicy,
      ...(paramKind ? { paramKind } : {}),
      matchConstraints: match,
      matchConditions: matchConditions.map(withNumbers),
      variables: variables.map(withNumbers),
      validations: [withNumbers(validation)],
    },
  };
}

/**
 * Divides policies into units. Kyverno stops at a policy's first failing validation and, under a binding, forgets the
 * policy's own constraints, so each validation is asked about apart, with constraints and binding in one. A policy that no
 * given binding names is judged as if it were bound everywhere. What cannot be judged is a problem, never left out.
 * `alias` says under which name the engine is given a parameter.
 */
export function compile(
  policies: readonly AdmissionPolicy[],
  bindings: readonly AdmissionBinding[],
  parameters: readonly KubeObject[],
  alias: (parameter: KubeObject) => string = ({ metadata }) => String(metadata?.name),
): Compiled {
  const units: Unit[] = [];
  const problems: PolicyProblem[] = [];
  const problem = ({ kind, metadata }: AdmissionPolicy | AdmissionBinding, message: string): void => {
    problems.push({ policy: { kind, name: metadata.name }, message });
  };
  const add = (
    policy: AdmissionPolicy,
    binding: AdmissionBinding | undefined,
    match: MatchResources | undefined,
    parameter: KubeObject | undefined,
    label: string,
  ): void => {
    if (match === undefined) return;
    for (const [i, validation] of policy.spec.validations.entries()) {
      const name = unitName(units.length);
      const ref = parameter && {
        name: alias(parameter),
        ...(parameter.metadata?.namespace ? { namespace: parameter.metadata.namespace } : {}),
        parameterNotFoundAction: 'Deny',
      };
      units.push({
        policy,
        rule: `${[...(binding ? [binding.metadata.name] : []), ...(label ? [label] : [])].map((part) => `${part}: `).join('')}validations[${i}]`,
        documents: [
          single(policy, name, match, validation),
          ...(ref
            ? [
                {
                  apiVersion: V1,
                  kind: 'ValidatingAdmissionPolicyBinding',
                  metadata: { name },
                  spec: { policyName: name, validationActions: ['Deny'], paramRef: ref, matchResources: match },
                },
              ]
            : []),
        ],
      });
    }
  };
  for (const policy of policies) {
    const { paramKind, matchConstraints } = policy.spec;
    const own = bindings.filter(({ spec }) => spec.policyName === policy.metadata.name);
    if (own.length === 0) {
      if (paramKind)
        problem(
          policy,
          `it has parameters (${paramKind.kind}), and no binding that was given says which. Give the ValidatingAdmissionPolicyBinding and the parameters.`,
        );
      else add(policy, undefined, bothMatch(matchConstraints), undefined, '');
    }
    for (const binding of own) {
      const match = bothMatch(matchConstraints, binding.spec.matchResources);
      const ref = binding.spec.paramRef;
      if (!paramKind || !ref) {
        if (paramKind) problem(binding, `its policy has parameters (${paramKind.kind}), and it has no paramRef.`);
        else if (ref) problem(binding, 'it has a paramRef, and its policy has no paramKind.');
        else add(policy, binding, match, undefined, '');
        continue;
      }
      const found = parametersOf(policy, binding, parameters);
      if (found.length === 0) {
        problem(
          binding,
          `the ${paramKind.kind} that its paramRef means is not among the policies and manifests. Give it as well: opsline reads no cluster.`,
        );
        continue;
      }
      // Without a namespace in paramRef, an object is judged by the parameters of its own namespace.
      const local = found.filter(({ metadata }) => metadata?.namespace !== undefined && ref.namespace === undefined);
      for (const parameter of found) {
        const where = local.includes(parameter) ? inNamespaces([String(parameter.metadata?.namespace)], 'In') : {};
        add(policy, binding, match && bothMatch(match, where), parameter, found.length > 1 ? titleOf(parameter) : '');
      }
      if (local.length < found.length || ref.parameterNotFoundAction === 'Allow' || match === undefined) continue;
      const rest = bothMatch(
        match,
        inNamespaces(
          local.map(({ metadata }) => String(metadata?.namespace)),
          'NotIn',
        ),
      );
      const { paramKind: _none, ...spec } = policy.spec;
      const missing = {
        expression: 'false',
        message: `no ${paramKind.kind} for binding ${binding.metadata.name} in the object's namespace`,
      };
      add(
        { ...policy, spec: { ...spec, matchConditions: [], variables: [], validations: [missing] } },
        binding,
        rest,
        undefined,
        'params',
      );
    }
  }
  for (const binding of bindings)
    if (!policies.some(({ metadata }) => metadata.name === binding.spec.policyName))
      problem(binding, `it binds "${binding.spec.policyName}", which was not given.`);
  return { units, problems };
}
