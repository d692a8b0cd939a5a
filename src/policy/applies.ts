import { groupOf } from '../kubernetes/api-group.ts';
import { mayMatchKind, POD_CONTROLLERS } from './kyverno-kinds.ts';
import { judgingPolicies } from './kyverno-rules.ts';
import { byEngine } from './recognise.ts';
import { matchesKind } from './referential.ts';
import type { KubeObject, PolicyEngineName } from './violation.ts';

/** The names that English gives the resource of a kind: `networkpolicies`, `ingresses`, `pods`. */
function pluralsOf(kind: unknown): string[] {
  const word = String(kind).toLowerCase();
  return [word, `${word}s`, `${word}es`, word.replace(/y$/, 'ies')];
}

const listed = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Whether rules of an admission policy (`matchConstraints`) may be about a kind; without rules they are about everything. */
function rulesMatch({ spec }: KubeObject, object: KubeObject): boolean {
  const rules: KubeObject[] | undefined = spec?.matchConstraints?.resourceRules;
  if (!Array.isArray(rules)) return true;
  return rules.some((rule) => {
    const [groups, resources] = [
      listed(rule?.apiGroups),
      listed(rule?.resources).map((name) => String(name).split('/')[0]),
    ];
    const own = groupOf(String(object.apiVersion));
    const inGroup = groups.length === 0 || groups.includes('*') || groups.includes(own);
    // Which resource a custom kind has, its definition says.
    if (own.includes('.') && !own.endsWith('.k8s.io')) return inGroup;
    const makesPods = resources.includes('pods') && POD_CONTROLLERS.has(String(object.kind));
    return makesPods || (inGroup && [...pluralsOf(object.kind), '*'].some((name) => resources.includes(name)));
  });
}

const MAKE_PODS = new Set(['Pod', ...POD_CONTROLLERS]);

const BY_ENGINE: Readonly<Record<PolicyEngineName, (policies: readonly KubeObject[], object: KubeObject) => boolean>> =
  {
    gatekeeper: (policies, object) => {
      const constraints = policies.filter(({ kind }) => kind !== 'ConstraintTemplate' && kind !== 'ExpansionTemplate');
      // What is expanded is judged as another kind.
      return (
        policies.some(({ kind }) => kind === 'ExpansionTemplate') ||
        constraints.some((constraint) => matchesKind(constraint, object))
      );
    },
    kyverno: (policies, object) =>
      judgingPolicies(policies).some((policy) =>
        Array.isArray(policy.spec?.rules) ? mayMatchKind(policy, String(object.kind)) : rulesMatch(policy, object),
      ),
    vap: (policies, object) =>
      policies.some((policy) => policy.kind === 'ValidatingAdmissionPolicy' && rulesMatch(policy, object)),
    pss: (_, object) => MAKE_PODS.has(String(object.kind)),
  };

/** Whether any of the policies may be about an object of this kind at all. Errs on the side of yes. */
export function someApplies(policies: readonly KubeObject[]): (object: KubeObject) => boolean {
  const { engines } = byEngine(policies);
  return (object) => [...engines].some(([engine, own]) => BY_ENGINE[engine](own, object));
}
