import { describe, expect, it } from 'vitest';
import { namespacesIn, valuesIn, withValues } from '../../src/policy/kyverno-values.ts';
import type { KubeObject } from '../../src/policy/violation.ts';

const values = (body: object) => {
  const read = valuesIn({ apiVersion: 'cli.kyverno.io/v1alpha1', kind: 'Values', ...body }, 'values.yaml');
  if (read === undefined) throw new Error('no values');
  return [read];
};

const calling = { name: 'count', apiCall: { urlPath: '/api/v1/pods', jmesPath: 'items | length(@)' } };

const policy = (...rules: object[]): KubeObject => ({
  apiVersion: 'kyverno.io/v1',
  kind: 'ClusterPolicy',
  metadata: { name: 'few' },
  spec: { rules },
});

const contextOf = (changed: KubeObject, rule = 0): unknown => changed.spec.rules[rule].context;

describe('values of Kyverno', () => {
  it('stand in for what a rule would read, those of the rule before those for all', () => {
    const given = values({
      globalValues: { count: 1 },
      policies: [
        { name: 'few', rules: [{ name: 'first', values: { count: 2 } }] },
        { name: 'other', rules: [{ name: 'second', values: { count: 3 } }] },
      ],
    });
    const changed = withValues(
      policy({ name: 'first', context: [calling] }, { name: 'second', context: [calling] }),
      given,
    );
    expect(contextOf(changed, 0)).toEqual([{ name: 'count', variable: { value: 2 } }]);
    expect(contextOf(changed, 1)).toEqual([{ name: 'count', variable: { value: 1 } }]);
  });

  it('are put together from fields, and reach the contexts of loops', () => {
    const given = values({ globalValues: { 'settings.data.env': 'prod', 'settings.data.zone': 'north', setting: 1 } });
    const entry = { name: 'settings', configMap: { name: 's', namespace: 'default' } };
    const changed = withValues(policy({ name: 'r', validate: { foreach: [{ list: 'x', context: [entry] }] } }), given);
    expect(changed.spec.rules[0].validate.foreach[0].context).toEqual([
      { name: 'settings', variable: { value: { data: { env: 'prod', zone: 'north' } } } },
    ]);
  });

  it('leave alone what the rule computes itself, what they do not name, and what would be an expression', () => {
    const own = { name: 'count', variable: { jmesPath: 'length(request.object.spec.containers)' } };
    const rule = policy({ name: 'r', context: [own, calling, { ...calling, name: 'else' }] });
    const changed = withValues(rule, values({ globalValues: { count: '{{ request.object }}' } }));
    expect(changed).toEqual(rule);
  });

  it('tell the labels of namespaces', () => {
    const given = values({ namespaceSelector: [{ name: 'shop', labels: { tier: 'gold' } }] });
    expect(namespacesIn(given)).toEqual([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { tier: 'gold' } } },
    ]);
  });

  it('are an error where they cannot be read, and nothing else is taken for them', () => {
    expect(() => values({ policies: [{ rules: [] }] })).toThrow(/values\.yaml: values of Kyverno: policies\.0\.name/);
    expect(valuesIn({ apiVersion: 'example.com/v1', kind: 'Values' }, 'x.yaml')).toBeUndefined();
  });
});
