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

/** A Namespace with a label that is no text, which an API server would refuse. */
const switched = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x', labels: { mesh: true } } };

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

  it('judges objects beside a Namespace whose labels are no texts, which a selector sees as such', async () => {
    const chosen = constraint('NoB', { namespaceSelector: { matchLabels: { mesh: 'true' } } });
    const resources = [switched, map('m', 'x', { b: '1' }), map('m', 'y', { b: '1' })];
    const found = await gatekeeper.violations({ resources, context: [switched], policies: [NO_B, chosen] }, soon());
    expect(found.map(({ resource }) => resource)).toEqual([1]);
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

  const needX = template(
    'NeedX',
    'package needx\nviolation[{"msg": msg}] { not input.review.object.spec.x; msg := "spec.x is missing" }',
  );
  const widget = (name: string, spec: KubeObject): KubeObject => ({
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name },
    spec,
  });

  it('takes a policy that denies even its own template as sound, and judges a kind that no cluster knows', async () => {
    const policies = [needX, constraint('NeedX')];
    expect(await gatekeeper.problems(policies, soon())).toEqual([]);
    const resources = [widget('a', { x: 1 }), widget('b', { y: 1 })];
    const found = await gatekeeper.violations({ resources, policies }, soon());
    expect(found.map(({ resource, message }) => [resource, message])).toEqual([[1, 'spec.x is missing']]);
  });

  it('marks a rule that Rego cannot evaluate', async () => {
    const conflict = template(
      'Conflict',
      'package conflict\nf(x) = 1 { x == "a" }\nf(x) = 2 { startswith(x, "a") }\nviolation[{"msg": "m"}] { f(input.review.object.metadata.name) == 2 }',
    );
    const resources = [widget('a', {}), widget('ab', {})];
    const found = await gatekeeper.violations({ resources, policies: [conflict, constraint('Conflict')] }, soon());
    expect(found.map(({ resource, failed }) => [resource, failed])).toEqual([
      [0, true],
      [1, undefined],
    ]);
  });

  it('loses no object whose characters or numbers YAML takes in another way than JSON', async () => {
    const strings = [
      '\u2028a',
      '\u0085',
      '\ufeffx',
      '\u007f',
      '\ud83d\ude00',
      '\\ud800',
      '<<',
      'yes',
      '1e3',
      ' # no',
      '\n---\n',
    ];
    const numbers = [1e21, 2 ** 63, 2 ** 63 + 2 ** 12, 0.1, 1e-7, -0];
    const resources = [...strings, ...numbers].flatMap((value, i) => [
      widget(`v${i}`, { value }),
      widget(`k${i}`, { [`key${value}`]: value }),
    ]);
    const found = await gatekeeper.violations({ resources, policies: [needX, constraint('NeedX')] }, soon());
    expect(found.map(({ resource }) => resource)).toEqual([...resources.keys()]);
  });

  it('judges more candidates than one call takes, each with many violations', { timeout: 300_000 }, async () => {
    const many = template(
      'Many',
      'package many\nviolation[{"msg": msg}] { n := numbers.range(1, 10)[_]; input.review.object.data.b; msg := sprintf("%v: %v", [n, input.review.object.data.b]) }',
    );
    const resources = Array.from({ length: 6_000 }, (_, i) =>
      map(`m${i % 400}`, 'x', i % 3 === 0 ? { a: '' } : { b: `${i}` }),
    );
    const found = await gatekeeper.violations({ resources, policies: [many, constraint('Many')] }, soon());
    const counts = new Map<number, number>();
    for (const { resource, message } of found) {
      expect(message.endsWith(`: ${resource}`)).toBe(true);
      counts.set(resource, (counts.get(resource) ?? 0) + 1);
    }
    expect([...counts.keys()]).toEqual(resources.flatMap((_, i) => (i % 3 === 0 ? [] : [i])));
    expect(new Set(counts.values())).toEqual(new Set([10]));
  });

  it('asks again in halves when one call would say too much', { timeout: 300_000 }, async () => {
    // Every violation repeats its object: 40 times 40 objects of 64 KB are 100 MB.
    const loud = template(
      'Loud',
      'package loud\nviolation[{"msg": msg}] { n := numbers.range(1, 40)[_]; input.review.object.data.b; msg := sprintf("%v", [n]) }',
    );
    const resources = Array.from({ length: 40 }, (_, i) => map(`m${i}`, 'x', { b: 'b'.repeat(65_536) }));
    const found = await gatekeeper.violations({ resources, policies: [loud, constraint('Loud')] }, soon());
    expect(found).toHaveLength(1_600);
  });

  it('judges by what compares objects only the kinds that it matches', async () => {
    const unique = template(
      'Unique',
      'package unique\nviolation[{"msg": "taken"}] { other := data.inventory.namespace[_][_]["ConfigMap"][name]; name != input.review.object.metadata.name; other.data.host == input.review.object.data.host }',
    );
    const onlyMaps = constraint('Unique', { kinds: [{ apiGroups: ['*'], kinds: ['ConfigMap'] }] });
    const context = [map('m', 'x', { host: 'a' }), map('n', 'x', { host: 'a' })];
    const resources = [
      { ...map('s', 'x', { host: 'a' }), kind: 'Secret' },
      map('m', 'x', { host: 'a' }),
      map('m', 'x', { host: 'b', b: '1' }),
      map('n', 'x', { host: 'a' }),
    ];
    const policies = [unique, onlyMaps, NO_B, constraint('NoB')];
    const found = await gatekeeper.violations({ resources, context, policies }, soon());
    expect(found.map(({ resource, message }) => [resource, message])).toEqual([
      [1, 'taken'],
      [2, 'm has b'],
      [3, 'taken'],
    ]);
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

  it('judges objects beside a Namespace whose labels are no texts, which a selector sees as such', async () => {
    const chosen = cluster(
      'chosen',
      rule(
        'r',
        { message: 'no', pattern: { data: { 'X(b)': 'null' } } },
        { namespaceSelector: { matchLabels: { mesh: 'true' } } },
      ),
    );
    const resources = [switched, map('m', 'x', { b: '1' }), map('m', 'y', { b: '1' })];
    const found = await kyverno.violations({ resources, policies: [chosen] }, soon());
    expect(found.map(({ resource }) => resource)).toEqual([1]);
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

  it('tells the object by its own name, and judges by name and namespace as they are', async () => {
    const gone = { data: { 'X(b)': 'null' } };
    const policies = [
      cluster('told', rule('r', { message: 'no {{request.object.metadata.name}}', pattern: gone })),
      cluster('by-name', rule('r', { message: 'name', pattern: gone }, { names: ['m'] })),
      cluster('by-both', rule('r', { message: 'both', pattern: gone }, { names: ['m'], namespaces: ['x'] })),
    ];
    const resources = [
      map('m', 'x', { b: '1' }),
      map('m', 'x', { b: '2' }),
      map('m', 'y', { b: '1' }),
      map('n', 'x', { b: '1' }),
      map('n', 'x', { b: '2' }),
    ];
    const found = await kyverno.violations({ resources, policies }, soon());
    const words = found.map(({ resource, message }) => `${resource} ${/(?:no .|name|both)(?=\.)/.exec(message)?.[0]}`);
    expect(words).toEqual([
      ...['0 no m', '0 name', '0 both', '1 no m', '1 name', '1 both'],
      ...['2 no m', '2 name', '3 no n', '4 no n'],
    ]);
  });

  it('judges more candidates than one call takes, some of them by policies that look at names', {
    timeout: 300_000,
  }, async () => {
    const named = cluster(
      'named',
      rule('r', { message: 'no {{request.object.metadata.name}}', pattern: { data: { 'X(c)': 'null' } } }),
    );
    const resources = Array.from({ length: 1_300 }, (_, i) =>
      i % 650 === 0
        ? map(`m${i}`, 'x', { c: '' })
        : map(`m${i % 400}`, `x${i}`, i % 2 === 0 ? { a: '' } : { b: `${i}` }),
    );
    resources.push(map('m0', 'x', { b: '1', c: '1' }), map('m0', 'x', { b: '2', c: '2' }));
    const found = await kyverno.violations({ resources, policies: [noB, named] }, soon());
    // By object, then as the policies stand.
    expect(found.map(({ resource, policy }) => `${resource} ${policy.name}`)).toEqual(
      resources.flatMap(({ data }, i) => [
        ...('b' in data ? [`${i} no-b`] : []),
        ...('c' in data ? [`${i} named`] : []),
      ]),
    );
    expect(
      found.filter(({ policy }) => policy.name === 'named').map(({ message }) => /no m[0-9]+\b(?!-)/.test(message)),
    ).toEqual([true, true, true, true]);
  });

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

  it('names policies that Kyverno would drop without a word', async () => {
    const problems = await kyverno.problems([noB, typo, variable, cel], soon());
    expect(problems.map(({ policy }) => policy.name).sort()).toEqual(['cel', 'typo', 'variable']);
    expect(problems.find(({ policy }) => policy.name === 'typo')?.message).toContain('patern');
    expect(JSON.stringify(problems)).not.toContain('/tmp/');
  });

  it('notices them while it judges, where it is to, and else judges as ever', async () => {
    const resources = [map('m', 'x', { a: '1', b: '2' })];
    // A kind that no policy looks at: it loads them all the same.
    const others = [{ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' } }];
    for (const objects of [resources, others])
      for (const broken of [typo, variable, cel]) {
        const judgement = { resources: objects, policies: [noB, broken], noticing: true };
        expect(kyverno.loadsAll?.(judgement)).toBe(true);
        await expect(kyverno.violations(judgement, soon()), broken.metadata.name).rejects.toMatchObject({
          code: 'engine-failed',
        });
      }
    const sound = { resources, policies: [noB], noticing: true };
    expect(await kyverno.violations(sound, soon())).toEqual(
      await kyverno.violations({ ...sound, noticing: false }, soon()),
    );
    const exception = { apiVersion: 'kyverno.io/v2', kind: 'PolicyException', metadata: { name: 'all' }, spec: {} };
    expect(kyverno.loadsAll?.({ resources: [], policies: [noB] })).toBe(false);
    expect(kyverno.loadsAll?.({ resources: [...resources, ...resources], policies: [noB] })).toBe(false);
    expect(kyverno.loadsAll?.({ resources, policies: [noB, exception] })).toBe(false);
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
