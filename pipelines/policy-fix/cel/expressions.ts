import type { Json, JsonObject } from '../../../src/manifest/json.ts';
import { valueAt } from '../../../src/manifest/json.ts';
import { isCelValidating } from '../../../src/policy/kyverno-rules.ts';
import type { KubeObject } from '../../../src/policy/violation.ts';
import { type FixContext, type PolicyFacts, podSpecPath } from '../fixers/fixer.ts';
import { type Node, parseCel } from './parse.ts';
import type { Meaning, Scope } from './resolve.ts';

/** Steps that reading the expressions of one object may take. */
const STEPS = 200_000;

interface Source {
  readonly expressions: readonly string[];
  readonly variables: readonly { readonly name?: unknown; readonly expression?: unknown }[];
}

const listOf = (value: unknown): KubeObject[] => (Array.isArray(value) ? value.filter((item) => item !== null) : []);

/** The CEL of a policy: a ValidatingAdmissionPolicy, Kyverno's ValidatingPolicy, `validate.cel` of a ClusterPolicy's rules. */
function sourcesOf(policy: KubeObject): Source[] {
  const { kind, spec } = policy;
  const source = (validations: unknown, variables: unknown): Source => ({
    expressions: listOf(validations).flatMap(({ expression }) => (typeof expression === 'string' ? [expression] : [])),
    variables: listOf(variables),
  });
  if (kind === 'ValidatingAdmissionPolicy' || isCelValidating(policy))
    return [source(spec?.validations, spec?.variables)];
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

const isParameter = ({ kind, apiVersion }: KubeObject, policy: KubeObject): boolean =>
  kind === policy.spec?.paramKind?.kind && apiVersion === policy.spec?.paramKind?.apiVersion;

function scopesFor({ documents }: PolicyFacts, policy: KubeObject, object: JsonObject, source: Source): Scope[] {
  const variables = new Map<string, Node>();
  for (const { name, expression } of source.variables) {
    const node = typeof expression === 'string' ? parseCel(expression) : undefined;
    if (node && typeof name === 'string') variables.set(name, node);
  }
  const parameters = documents.filter((document) => isParameter(document, policy)).slice(0, 4);
  const params: (KubeObject | undefined)[] = parameters.length > 0 ? parameters : [undefined];
  return objectsFor(object, policy.kind !== 'ValidatingAdmissionPolicy').flatMap((meaning) =>
    params.map((document) => ({
      names: new Map<string, Meaning>([
        ['object', meaning],
        ['oldObject', { kind: 'value', value: null }],
        ...(document ? [['params', { kind: 'value', value: document as Json }] as const] : []),
      ]),
      variables,
      depth: 0,
      budget: { left: STEPS },
    })),
  );
}

/** Every CEL expression of the violated policies with the scopes in which it may hold. */
export function celConditions({ policies, object }: FixContext): { policy: string; node: Node; scope: Scope }[] {
  return policies.flatMap((facts) =>
    facts.documents.flatMap((policy) =>
      sourcesOf(policy).flatMap((source) =>
        scopesFor(facts, policy, object, source).flatMap((scope) =>
          source.expressions.flatMap((text) => {
            const node = parseCel(text);
            return node ? [{ policy: facts.name, node, scope }] : [];
          }),
        ),
      ),
    ),
  );
}
