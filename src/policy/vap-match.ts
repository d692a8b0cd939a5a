import type { MatchResources, ResourceRule, Selector } from './vap-schema.ts';

type Labels = Readonly<Record<string, string>>;

/** A selector as expressions alone, so that two can stand together. */
function expressionsOf({
  matchLabels = {},
  matchExpressions = [],
}: Selector): NonNullable<Selector['matchExpressions']> {
  return [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, operator: 'In' as const, values: [value] })),
    ...matchExpressions,
  ];
}

/** Whether labels fit a selector, as Kubernetes reads it; one that says nothing fits all. */
export function selects(selector: Selector, labels: Labels): boolean {
  return expressionsOf(selector).every(({ key, operator, values = [] }) => {
    const value = labels[key];
    if (operator === 'In') return value !== undefined && values.includes(value);
    if (operator === 'NotIn') return value === undefined || !values.includes(value);
    return (operator === 'Exists') === (value !== undefined);
  });
}

const bothSelectors = (a: Selector = {}, b: Selector = {}): Selector => ({
  matchExpressions: [...expressionsOf(a), ...expressionsOf(b)],
});

/** What two lists have in common; `*` stands for everything. */
function common(a: readonly string[], b: readonly string[]): string[] {
  if (a.includes('*')) return [...b];
  if (b.includes('*')) return [...a];
  return a.filter((item) => b.includes(item));
}

function bothRules(a: ResourceRule, b: ResourceRule): ResourceRule | undefined {
  const scopes = common([a.scope ?? '*'], [b.scope ?? '*']);
  // No name means every name.
  const names = common(
    a.resourceNames?.length ? a.resourceNames : ['*'],
    b.resourceNames?.length ? b.resourceNames : ['*'],
  );
  const rule = {
    apiGroups: common(a.apiGroups, b.apiGroups),
    apiVersions: common(a.apiVersions, b.apiVersions),
    operations: common(a.operations, b.operations),
    // `*/*` also takes subresources, which no manifest is.
    resources: common(
      a.resources.map((name) => (name === '*/*' ? '*' : name)),
      b.resources.map((name) => (name === '*/*' ? '*' : name)),
    ),
  };
  if ([scopes, names, ...Object.values(rule)].some((list) => list.length === 0)) return undefined;
  return {
    ...rule,
    ...(names.includes('*') ? {} : { resourceNames: names }),
    ...(scopes.includes('*') ? {} : { scope: scopes[0] as 'Cluster' | 'Namespaced' }),
  };
}

/**
 * What both a policy's constraints and a binding's take, as one; undefined where that is nothing. Kyverno looks at the
 * binding's alone where there is one, a cluster at both.
 */
export function bothMatch(policy: MatchResources, binding: MatchResources = {}): MatchResources | undefined {
  const [own = [], more = []] = [policy.resourceRules, binding.resourceRules];
  const rules = more.length === 0 ? own : own.flatMap((a) => more.flatMap((b) => bothRules(a, b) ?? []));
  if (rules.length === 0) return undefined;
  return {
    namespaceSelector: bothSelectors(policy.namespaceSelector, binding.namespaceSelector),
    objectSelector: bothSelectors(policy.objectSelector, binding.objectSelector),
    resourceRules: rules,
    excludeResourceRules: [...(policy.excludeResourceRules ?? []), ...(binding.excludeResourceRules ?? [])],
    matchPolicy: policy.matchPolicy ?? 'Equivalent',
  };
}
