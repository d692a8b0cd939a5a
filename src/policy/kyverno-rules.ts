import { type KubeObject, nameOf } from './violation.ts';

const isOfRules = ({ apiVersion, kind }: KubeObject): boolean =>
  String(apiVersion).startsWith('kyverno.io/') && (kind === 'ClusterPolicy' || kind === 'Policy');

export const isException = ({ kind }: KubeObject): boolean => kind === 'PolicyException';

const rulesOf = ({ spec }: KubeObject): KubeObject[] => (Array.isArray(spec?.rules) ? spec.rules : []);

/** Policies with only those rules for which `keep` holds, and no policy whose rules are all gone. */
function withRules(policies: readonly KubeObject[], keep: (rule: KubeObject) => boolean): KubeObject[] {
  return policies.flatMap((policy) => {
    const rules = rulesOf(policy);
    if (!isOfRules(policy) || rules.length === 0) return [policy];
    const kept = rules.filter(keep);
    return kept.length > 0 ? [{ ...policy, spec: { ...policy.spec, rules: kept } }] : [];
  });
}

const changes = (rule: KubeObject): boolean => rule?.mutate != null || rule?.generate != null;
const verifies = (rule: KubeObject): boolean => rule?.verifyImages != null;

/**
 * What objects are judged by as they are written: Kyverno would change them by its mutate rules before it judges. Rules about
 * signatures of images, which no one can answer offline, are left out.
 */
export function judgingPolicies(policies: readonly KubeObject[]): KubeObject[] {
  return withRules(policies, (rule) => !changes(rule) && !verifies(rule));
}

/** The rules that change the object itself when it is admitted. */
export function mutatingPolicies(policies: readonly KubeObject[]): KubeObject[] {
  return withRules(policies.filter(isOfRules), (rule) => rule?.mutate != null && rule.mutate.targets === undefined);
}

/** Rules that are not judged, for people: policy and rule. */
export function unjudgedRules(policies: readonly KubeObject[]): string[] {
  return policies.filter(isOfRules).flatMap((policy) =>
    rulesOf(policy)
      .filter(verifies)
      .map((rule) => `${policy.kind} "${nameOf(policy).name}", rule "${rule.name}"`),
  );
}

/** The names of policies that an exception speaks of. */
export function exceptedPolicies(exceptions: readonly KubeObject[]): Set<string> {
  const lists = exceptions.flatMap(({ spec }) => [
    ...(Array.isArray(spec?.exceptions) ? spec.exceptions.map((one: KubeObject) => one?.policyName) : []),
    ...(Array.isArray(spec?.policyRefs) ? spec.policyRefs.map((one: KubeObject) => one?.name) : []),
  ]);
  // `namespace/name` names a policy of a namespace.
  return new Set(lists.map((name) => String(name).split('/').at(-1) ?? ''));
}
