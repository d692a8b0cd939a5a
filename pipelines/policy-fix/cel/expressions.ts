import { isObject, type Json, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import { isCelValidating, writtenRule } from '../../../src/policy/kyverno-rules.ts';
import { namespacesOf } from '../../../src/policy/namespaces.ts';
import type { KubeObject } from '../../../src/policy/violation.ts';
import { type FixContext, type PolicyFacts, podSpecPath } from '../fixers/fixer.ts';
import type { Meaning } from './meaning.ts';
import { type Node, parseCel } from './parse.ts';
import { type Scope, truth } from './resolve.ts';

/** Steps that reading the expressions of one object may take. */
const STEPS = 200_000;

interface Source {
  readonly expressions: readonly string[];
  readonly variables: readonly { readonly name?: unknown; readonly expression?: unknown }[];
}

const listOf = (value: unknown): KubeObject[] => (Array.isArray(value) ? value.filter((item) => item !== null) : []);

/** What Gatekeeper defines for the CEL of a template; `params` is here the parameters themselves. */
const GATEKEEPER = [
  { name: 'anyObject', expression: 'object' },
  { name: 'params', expression: 'params' },
];

/** The CEL of a policy: Gatekeeper's templates, a ValidatingAdmissionPolicy, Kyverno's ValidatingPolicy, `validate.cel` of a ClusterPolicy's rules. */
export function sourcesOf(policy: KubeObject): Source[] {
  const { kind, spec } = policy;
  const source = (validations: unknown, variables: unknown): Source => ({
    expressions: listOf(validations).flatMap(({ expression }) => (typeof expression === 'string' ? [expression] : [])),
    variables: listOf(variables),
  });
  if (kind === 'ValidatingAdmissionPolicy' || isCelValidating(policy))
    return [source(spec?.validations, spec?.variables)];
  if (kind === 'ConstraintTemplate')
    return listOf(spec?.targets)
      .flatMap(({ code }) => listOf(code))
      .filter(({ engine }) => engine === 'K8sNativeValidation')
      .map(({ source: code }) => source(code?.validations, [...GATEKEEPER, ...listOf(code?.variables)]));
  return listOf(spec?.rules).flatMap(({ validate }) =>
    validate?.cel ? [source(validate.cel.expressions, validate.cel.variables)] : [],
  );
}

/** The object as an expression sees it: itself, and where rules for pods reach templates, its pod. */
function objectsFor(object: JsonObject, reachesTemplates: boolean): Meaning[] {
  const whole: Meaning = { kind: 'place', path: [], value: object };
  const pod = podSpecPath(object);
  if (!reachesTemplates || !pod || pod.length === 1) return [whole];
  const path = pod.slice(0, -1);
  return [whole, { kind: 'place', path, value: valueAt(object, path) }];
}

/** What is known of a request to create an object. */
function requestFor({ apiVersion, kind, metadata }: JsonObject): Json {
  const [version = '', group = ''] = String(apiVersion ?? '')
    .split('/')
    .reverse();
  const { name = '', namespace = '' } = isObject(metadata) ? metadata : {};
  return {
    operation: 'CREATE',
    kind: { group, version, kind: kind ?? '' },
    name,
    namespace,
    subResource: '',
    dryRun: false,
  };
}

const isParameter = ({ kind, apiVersion }: KubeObject, policy: KubeObject): boolean =>
  kind === policy.spec?.paramKind?.kind && apiVersion === policy.spec?.paramKind?.apiVersion;

function scopesFor(context: FixContext, facts: PolicyFacts, policy: KubeObject, source: Source): Scope[] {
  const { documents } = facts;
  const { object, siblings } = context;
  const variables = new Map<string, Node>();
  for (const { name, expression } of source.variables) {
    const node = typeof expression === 'string' ? parseCel(expression) : undefined;
    if (node && typeof name === 'string') variables.set(name, node);
  }
  const parameters = documents.filter((document) => isParameter(document, policy)).slice(0, 4);
  const [namespace] = namespacesOf(
    [object as KubeObject],
    siblings.map((other) => other.object as KubeObject),
  );
  const gatekeeper = policy.kind === 'ConstraintTemplate';
  const given = gatekeeper ? [facts.parameters ?? {}] : (parameters as Json[]);
  const params: (Json | undefined)[] = given.length > 0 ? given : [undefined];
  return objectsFor(object, !['ValidatingAdmissionPolicy', 'ConstraintTemplate'].includes(policy.kind ?? '')).flatMap(
    (meaning) =>
      params.map((document) => ({
        names: new Map<string, Meaning>([
          ['object', meaning],
          ['oldObject', { kind: 'value', value: null }],
          ['request', { kind: 'value', value: requestFor(object) }],
          ...(namespace ? [['namespaceObject', { kind: 'value', value: namespace as Json }] as const] : []),
          ...(document ? [['params', { kind: 'value', value: document }] as const] : []),
        ]),
        variables,
        depth: 0,
        budget: { left: STEPS },
      })),
  );
}

/** Whether a policy, or each of its rules that are violated, looks away from an object because of a condition in CEL. */
function looksAway(context: FixContext, facts: PolicyFacts, policy: KubeObject): boolean {
  const source = { expressions: [], variables: listOf(policy.spec?.variables) };
  const scopes = scopesFor(context, facts, policy, source);
  const fails = ({ expression }: KubeObject): boolean => {
    const node = parseCel(String(expression));
    return node !== undefined && scopes.every((scope) => truth({ node, scope }) === false);
  };
  if (listOf(policy.spec?.matchConditions).some(fails)) return true;
  const violated = new Set(facts.rules.map(writtenRule));
  const rules = listOf(policy.spec?.rules).filter(({ name }) => violated.has(String(name)));
  return rules.length > 0 && rules.every(({ celPreconditions }) => listOf(celPreconditions).some(fails));
}

/** Whether none of the violated policies would look at the object any more once it were another one. */
export function isOutOfScope(context: FixContext, after: JsonObject): boolean {
  const excluded = (facts: PolicyFacts, object: JsonObject): boolean =>
    facts.documents.some((policy) => looksAway({ ...context, object }, facts, policy));
  return (
    context.policies.length > 0 &&
    context.policies.every((facts) => excluded(facts, after) && !excluded(facts, context.object))
  );
}

/** Every CEL expression of the violated policies with the scopes in which it may hold. */
export function celConditions(context: FixContext): { policy: string; node: Node; scope: Scope }[] {
  return context.policies.flatMap((facts) =>
    facts.documents.flatMap((policy) =>
      sourcesOf(policy).flatMap((source) =>
        scopesFor(context, facts, policy, source).flatMap((scope) =>
          source.expressions.flatMap((text) => {
            const node = parseCel(text);
            return node ? [{ policy: facts.name, node, scope }] : [];
          }),
        ),
      ),
    ),
  );
}
