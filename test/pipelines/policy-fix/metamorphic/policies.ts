import type { KubeObject } from '../../../../src/policy/violation.ts';
import { shuffled } from './cases.ts';
import { readBackwards, rulesShuffled } from './rego.ts';
import { celChanged, changed, everyMap, isBinding, type PolicyChange, regoChanged } from './templates.ts';

/** Rules, conditions, validations, kinds and keys in another order. */
export const reordered: PolicyChange = (policies, next) => {
  const LISTS = [
    'rules',
    'validations',
    'any',
    'all',
    'conditions',
    'kinds',
    'matchConditions',
    'resourceRules',
    'operations',
  ];
  const out = policies.map((policy) =>
    everyMap(policy, (map) =>
      Object.fromEntries(
        shuffled(Object.entries(map), next).map(([key, value]) => [
          key,
          LISTS.includes(key) && Array.isArray(value) ? shuffled(value, next) : value,
        ]),
      ),
    ),
  ) as KubeObject[];
  return shuffled(regoChanged(out, (rego) => rulesShuffled(rego, next)) ?? out, next);
};

/** A policy for each rule or validation. */
export const split: PolicyChange = (policies) => {
  if (policies.some(({ kind }) => kind === 'PolicyException')) return undefined;
  const out = policies.flatMap((policy): KubeObject[] => {
    const key = ['rules', 'validations'].find(
      (name) => Array.isArray(policy.spec?.[name]) && policy.spec[name].length > 1,
    );
    if (!key || policy.kind === 'ConstraintTemplate') return [policy];
    const binding = policies.filter(({ kind, spec }) => isBinding(kind) && spec?.policyName === policy.metadata.name);
    return policy.spec[key].flatMap((one: KubeObject, i: number) => {
      const name = `${policy.metadata.name}-${i}`;
      return [
        { ...policy, metadata: { ...policy.metadata, name }, spec: { ...policy.spec, [key]: [one] } },
        ...binding.map((bound) => ({
          ...bound,
          metadata: { name: `${bound.metadata.name}-${i}` },
          spec: { ...bound.spec, policyName: name },
        })),
      ];
    });
  });
  const names = new Set(out.map(({ metadata }) => metadata?.name));
  return changed(
    policies,
    out.filter(({ kind, spec }) => !isBinding(kind) || names.has(spec.policyName)),
  );
};

/** `any` with one entry is `all` with one entry. */
export const anyForAll: PolicyChange = (policies) =>
  changed(
    policies,
    policies.map((policy) =>
      everyMap(policy, (map) => {
        const keys = Object.keys(map);
        const [key] = keys;
        if (keys.length !== 1 || (key !== 'any' && key !== 'all') || !Array.isArray(map[key]) || map[key].length !== 1)
          return map;
        return { [key === 'any' ? 'all' : 'any']: map[key] };
      }),
    ) as KubeObject[],
  );

/** `spec.validationFailureAction` and the rules' `validate.failureAction` say the same. */
export const actionElsewhere: PolicyChange = (policies) =>
  changed(
    policies,
    policies.map((policy) => {
      if (!Array.isArray(policy.spec?.rules)) return policy;
      const { validationFailureAction: action, ...spec } = policy.spec;
      const own = spec.rules.map((rule: KubeObject) => rule.validate?.failureAction);
      if (action !== undefined && own.every((one: unknown) => one === undefined))
        return {
          ...policy,
          spec: {
            ...spec,
            rules: spec.rules.map((rule: KubeObject) =>
              rule.validate
                ? {
                    ...rule,
                    validate: {
                      failureAction: action === 'enforce' ? 'Enforce' : action === 'audit' ? 'Audit' : action,
                      ...rule.validate,
                    },
                  }
                : rule,
            ),
          },
        };
      const [first] = own;
      if (action === undefined && first !== undefined && own.every((one: unknown) => one === first))
        return {
          ...policy,
          spec: {
            validationFailureAction: first,
            ...spec,
            rules: spec.rules.map((rule: KubeObject) => {
              const { failureAction: _, ...validate } = rule.validate;
              return { ...rule, validate };
            }),
          },
        };
      return policy;
    }),
  );

/** The object under another name, and comparisons the other way round. */
export const subjectNamed: PolicyChange = (policies) => {
  const out = policies.map((policy) => {
    if (policy.kind !== 'ValidatingAdmissionPolicy') return policy;
    const [inner] = celChanged([policy], (expression) =>
      expression
        .split(/("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')/)
        .map((part, i) => (i % 2 === 1 ? part : part.replaceAll(/(?<![\w.])object(?=[.[])/g, 'variables.subject')))
        .join(''),
    ) as [KubeObject];
    const { matchConditions } = policy.spec;
    return {
      ...inner,
      spec: {
        ...inner.spec,
        ...(matchConditions ? { matchConditions } : {}),
        variables: [{ name: 'subject', expression: 'object' }, ...(inner.spec.variables ?? [])],
      },
    };
  });
  return changed(policies, out);
};

export const backwards: PolicyChange = (policies) => {
  const rego = regoChanged(policies, readBackwards);
  if (rego) return rego;
  const swap: Record<string, string> = { '==': '==', '!=': '!=', '<': '>', '>': '<', '<=': '>=', '>=': '<=' };
  return changed(
    policies,
    celChanged(policies, (expression) =>
      expression.replaceAll(
        /(?<=^|[(!,&|]\s*|\?\s|:\s)((?:[A-Za-z_]\w*)(?:\.[A-Za-z_]\w*)*) (==|!=|<=|>=|<|>) ('[^'\\]*'|"[^"\\]*"|\d+|true|false)(?=$|\s*[),&|?:])/g,
        (_, left, sign, right) => `${right} ${swap[sign]} ${left}`,
      ),
    ),
  );
};
