import { isObject, type Json } from '../../src/manifest/json.ts';
import { writtenRule } from '../../src/policy/kyverno-rules.ts';
import type { KubeObject, Violation } from '../../src/policy/violation.ts';

/** Whether a binding lets the API server deny; one that says no actions is invalid and counts as if it did. */
const actionsOf = ({ spec }: KubeObject): string[] =>
  Array.isArray(spec?.validationActions) ? spec.validationActions.map(String) : ['Deny'];

/**
 * Why a cluster with these policies would admit the object in spite of a violation: nothing binds the ValidatingAdmissionPolicy, its
 * binding only warns or audits, a Gatekeeper constraint does, or a Kyverno policy says so in words. Undefined where it denies.
 */
export function notEnforced(
  policies: readonly KubeObject[],
  { engine, policy, rule }: Pick<Violation, 'engine' | 'policy' | 'rule'>,
): string | undefined {
  if (engine === 'vap') {
    const bindings = policies.filter(
      ({ kind, spec }) => kind === 'ValidatingAdmissionPolicyBinding' && spec?.policyName === policy.name,
    );
    if (bindings.length === 0) return 'not enforced: no binding was given';
    const binding = bindings.find(({ metadata }) => rule?.startsWith(`${metadata?.name}: `));
    const actions = binding === undefined ? ['Deny'] : actionsOf(binding);
    return actions.includes('Deny') ? undefined : `not enforced: its binding says ${actions.join(' and ')}`;
  }
  const own = policies.find(({ kind, metadata }) => kind === policy.kind && metadata?.name === policy.name);
  const { spec } = own ?? {};
  if (engine === 'gatekeeper')
    return /^(?:dryrun|warn)$/.test(String(spec?.enforcementAction))
      ? `not enforced: enforcementAction ${spec?.enforcementAction}`
      : undefined;
  if (engine !== 'kyverno' || spec?.validationFailureActionOverrides !== undefined) return undefined;
  const rules: Json[] = Array.isArray(spec?.rules) ? spec.rules : [];
  const named = rules.filter(isObject).find(({ name }) => name === writtenRule(rule ?? '') || name === rule);
  const validate = isObject(named?.validate) ? named.validate : {};
  if (validate.failureActionOverrides !== undefined) return undefined;
  const said = validate.failureAction ?? spec?.validationFailureAction;
  return /^audit$/i.test(String(said)) ? `not enforced: the policy says ${String(said)}` : undefined;
}
