import { describe, expect, it } from 'vitest';
import { byEngine } from '../../src/policy/recognise.ts';
import { refuseOutside } from '../../src/policy/refuse.ts';
import type { KubeObject } from '../../src/policy/violation.ts';

const template = (rego: string): KubeObject => ({
  apiVersion: 'templates.gatekeeper.sh/v1',
  kind: 'ConstraintTemplate',
  metadata: { name: 't' },
  spec: { targets: [{ target: 'admission.k8s.gatekeeper.sh', rego }] },
});
const policy = (rule: KubeObject): KubeObject => ({
  apiVersion: 'kyverno.io/v1',
  kind: 'ClusterPolicy',
  metadata: { name: 'p' },
  spec: { rules: [rule] },
});

describe('refuseOutside', () => {
  it.each([
    [
      'a request',
      template('package t\nviolation[{"msg": "x"}] { http.send({"method": "get", "url": input.parameters.url}) }'),
    ],
    ['spaces around the dot', template('package t\nx { y := http . send ({}) }')],
    ['an index', template('package t\nx { y := http["send"]({}) }')],
    ['a name lookup', template('package t\nx { net.lookup_ip_addr("example.com") }')],
    ['the environment', template('package t\nx { opa.runtime().env.HOME }')],
    ['a comment in front', template('package t\nx { # http\n  http.send({}) }')],
    ['a library', { ...template('package t'), spec: { targets: [{ libs: ['package lib.x\ny { http.send({}) }'] }] } }],
    [
      'a code block',
      {
        ...template('package t'),
        spec: { targets: [{ code: [{ engine: 'Rego', source: { rego: 'package t\ny { http.send({}) }' } }] }] },
      },
    ],
    ['an API call', policy({ name: 'r', context: [{ name: 'pods', apiCall: { urlPath: '/api/v1/pods' } }] })],
    [
      'an API call in a loop',
      policy({
        name: 'r',
        validate: { foreach: [{ list: 'x', context: [{ name: 'pods', apiCall: { urlPath: '/' } }] }] },
      }),
    ],
    ['a registry', policy({ name: 'r', context: [{ name: 'i', imageRegistry: { reference: 'x' } }] })],
    ['a signature', policy({ name: 'r', verifyImages: [{ imageReferences: ['*'] }] })],
    [
      'a CEL call',
      {
        apiVersion: 'policies.kyverno.io/v1',
        kind: 'ValidatingPolicy',
        metadata: { name: 'v' },
        spec: { validations: [{ expression: 'http.Get("http://a/").ok' }] },
      },
    ],
  ])('refuses %s', (_, document) => {
    expect(() => refuseOutside(document)).toThrow(expect.objectContaining({ code: 'policy-refused' }));
  });

  it.each([
    [
      'plain Rego',
      template('package t\nviolation[{"msg": "send http traffic elsewhere"}] { input.review.object.spec.http }'),
    ],
    [
      'a pattern whose key is called like a context',
      policy({ name: 'r', validate: { pattern: { spec: { apiCall: { a: 'b' } } } } }),
    ],
    ['a variable', policy({ name: 'r', context: [{ name: 'a', variable: { value: 1 } }] })],
  ])('takes %s', (_, document) => {
    expect(() => refuseOutside(document)).not.toThrow();
  });
});

describe('byEngine', () => {
  it('sorts a mixed set and names what nobody takes', () => {
    const constraint = { apiVersion: 'constraints.gatekeeper.sh/v1beta1', kind: 'Any', metadata: { name: 'c' } };
    const stranger = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } };
    const { engines, unknown } = byEngine([policy({}), template('package t'), stranger, constraint]);
    expect([...engines].map(([name, documents]) => [name, documents.length])).toEqual([
      ['kyverno', 1],
      ['gatekeeper', 2],
    ]);
    expect(unknown).toEqual([stranger]);
  });
});
