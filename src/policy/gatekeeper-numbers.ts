import { withWholeParameters } from './cel-numbers.ts';
import type { KubeObject } from './violation.ts';

/** Lists of CEL in the source of a template. */
const LISTS = ['validations', 'variables', 'matchConditions'] as const;
const EXPRESSIONS = ['expression', 'messageExpression'] as const;

const whole = (part: KubeObject): KubeObject => ({
  ...part,
  ...Object.fromEntries(
    EXPRESSIONS.flatMap((key) => (typeof part?.[key] === 'string' ? [[key, withWholeParameters(part[key])]] : [])),
  ),
});

const inCode = (code: KubeObject): KubeObject =>
  code?.engine !== 'K8sNativeValidation' || code.source == null
    ? code
    : {
        ...code,
        source: {
          ...code.source,
          ...Object.fromEntries(
            LISTS.flatMap((key) => (Array.isArray(code.source[key]) ? [[key, code.source[key].map(whole)]] : [])),
          ),
        },
      };

/** A template of Gatekeeper's whose CEL is written for parameters as `gator test` reads them; any other policy is given back as it is. */
export function withWholeParametersIn(policy: KubeObject): KubeObject {
  const targets: KubeObject[] = Array.isArray(policy.spec?.targets) ? policy.spec.targets : [];
  if (policy.kind !== 'ConstraintTemplate' || !targets.some(({ code }) => Array.isArray(code))) return policy;
  const changed = targets.map((target) =>
    Array.isArray(target.code) ? { ...target, code: target.code.map(inCode) } : target,
  );
  return { ...policy, spec: { ...policy.spec, targets: changed } };
}
