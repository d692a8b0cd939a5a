import type { KubeObject } from '../../../../src/policy/violation.ts';

const isMap = (value: unknown): value is KubeObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Rules after a change of each, which may make several of one; undefined where nothing changed. */
function rulesChanged(
  policies: readonly KubeObject[],
  change: (rule: KubeObject) => KubeObject[] | undefined,
): KubeObject[] | undefined {
  let any = false;
  const out = policies.map((policy) => {
    if (!Array.isArray(policy.spec?.rules)) return policy;
    const rules = policy.spec.rules.flatMap((rule: KubeObject) => {
      const after = rule.validate ? change(rule) : undefined;
      if (!after) return [rule];
      any = true;
      return after.map((one, i) => (after.length > 1 ? { ...one, name: `${one.name}-${i}` } : one));
    });
    return { ...policy, spec: { ...policy.spec, rules } };
  });
  return any && !policies.some(({ kind }) => kind === 'PolicyException') ? out : undefined;
}

const validating = (rule: KubeObject, validate: KubeObject): KubeObject => ({ ...rule, validate });

/** A pattern of containers alone as a loop over them. */
const loopOverContainers = (policies: readonly KubeObject[]) =>
  rulesChanged(policies, (rule) => {
    const { pattern, ...rest } = rule.validate;
    const spec = pattern?.spec;
    if (!isMap(spec) || Object.keys(pattern).length !== 1 || Object.keys(spec).length !== 1) return undefined;
    const items = spec.containers;
    if (
      !Array.isArray(items) ||
      items.length !== 1 ||
      JSON.stringify(items).includes('{{') ||
      JSON.stringify(items).includes('$(')
    )
      return undefined;
    return [validating(rule, { ...rest, foreach: [{ list: 'request.object.spec.containers', pattern: items[0] }] })];
  });

/** Conditions of which any denies as a rule each. */
const ruleEach = (policies: readonly KubeObject[]) =>
  rulesChanged(policies, (rule) => {
    const any = rule.validate.deny?.conditions?.any;
    if (!Array.isArray(any) || any.length < 2 || rule.validate.deny.conditions.all) return undefined;
    return any.map((condition) => validating(rule, { ...rule.validate, deny: { conditions: { any: [condition] } } }));
  });

/** One pattern as the only one of `anyPattern`. */
const onlyOfAny = (policies: readonly KubeObject[]) =>
  rulesChanged(policies, (rule) => {
    const { pattern, ...rest } = rule.validate;
    return pattern === undefined ? undefined : [validating(rule, { ...rest, anyPattern: [pattern] })];
  });

const everyMap = (value: unknown, change: (map: KubeObject) => KubeObject): unknown => {
  if (Array.isArray(value)) return value.map((item) => everyMap(item, change));
  return isMap(value)
    ? change(Object.fromEntries(Object.entries(value).map(([key, item]) => [key, everyMap(item, change)])))
    : value;
};

/** What a condition looks at by a variable of the rule's context. */
const byContext = (policies: readonly KubeObject[]) =>
  rulesChanged(policies, (rule) => {
    const context: KubeObject[] = [];
    const conditions = everyMap(rule.validate.deny?.conditions, (map) => {
      const whole =
        typeof map.key === 'string' ? /^\{\{\s*(request\.object\.[^{}]*?)\s*\}\}$/.exec(map.key)?.[1] : undefined;
      if (whole === undefined) return map;
      context.push({ name: `seen${context.length}`, variable: { jmesPath: whole } });
      return { ...map, key: `{{ seen${context.length - 1} }}` };
    });
    return context.length === 0
      ? undefined
      : [
          validating(
            { ...rule, context: [...(rule.context ?? []), ...context] },
            { ...rule.validate, deny: { conditions } },
          ),
        ];
  });

/** Ways to say the same, by what they put in place of what. */
export const KYVERNO_CHANGES = {
  'containers by a loop': loopOverContainers,
  'conditions as rules': ruleEach,
  'a pattern as the only one of any': onlyOfAny,
  'conditions by context': byContext,
} as const;
