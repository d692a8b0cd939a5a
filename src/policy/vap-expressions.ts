import { kyvernoJudge } from './kyverno-apply.ts';
import { celTokens, isField } from './tokens.ts';
import { unitName } from './vap-compile.ts';
import type { AdmissionPolicy } from './vap-schema.ts';
import type { KubeObject, PolicyProblem } from './violation.ts';

/** An object that every probe looks at. */
const PROBE: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'opsline-probe', namespace: 'default' },
};
const PARAMETER: KubeObject = { ...PROBE, metadata: { name: 'opsline-parameter', namespace: 'default' } };
const MATCH = {
  resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
};

interface Probe {
  readonly policy: AdmissionPolicy;
  /** Where the expression stands below `spec`. */
  readonly where: string;
  readonly text: string;
  /** How many of the policy's variables it may use: each sees those before it. */
  readonly variables: number;
}

function probesOf(policy: AdmissionPolicy): Probe[] {
  const { matchConditions, variables, validations, auditAnnotations } = policy.spec;
  const all = variables.length;
  const probe = (where: string, text: string, count: number): Probe => ({ policy, where, text, variables: count });
  return [
    ...matchConditions.map(({ expression }, i) => probe(`matchConditions[${i}].expression`, expression, 0)),
    ...variables.map(({ expression }, i) => probe(`variables[${i}].expression`, expression, i)),
    ...validations.flatMap(({ expression, messageExpression }, i) => [
      probe(`validations[${i}].expression`, expression, all),
      ...(messageExpression ? [probe(`validations[${i}].messageExpression`, messageExpression, all)] : []),
    ]),
    ...auditAnnotations.map(({ valueExpression }, i) =>
      probe(`auditAnnotations[${i}].valueExpression`, valueExpression, all),
    ),
  ];
}

/** A policy that does nothing but compile an expression. */
function documentsOf({ policy, text, where, variables }: Probe, name: string): KubeObject[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const parameters = policy.spec.paramKind !== undefined;
  // Conditions and validations have to be a truth value; the others may be anything.
  const asked = /^(?:matchCond|validations.*\]\.expr)/.test(where) ? text : `[${text}\n].size() == 1`;
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        ...(parameters ? { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } } : {}),
        matchConstraints: MATCH,
        variables: policy.spec.variables.slice(0, variables),
        validations: [{ expression: asked }],
      },
    },
    ...(parameters
      ? [
          {
            apiVersion,
            kind: 'ValidatingAdmissionPolicyBinding',
            metadata: { name },
            spec: {
              policyName: name,
              validationActions: ['Deny'],
              paramRef: { name: 'opsline-parameter', namespace: 'default', parameterNotFoundAction: 'Deny' },
              matchResources: MATCH,
            },
          },
        ]
      : []),
  ];
}

/** What of a cluster an expression asks for that there is none of here. */
function unanswerable(text: string): string | undefined {
  const tokens = celTokens(text);
  for (const [at, { kind, text: name }] of tokens.entries()) {
    if (kind !== 'name' || isField(tokens, at)) continue;
    if (name === 'authorizer') return 'authorizer';
    const field = tokens[at + 2]?.text === '?' ? tokens[at + 3] : tokens[at + 2];
    if (name === 'request' && field?.text === 'userInfo') return 'request.userInfo';
  }
  return undefined;
}

/**
 * Expressions that cannot be judged: those that ask who sent a request, and those that do not compile. All are compiled in
 * one call, each by itself, since Kyverno reports only the first of a policy and passes over variables nobody uses.
 */
export async function brokenExpressions(
  policies: readonly AdmissionPolicy[],
  signal: AbortSignal,
): Promise<PolicyProblem[]> {
  const probes = policies.flatMap(probesOf);
  const problem = ({ policy, where }: Probe, message: string): PolicyProblem => ({
    policy: { kind: policy.kind, name: policy.metadata.name },
    message: `spec.${where}: ${message}`,
  });
  const outside = probes.flatMap((probe) => {
    const what = unanswerable(probe.text);
    return what ? [problem(probe, `${what} is not supported: without a cluster nobody sends the request.`)] : [];
  });
  if (outside.length > 0 || probes.length === 0) return outside;
  const documents = probes.flatMap((probe, at) => documentsOf(probe, unitName(at)));
  const found = await kyvernoJudge([{ at: 0, object: PROBE }], documents, signal, { parameters: [PARAMETER] });
  return probes.flatMap((probe, at) => {
    const error = found.find(
      ({ policy, message }) => policy.name === unitName(at) && message.startsWith('compilation error'),
    );
    return error ? [problem(probe, error.message.slice(0, 1_000))] : [];
  });
}
