import { beforeAll, describe, expect, it } from 'vitest';
import { vap } from '../../src/policy/vap.ts';
import type { KubeObject } from '../../src/policy/violation.ts';
import { BUILD_TIMEOUT_MS, program } from '../helpers/programs.ts';

/** Begins when it is asked for: Kyverno may be built for minutes before. */
const soon = (): AbortSignal => AbortSignal.timeout(120_000);

const ADMISSION = 'admissionregistration.k8s.io/v1';

const policy = (name: string, spec: KubeObject, rule: KubeObject = {}): KubeObject => ({
  apiVersion: ADMISSION,
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name },
  spec: {
    matchConstraints: {
      resourceRules: [
        { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'], ...rule },
      ],
    },
    ...spec,
  },
});
const binding = (policyName: string, spec: KubeObject = {}, name = 'b'): KubeObject => ({
  apiVersion: ADMISSION,
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name },
  spec: { policyName, validationActions: ['Deny'], ...spec },
});
const map = (name: string, namespace: string, data: KubeObject): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
});
const namespace = (name: string, labels: KubeObject): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});
const never = { validations: [{ expression: 'false', message: 'no' }] };

describe('ValidatingAdmissionPolicy', () => {
  beforeAll(() => program('kyverno'), BUILD_TIMEOUT_MS);

  it('matches as a cluster does: constraints and binding together, namespaces by their labels, operations, other kinds', async () => {
    const widgets = { apiGroups: ['example.com'], resources: ['widgets'] };
    const policies = [
      policy('bound', never),
      binding('bound', { matchResources: { namespaceSelector: { matchLabels: { stage: 'live' } } } }),
      policy('narrowed', never, { resources: ['configmaps', 'services'] }),
      binding('narrowed', {
        matchResources: {
          resourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['services'] }],
        },
      }),
      policy('deletions', never, { operations: ['DELETE'] }),
      policy('widgets', never, widgets),
      policy('told', { validations: [{ expression: "namespaceObject.metadata.labels.stage != 'lab'" }] }),
      policy('conditional', { ...never, matchConditions: [{ name: 'c', expression: "object.data.a == '2'" }] }),
    ];
    const resources = [
      map('m', 'live', { a: '1' }),
      map('m', 'lab', { a: '2' }),
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 's', namespace: 'lab' }, spec: {} },
      { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'lab' } },
      { apiVersion: 'policy/v1beta1', kind: 'PodSecurityPolicy', metadata: { name: 'old' } },
    ];
    const context = [namespace('live', { stage: 'live' }), namespace('lab', { stage: 'lab' })];
    const found = await vap.violations({ resources, context, policies }, soon());
    expect(found.map(({ resource, policy, rule, message }) => [resource, policy.name, rule, message])).toEqual([
      [0, 'bound', 'b: validations[0]', 'no'],
      [1, 'told', 'validations[0]', "failed expression: namespaceObject.metadata.labels.stage != 'lab'"],
      [1, 'conditional', 'validations[0]', 'no'],
      [2, 'narrowed', 'b: validations[0]', 'no'],
      [3, 'widgets', 'validations[0]', 'no'],
    ]);
  });

  it('judges candidates together by their name, under the labels of their namespace', async () => {
    const selector = { namespaceSelector: { matchLabels: { stage: 'live' } } };
    const named = {
      validations: [{ expression: "object.metadata.name != 'm' || object.data.a == '1'", message: 'no' }],
    };
    const both = "object.metadata.name != 'm' || object.metadata.namespace != 'one' || object.data.a == '1'";
    const policies = [
      policy('named', named),
      binding('named', { matchResources: selector }),
      policy('both', { validations: [{ expression: both, message: 'no' }] }),
    ];
    const resources = ['1', '2', '3'].flatMap((a) => [map('m', 'one', { a }), map('m', 'two', { a })]);
    const context = [namespace('one', { stage: 'live' }), namespace('two', { stage: 'lab' })];
    const found = await vap.violations({ resources, context, policies }, soon());
    expect(found.map(({ resource, policy }) => `${resource} ${policy.name}`)).toEqual([
      ...['2 named', '2 both', '4 named', '4 both'],
    ]);
  });

  it('judges each validation by itself, candidates apart, and CEL errors as failurePolicy says', async () => {
    const validations = [
      { expression: "object.data.a == '1'", messageExpression: "'a is ' + object.data.a" },
      { expression: "object.data.b == '1'", message: 'b' },
    ];
    const policies = [
      policy('strict', { validations }),
      policy('lenient', { validations, failurePolicy: 'Ignore' }),
      policy('named', { validations: [{ expression: "object.metadata.name == 'm'", message: 'name' }] }),
      policy('dear', {
        validations: [{ expression: `object.data.a == '1' || ${dear('abcdefgh')}`, message: 'dear' }],
      }),
    ];
    const resources = [map('m', 'x', { a: '2' }), map('m', 'x', { a: '1', b: '1' }), map('m', 'x', { a: '1', b: '2' })];
    const found = await vap.violations({ resources, policies }, soon());
    expect(found.map(({ resource, policy, rule, failed }) => [resource, policy.name, rule, failed])).toEqual([
      [0, 'strict', 'validations[0]', undefined],
      [0, 'strict', 'validations[1]', true],
      [0, 'lenient', 'validations[0]', undefined],
      [0, 'dear', 'validations[0]', true],
      [2, 'strict', 'validations[1]', undefined],
      [2, 'lenient', 'validations[1]', undefined],
    ]);
    expect(found[0]?.message).toBe('a is 2');
    expect(found[3]?.message).toContain('cost');
  });

  it('judges by the parameters a binding means: by name, by selector, of the own namespace', async () => {
    const withParams = {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      validations: [{ expression: 'int(object.data.n) <= int(params.data.most)', message: 'too many' }],
    };
    const limit = (name: string, where: string, most: string, labels = {}): KubeObject => ({
      ...map(name, where, { most, n: '0' }),
      metadata: { name, namespace: where, labels },
    });
    const policies = [
      policy('one', withParams),
      binding('one', { paramRef: { name: 'limit', namespace: 'gov' } }),
      policy('each', withParams),
      binding('each', { paramRef: { selector: { matchLabels: { kind: 'limit' } }, namespace: 'gov' } }),
      policy('own', withParams),
      binding('own', { paramRef: { name: 'own', parameterNotFoundAction: 'Deny' } }),
      limit('limit', 'gov', '5', { kind: 'limit' }),
      limit('more', 'gov', '7', { kind: 'limit' }),
      limit('own', 'x', '9'),
      limit('other', 'gov', '1'),
    ];
    const resources = [map('a', 'x', { n: '6' }), map('b', 'x', { n: '10' }), map('c', 'y', { n: '1' })];
    expect(await vap.problems(policies, soon())).toEqual([]);
    // A parameter that is a manifest as well is judged like any other.
    const found = await vap.violations({ resources: [...resources, limit('own', 'x', '9')], policies }, soon());
    expect(found.map(({ resource, policy, rule }) => [resource, policy.name, rule])).toEqual([
      [0, 'one', 'b: validations[0]'],
      [0, 'each', 'b: gov/limit: validations[0]'],
      [1, 'one', 'b: validations[0]'],
      [1, 'each', 'b: gov/limit: validations[0]'],
      [1, 'each', 'b: gov/more: validations[0]'],
      [1, 'own', 'b: validations[0]'],
      [2, 'own', 'b: params: validations[0]'],
    ]);
  });

  it('tells parameters of one name in two namespaces apart, in whatever order they are given', async () => {
    const limit = (where: string, most: string): KubeObject => map('limit', where, { most });
    const within = (name: string, where: string) => [
      policy(name, {
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        validations: [{ expression: 'int(object.data.n) <= int(params.data.most)' }],
      }),
      binding(name, { paramRef: { name: 'limit', namespace: where } }),
    ];
    const both = [limit('strict', '1'), limit('wide', '9')];
    for (const parameters of [both, both.toReversed()]) {
      const policies = [...within('few', 'strict'), ...within('many', 'wide'), ...parameters];
      const found = await vap.violations({ resources: [map('a', 'x', { n: '5' })], policies }, soon());
      expect(found.map(({ policy }) => policy.name)).toEqual(['few']);
    }
  });

  it('names everything that is broken or cannot be judged without a cluster', async () => {
    const policies = [
      policy('syntax', { validations: [{ expression: 'object.data.a ==' }] }),
      policy('type', { validations: [{ expression: "'a' + 1 == 2" }] }),
      policy('variable', {
        variables: [{ name: 'v', expression: 'nothing' }],
        validations: [{ expression: 'true' }],
      }),
      policy('message', { validations: [{ expression: 'true', messageExpression: 'object.data +' }] }),
      policy('condition', { ...never, matchConditions: [{ name: 'c', expression: 'size(object)' }] }),
      policy('sound', { validations: [{ expression: 'object.nothing.here == 1' }] }),
      policy('unbound', { ...never, paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } }),
      policy('missing', { ...never, paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } }),
      binding('missing', { paramRef: { name: 'none', namespace: 'x' } }, 'to-nothing'),
      binding('nobody', {}, 'orphan'),
    ];
    const problems = await vap.problems(policies, soon());
    expect(problems.map(({ policy, message }) => [policy.name, /^spec\.\S+(?=:)/.exec(message)?.[0]])).toEqual([
      ['unbound', undefined],
      ['to-nothing', undefined],
      ['orphan', undefined],
      ['syntax', 'spec.validations[0].expression'],
      ['type', 'spec.validations[0].expression'],
      ['variable', 'spec.variables[0].expression'],
      ['message', 'spec.validations[0].messageExpression'],
      ['condition', 'spec.matchConditions[0].expression'],
    ]);
    const asking = (expression: string): KubeObject => policy('asking', { validations: [{ expression }] });
    for (const text of [
      "request.userInfo.username == 'x'",
      "authorizer.group('').resource('pods').check('get').allowed()",
    ])
      expect((await vap.problems([asking(text)], soon()))[0]?.message).toContain('is not supported');
    expect((await vap.problems([policy('shape', { validations: 'false' })], soon()))[0]?.policy.name).toBe('shape');
  });
});

/** Loops in loops: ten to the power of their number steps. */
function dear(names: string): string {
  const list = '[1,2,3,4,5,6,7,8,9,0]';
  return [...names].reduceRight((body, name) => `${list}.all(${name}, ${body})`, '1 == 1');
}
