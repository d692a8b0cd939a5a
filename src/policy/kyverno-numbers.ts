import { withWholeNumbers } from './cel-numbers.ts';
import { isCelValidating } from './kyverno-rules.ts';
import type { KubeObject } from './violation.ts';

/** Lists of CEL in a policy, or in what a rule of one validates by. */
const LISTS = ['validations', 'variables', 'matchConditions', 'expressions', 'auditAnnotations'] as const;

const whole = (part: KubeObject): KubeObject =>
  typeof part?.expression === 'string' ? { ...part, expression: withWholeNumbers(part.expression) } : part;

const withLists = (spec: KubeObject): KubeObject => ({
  ...spec,
  ...Object.fromEntries(LISTS.flatMap((key) => (Array.isArray(spec[key]) ? [[key, spec[key].map(whole)]] : []))),
});

function ofRule(rule: KubeObject): KubeObject {
  const conditions = Array.isArray(rule?.celPreconditions)
    ? { celPreconditions: rule.celPreconditions.map(whole) }
    : {};
  if (rule?.validate?.cel == null) return { ...rule, ...conditions };
  return { ...rule, ...conditions, validate: { ...rule.validate, cel: withLists(rule.validate.cel) } };
}

/**
 * A policy of Kyverno's whose CEL is written for whole numbers, which its command line reads as floating-point; a policy without
 * CEL is given back as it is.
 */
export function withWholeNumbersIn(policy: KubeObject): KubeObject {
  if (isCelValidating(policy)) return { ...policy, spec: withLists(policy.spec ?? {}) };
  const rules: KubeObject[] = Array.isArray(policy.spec?.rules) ? policy.spec.rules : [];
  if (!rules.some((rule) => rule?.validate?.cel != null)) return policy;
  return { ...policy, spec: { ...policy.spec, rules: rules.map(ofRule) } };
}
