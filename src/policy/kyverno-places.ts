import type { KubeObject } from './violation.ts';

/**
 * A policy of CEL that belongs to a namespace, so that it judges nothing outside: an API server only asks it about objects there,
 * `kyverno apply` about all. Any other policy is given back as it is.
 */
export function withinItsNamespace(policy: KubeObject): KubeObject {
  if (!/^Namespaced\w+Policy$/.test(String(policy.kind))) return policy;
  const conditions: unknown[] = Array.isArray(policy.spec?.matchConditions) ? policy.spec.matchConditions : [];
  const expression = `request.namespace == ${JSON.stringify(policy.metadata?.namespace ?? 'default')}`;
  const own = { name: 'opsline-own-namespace', expression };
  return { ...policy, spec: { ...policy.spec, matchConditions: [own, ...conditions] } };
}
