import { beforeAll, describe, expect, it } from 'vitest';
import { gatekeeper } from '../../src/policy/gatekeeper.ts';
import { kyverno } from '../../src/policy/kyverno.ts';
import type { KubeObject } from '../../src/policy/violation.ts';
import { BUILD_TIMEOUT_MS, program } from '../helpers/programs.ts';

/** Begins when it is asked for, not when the file is read: an engine may be built for minutes in between. */
const soon = (): AbortSignal => AbortSignal.timeout(120_000);

const template = (kind: string, rego: string): KubeObject => ({
  apiVersion: 'templates.gatekeeper.sh/v1',
  kind: 'ConstraintTemplate',
  metadata: { name: kind.toLowerCase() },
  spec: { crd: { spec: { names: { kind } } }, targets: [{ target: 'admission.k8s.gatekeeper.sh', rego }] },
});
const constraint = (kind: string, match: KubeObject = {}): KubeObject => ({
  apiVersion: 'constraints.gatekeeper.sh/v1beta1',
  kind,
  metadata: { name: `every-${kind.toLowerCase()}` },
  spec: { match },
});
const map = (name: string, namespace: string, data: KubeObject): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
});

const NO_B = template(
  'NoB',
  'package nob\nviolation[{"msg": msg}] { input.review.object.data.b; msg := sprintf("%v has b", [input.review.object.metadata.name]) }',
);

describe('gatekeeper', () => {
  beforeAll(() => program('gator'), BUILD_TIMEOUT_MS);

  it('judges candidates of one identity apart, equal ones alike', async () => {
    const resources = [
      map('m', 'x', { b: '1' }),
      map('m', 'x', { a: '1' }),
      map('m', 'x', { b: '1' }),
      map('n', 'x', { b: '2' }),
    ];
    const found = await gatekeeper.violations({ resources, policies: [NO_B, constraint('NoB')] }, soon());
    expect(found.map(({ resource, message, policy }) => [resource, message, policy.name])).toEqual([
      [0, 'm has b', 'every-nob'],
      [2, 'm has b', 'every-nob'],
      [3, 'n has b', 'every-nob'],
    ]);
  });

  it('knows the namespaces that nobody gave', async () => {
    const chosen = constraint('NoB', { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'x' } } });
    const resources = [map('m', 'x', { b: '1' }), map('m', 'y', { b: '1' })];
    const found = await gatekeeper.violations({ resources, policies: [NO_B, chosen] }, soon());
    expect(found.map(({ resource }) => resource)).toEqual([0]);
  });

  it('shows a policy that compares objects one candidate at a time', async () => {
    const unique = template(
      'Unique',
      'package unique\nviolation[{"msg": "taken"}] { other := data.inventory.namespace[_][_]["ConfigMap"][name]; name != input.review.object.metadata.name; other.data.host == input.review.object.data.host }',
    );
    const context = [map('m', 'x', { host: 'a' }), map('n', 'x', { host: 'a' })];
    const resources = [map('m', 'x', { host: 'a' }), map('m', 'x', { host: 'b' }), map('m', 'x', { host: 'c' })];
    const found = await gatekeeper.violations({ resources, context, policies: [unique, constraint('Unique')] }, soon());
    expect(found.map(({ resource }) => resource)).toEqual([0]);
  });

  it('names broken policies and leaves sound ones out', async () => {
    const broken = template('Broken', 'package broken\nviolation[{"msg": msg}] { msg := undefined_thing }');
    const orphan = constraint('Nobody');
    const problems = await gatekeeper.problems([NO_B, constraint('NoB'), broken, constraint('Broken'), orphan], soon());
    expect(problems.map(({ policy }) => policy.name).sort()).toEqual(['broken', 'every-nobody']);
    expect(problems.map(({ message }) => message).join()).toContain('undefined_thing');
  });

  it('stops when the run is cancelled', async () => {
    await expect(
      gatekeeper.violations(
        { resources: [map('m', 'x', {})], policies: [NO_B] },
        AbortSignal.abort(new Error('cancelled')),
      ),
    ).rejects.toThrow('cancelled');
  });
});

const rule = (name: string, validate: KubeObject, more: KubeObject = {}): KubeObject => ({
  name,
  match: { any: [{ resources: { kinds: ['ConfigMap'], ...more } }] },
  validate,
});
const cluster = (name: string, ...rules: KubeObject[]): KubeObject => ({
  apiVersion: 'kyverno.io/v1',
  kind: 'ClusterPolicy',
  metadata: { name },
  spec: { validationFailureAction: 'Enforce', rules },
});

describe('kyverno', () => {
  beforeAll(() => program('kyverno'), BUILD_TIMEOUT_MS);

  const noB = cluster('no-b', rule('b-is-gone', { message: 'there is b', pattern: { data: { 'X(b)': 'null' } } }));

  it('judges candidates of one identity apart, says rule and path, and keeps objects of several kinds apart', async () => {
    const resources = [
      map('m', 'x', { b: '1' }),
      map('m', 'x', { a: '1' }),
      { ...map('m', 'x', {}), kind: 'Secret' },
      map('m', 'y', { b: '1' }),
    ];
    const found = await kyverno.violations({ resources, policies: [noB] }, soon());
    expect(found.map(({ resource, rule, path }) => [resource, rule, path])).toEqual([
      [0, 'b-is-gone', '/data/b'],
      [3, 'b-is-gone', '/data/b'],
    ]);
  });

  it('changes no name where a policy looks at names', async () => {
    const named = cluster(
      'named',
      rule('r', { message: 'no', pattern: { data: { 'X(b)': 'null' } } }, { names: ['m'] }),
    );
    const resources = [map('m', 'x', { b: '1' }), map('m', 'x', { b: '2' }), map('other', 'x', { b: '1' })];
    const found = await kyverno.violations({ resources, policies: [named] }, soon());
    expect(found.map(({ resource }) => resource)).toEqual([0, 1]);
  });

  it('names policies that Kyverno would drop without a word', async () => {
    const typo = cluster('typo', rule('r', { message: 'x', patern: { data: {} } }));
    const variable = cluster('variable', rule('r', { message: '{{ nowhere.at.all }}', pattern: { data: {} } }));
    const cel: KubeObject = {
      apiVersion: 'policies.kyverno.io/v1',
      kind: 'ValidatingPolicy',
      metadata: { name: 'cel' },
      spec: {
        matchConstraints: {
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
        },
        validations: [{ expression: 'object === 1' }],
      },
    };
    const problems = await kyverno.problems([noB, typo, variable, cel], soon());
    expect(problems.map(({ policy }) => policy.name).sort()).toEqual(['cel', 'typo', 'variable']);
    expect(problems.find(({ policy }) => policy.name === 'typo')?.message).toContain('patern');
    expect(JSON.stringify(problems)).not.toContain('/tmp/');
  });

  it('marks a rule that could not be evaluated', async () => {
    const failing = cluster(
      'failing',
      rule('r', {
        message: 'x',
        deny: { conditions: { any: [{ key: '{{ request.object.data.missing }}', operator: 'Equals', value: 'x' }] } },
      }),
    );
    const found = await kyverno.violations({ resources: [map('m', 'x', { a: '1' })], policies: [failing] }, soon());
    expect(found).toMatchObject([{ resource: 0, failed: true, rule: 'r' }]);
  });
});
