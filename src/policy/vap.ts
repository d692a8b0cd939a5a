import { z } from 'zod';
import { OpslineError } from '../errors.ts';
import { withWholeNumbers } from './cel-numbers.ts';
import { customKinds, unknownKind } from './custom-kinds.ts';
import { kyvernoVersion, reported } from './kyverno.ts';
import type { Reported } from './kyverno-apply.ts';
import { namespacesOf } from './namespaces.ts';
import { ownWords } from './own-words.ts';
import { compile, unitName } from './vap-compile.ts';
import { brokenExpressions } from './vap-expressions.ts';
import { AdmissionBinding, AdmissionPolicy } from './vap-schema.ts';
import {
  identity,
  inOrder,
  type Judgement,
  type KubeObject,
  nameOf,
  type PolicyEngine,
  type PolicyProblem,
} from './violation.ts';

interface Read {
  readonly policies: readonly AdmissionPolicy[];
  readonly bindings: readonly AdmissionBinding[];
  readonly parameters: readonly KubeObject[];
  readonly problems: readonly PolicyProblem[];
}

function read(documents: readonly KubeObject[]): Read {
  const policies: AdmissionPolicy[] = [];
  const bindings: AdmissionBinding[] = [];
  const parameters: KubeObject[] = [];
  const problems: PolicyProblem[] = [];
  const take = <T>(schema: z.ZodType<T>, document: KubeObject, list: T[]): void => {
    const { success, data, error } = schema.safeParse(document);
    if (success) list.push(data);
    else problems.push({ policy: nameOf(document), message: z.prettifyError(error).slice(0, 1_000) });
  };
  for (const document of documents) {
    if (document.kind === 'ValidatingAdmissionPolicy') take(AdmissionPolicy, document, policies);
    else if (document.kind === 'ValidatingAdmissionPolicyBinding') take(AdmissionBinding, document, bindings);
    else parameters.push(document);
  }
  return { policies, bindings, parameters, problems };
}

const placeOf = (object: KubeObject): string =>
  identity({ ...object, metadata: { ...object.metadata, namespace: object.metadata?.namespace ?? 'default' } });

const bearing = ({ apiVersion, kind, metadata }: KubeObject): string => [apiVersion, kind, metadata?.name].join('|');

/** More kinds than these, unknown to Kyverno in groups of Kubernetes itself, are not looked for. */
const MOST_UNKNOWN = 20;

/** Asks Kyverno; a kind that it does not know is explained to it. Throws `engine-failed`. */
async function ask(
  { resources, context = [] }: Judgement,
  documents: readonly KubeObject[],
  parameters: readonly KubeObject[],
  named: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Reported[]> {
  const unknown = new Set<string>();
  for (;;) {
    const kinds = customKinds([...resources, ...parameters], [...context, ...resources], unknown, named);
    try {
      const namespaces = namespacesOf(resources, context);
      return await reported(resources, documents, signal, { namespaces, parameters, kinds });
    } catch (error) {
      const kind = error instanceof OpslineError ? unknownKind(error.message) : undefined;
      if (kind === undefined || unknown.has(kind) || unknown.size >= MOST_UNKNOWN) throw error;
      unknown.add(kind);
    }
  }
}

/**
 * Kubernetes' ValidatingAdmissionPolicy, judged by `kyverno apply`, in which the API server's own evaluator runs. Objects are
 * judged as if they were created. A CEL error denies the object under `failurePolicy: Fail` (marked `failed`) and nothing
 * under `Ignore`, as in a cluster. Bindings that deny, warn and audit count alike.
 */
export const vap: PolicyEngine = {
  name: 'vap',

  version: kyvernoVersion,

  async problems(documents, signal) {
    const { policies, bindings, parameters, problems } = read(documents);
    if (problems.length > 0) return [...problems];
    return [...compile(policies, bindings, parameters).problems, ...(await brokenExpressions(policies, signal))];
  },

  async violations(judgement, signal) {
    const { policies, bindings, parameters } = read(judgement.policies);
    const distinct = [...new Map(parameters.map((parameter) => [placeOf(parameter), parameter])).values()];
    // Kyverno keeps objects and parameters in one place, where it finds a parameter by kind and name, in whatever namespace.
    const namesakes = Map.groupBy([...judgement.resources, ...distinct], bearing);
    const numbers = new Map(distinct.map((parameter, at) => [placeOf(parameter), at]));
    const alias = (parameter: KubeObject): string => {
      const shared = (namesakes.get(bearing(parameter))?.length ?? 0) > 1;
      return `${parameter.metadata?.name}${shared ? `-opsline-parameter-${numbers.get(placeOf(parameter))}` : ''}`;
    };
    const { units } = compile(policies, bindings, parameters, alias);
    const documents = units.flatMap((unit) => unit.documents);
    const places = new Map(units.map((_, at) => [unitName(at), at]));
    const named = (parameter: KubeObject): KubeObject => ({
      ...parameter,
      metadata: { ...parameter.metadata, name: alias(parameter) },
    });
    const resources = policies.flatMap(({ spec }) =>
      (spec.matchConstraints?.resourceRules ?? []).flatMap((rule) => rule.resources),
    );
    const toOwn = ownWords(policies as readonly KubeObject[], withWholeNumbers);
    const found = await ask(judgement, documents, distinct.map(named), new Set(resources), signal);
    const violations = found.flatMap(({ resource, policy, message, failed }) => {
      const at = places.get(policy.name) ?? -1;
      const unit = units[at];
      if (!unit || (failed && unit.policy.spec.failurePolicy === 'Ignore')) return [];
      const { kind, metadata } = unit.policy;
      return [
        {
          at,
          violation: {
            resource,
            engine: 'vap' as const,
            policy: { kind, name: metadata.name },
            rule: unit.rule,
            message: toOwn(message),
            ...(failed ? { failed: true } : {}),
          },
        },
      ];
    });
    const order = new Map(violations.map(({ at, violation }) => [violation, `${at}`.padStart(6, '0')]));
    return inOrder([...order.keys()], (violation) => order.get(violation as never) ?? '');
  },
};
