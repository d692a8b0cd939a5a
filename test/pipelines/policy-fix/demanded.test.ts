import { describe, expect, it } from 'vitest';
import { demandedKeys } from '../../../pipelines/policy-fix/demanded.ts';
import { demandedByCode } from '../../../pipelines/policy-fix/demanded-by-code.ts';
import { set } from '../../../pipelines/policy-fix/edits.ts';
import { kyvernoMutate } from '../../../pipelines/policy-fix/fixers/kyverno-mutate.ts';
import { objections } from '../../../pipelines/policy-fix/guards.ts';
import type { JsonObject } from '../../../src/manifest/json.ts';
import type { KubeObject } from '../../../src/policy/violation.ts';

const KEY = 'nginx.ingress.kubernetes.io/whitelist-source-range';
const LABELLED = { metadata: { annotations: { [KEY]: '?*' } } };

const policyOf = (rule: JsonObject): KubeObject[] => [
  {
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name: 'ranges' },
    spec: { rules: [{ name: 'ranges', match: {}, ...rule }] },
  },
];

describe('what a rule asks of every object', () => {
  it.each([
    ['a pattern', { validate: { pattern: LABELLED } }],
    ['a pattern of the template', { validate: { pattern: { spec: { template: LABELLED } } } }],
    [
      'labels of which any will do',
      { validate: { anyPattern: [LABELLED, { metadata: { labels: { open: 'true' } } }] } },
    ],
  ])('%s demands its key', (_, rule) => {
    expect([...demandedKeys(policyOf(rule))]).toContain(KEY);
  });

  it.each([
    ['under preconditions', { preconditions: { all: [] }, validate: { pattern: LABELLED } }],
    ['beside a condition', { validate: { pattern: { ...LABELLED, spec: { '(hostNetwork)': true } } } }],
    ['where a field does as well', { validate: { anyPattern: [LABELLED, { spec: { tls: '?*' } }] } }],
    ['only where it stands', { validate: { pattern: { metadata: { '=(annotations)': { [KEY]: '?*' } } } } }],
    ['to be absent', { validate: { pattern: { metadata: { annotations: { [`X(${KEY})`]: 'null' } } } } }],
    ['in the conditions of a denial', { validate: { deny: { conditions: { any: [{ key: KEY }] } } } }],
  ])('none %s', (_, rule) => {
    expect([...demandedKeys(policyOf(rule))]).not.toContain(KEY);
  });

  it('such a key is no exemption, any other of such a name is', () => {
    const before: JsonObject = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'web' } };
    const after: JsonObject = { ...before, metadata: { name: 'web', annotations: { [KEY]: '10.0.0.0/8' } } };
    expect(objections(before, after, policyOf({ validate: { pattern: LABELLED } }))).toEqual([]);
    expect(objections(before, after, policyOf({ validate: { pattern: { spec: { tls: '?*' } } } }))).toHaveLength(1);
  });
});

describe('what a mutate rule puts into an object', () => {
  const object: JsonObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'kiln' },
    spec: { containers: [{ name: 'kiln', image: 'registry.example.com/kiln:1' }] },
  };
  const asking = (pattern: JsonObject, value: JsonObject) =>
    kyvernoMutate.propose({
      object,
      violations: [],
      policies: [
        {
          name: 'ranges',
          documents: policyOf({ validate: { pattern: { spec: { securityContext: pattern } } } }),
          rules: ['ranges'],
          parameters: null,
          words: '',
          messages: '',
        },
      ],
      mutation: [set(['spec', 'securityContext'], value)],
      siblings: [],
    });

  it('comes by itself into places that the policies are about', () => {
    const edits = asking({ fsGroup: '>0' }, { fsGroup: 2000, runAsUser: 7 }).flatMap(({ edits }) => edits);
    expect(edits.slice(1)).toEqual([set(['spec', 'securityContext', 'fsGroup'], 2000)]);
  });

  it('does not where the policy would still mind', () => {
    expect(asking({ fsGroup: '>3000' }, { fsGroup: 2000 })).toHaveLength(1);
  });
});

describe('what code asks of every object', () => {
  const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'kiln' } };
  const rego = (body: string, keys: string[]): KubeObject[] => [
    {
      apiVersion: 'templates.gatekeeper.sh/v1',
      kind: 'ConstraintTemplate',
      metadata: { name: 'notes' },
      spec: {
        crd: { spec: { names: { kind: 'Notes' } } },
        targets: [
          { target: 'admission.k8s.gatekeeper.sh', rego: `package notes\nviolation[{"msg": "no"}] {\n${body}\n}` },
        ],
      },
    },
    {
      apiVersion: 'constraints.gatekeeper.sh/v1beta1',
      kind: 'Notes',
      metadata: { name: 'notes' },
      spec: { match: { kinds: [{ apiGroups: ['apps'], kinds: ['Deployment'] }] }, parameters: { keys } },
    },
  ];
  const cel = (expression: string): KubeObject[] => [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: 'notes' },
      spec: {
        matchConstraints: { resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] }] },
        validations: [{ expression }],
      },
    },
  ];
  const LOOP = 'key := input.parameters.keys[_]\nnot input.review.object.metadata.annotations[key]';

  it.each([
    ["a constraint's parameters", rego(LOOP, ['approved-by', 'ticket'])],
    ['an expression', cel("'approved-by' in object.metadata.annotations")],
  ])('%s demand their keys', (_, policies) => {
    expect([...demandedByCode(policies, DEPLOYMENT)]).toContain('approved-by');
  });

  it.each([
    ['of those that do something special', rego(`input.review.object.spec.hostNetwork\n${LOOP}`, ['approved-by'])],
    ['in place of something else', cel("!object.spec.hostNetwork || 'approved-by' in object.metadata.annotations")],
    [
      'of another kind',
      cel("'approved-by' in object.metadata.annotations").map((policy) => ({
        ...policy,
        spec: {
          ...policy.spec,
          matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['services'] }] },
        },
      })),
    ],
  ])('none %s', (_, policies) => {
    expect([...demandedByCode(policies, DEPLOYMENT)]).toEqual([]);
  });
});
