import { describe, expect, it } from 'vitest';
import { mayMatchKind } from '../../src/policy/kyverno-kinds.ts';
import { looksAtNames, looksAtPlaces } from '../../src/policy/object-names.ts';
import type { KubeObject } from '../../src/policy/violation.ts';

const policy = (rule: KubeObject): KubeObject => ({
  apiVersion: 'kyverno.io/v1',
  kind: 'ClusterPolicy',
  metadata: { name: 'p' },
  spec: { rules: [{ name: 'r', match: { any: [{ resources: { kinds: ['Pod'] } }] }, ...rule }] },
});
const pattern = (value: KubeObject): KubeObject => policy({ validate: { message: 'no', pattern: value } });
const condition = (key: string): KubeObject =>
  policy({ validate: { deny: { conditions: { any: [{ key, operator: 'Equals', value: 'a' }] } } } });
const cel = (expression: string): KubeObject => ({
  apiVersion: 'policies.kyverno.io/v1',
  kind: 'ValidatingPolicy',
  spec: { validations: [{ expression, message: 'the object has not what it needs' }] },
});

describe('looksAtNames', () => {
  it.each([
    ['a pattern for the name', pattern({ metadata: { name: 'web-*' } })],
    ['a pattern for the name behind an anchor', pattern({ '=(metadata)': { '^(name)': 'web-*' } })],
    ['a pattern for any key of the metadata', pattern({ metadata: { 'n*': '?*' } })],
    ['a match by name', policy({ match: { any: [{ resources: { kinds: ['Pod'], names: ['a'] } }] } })],
    ['an exclude by the old name', policy({ exclude: { resources: { name: 'a' } } })],
    ['a variable of the name', condition('{{ request.object.metadata.name }}')],
    ["the request's name", condition('{{ request.name }}')],
    ['the metadata as a whole', condition('{{ request.object.metadata | to_string(@) }}')],
    ['the object as a whole', condition('{{ to_string(request.object) }}')],
    ['the request as a whole', condition('{{ request }}')],
    [
      'a message made of the name',
      policy({ validate: { message: '{{ to_upper(request.object.metadata.name) }}', pattern: {} } }),
    ],
    [
      'an expression for the name in a variable',
      policy({ context: [{ name: 'c', variable: { value: { a: '{{ request.object.metadata.name }}' } } }] }),
    ],
    ['a list over the whole object', policy({ validate: { foreach: [{ list: 'values(request.object)' }] } })],
    ['CEL that reads the name', cel('object.metadata.name.startsWith("a")')],
    ['CEL that reads the name by index', cel('object["metadata"]["name"] == "a"')],
    ['CEL that reads the object whole', cel('string(object) == ""')],
    ['CEL that compares the object whole', cel('object == oldObject')],
    [
      'names of resources in match constraints',
      { spec: { matchConstraints: { resourceRules: [{ resourceNames: ['a'] }] } } },
    ],
  ])('is true for %s', (_, document) => {
    expect(looksAtNames(document)).toBe(true);
  });

  it.each([
    ['names of containers', pattern({ spec: { containers: [{ name: '*', image: '!*:latest' }] } })],
    ['labels', pattern({ metadata: { labels: { '*': '?*' }, annotations: { name: '?*' } } })],
    ['a variable of labels', condition('{{ request.object.metadata.labels.app || "" }}')],
    ['a variable of the spec', condition('{{ request.object.spec.replicas }}')],
    ['words of a message', policy({ validate: { message: 'a request needs an object', pattern: {} } })],
    ['resources of containers', pattern({ spec: { containers: [{ resources: { limits: { memory: '?*' } } }] } })],
    [
      'a variable that holds a config map',
      policy({ context: [{ name: 'c', variable: { value: { metadata: { name: 'c', namespace: 'd' } } } }] }),
    ],
    ['names of context entries', policy({ context: [{ name: 'c', variable: { value: 'a' } }] })],
    ['a message with the name', policy({ validate: { message: '{{request.object.metadata.name}}', pattern: {} } })],
    [
      'namespaces by name',
      {
        spec: {
          matchConstraints: {
            namespaceSelector: {
              matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system'] }],
            },
          },
        },
      },
    ],
    ['CEL over the spec', cel('object.spec.?securityContext.orValue({}) == {} && has(object.spec)')],
  ])('is false for %s', (_, document) => {
    expect(looksAtNames(document)).toBe(false);
  });
});

describe('looksAtPlaces', () => {
  it.each([
    ['a match by namespace', policy({ match: { any: [{ resources: { kinds: ['Pod'], namespaces: ['a'] } }] } })],
    ["the request's namespace", condition('{{ request.namespace }}')],
    ['the metadata as a whole', condition('{{ request.object.metadata | to_string(@) }}')],
    ['CEL that reads the namespace', cel('object.metadata.namespace == "a"')],
    ['CEL that reads the object whole', cel('object == oldObject')],
    ['CEL that reads the name of the namespace object', cel('namespaceObject.metadata.name == "a"')],
    ['a policy of one namespace', { ...condition('{{ request.name }}'), kind: 'Policy' }],
    ['parameters of the own namespace', { spec: { paramRef: { selector: {} } } }],
  ])('is true for %s', (_, document) => {
    expect(looksAtPlaces(document)).toBe(true);
  });

  it.each([
    ['the name', cel('object.metadata.name.startsWith("a")')],
    ['names in a match', policy({ match: { any: [{ resources: { kinds: ['Pod'], names: ['a'] } }] } })],
    ['labels of namespaces', { spec: { matchConstraints: { namespaceSelector: { matchLabels: { stage: 'live' } } } } }],
    ['the spec', condition('{{ request.object.spec.replicas }}')],
  ])('is false for %s', (_, document) => {
    expect(looksAtPlaces(document)).toBe(false);
  });
});

describe('mayMatchKind', () => {
  const kinds = (...names: string[]): KubeObject => policy({ match: { any: [{ resources: { kinds: names } }] } });
  it.each([
    [kinds('Pod'), 'Deployment', true],
    [kinds('Pod'), 'ConfigMap', false],
    [kinds('apps/v1/Deployment'), 'Deployment', true],
    [kinds('Deployment'), 'StatefulSet', false],
    [kinds('Pod/exec'), 'Pod', true],
    [kinds('*'), 'ConfigMap', true],
    [kinds('Config*'), 'ConfigMap', true],
    [policy({ match: { resources: { kinds: ['Secret'] } } }), 'ConfigMap', false],
    [policy({ match: { any: [{ resources: { namespaces: ['a'] } }] } }), 'ConfigMap', true],
    [policy({ match: {} }), 'ConfigMap', true],
    [{ spec: { matchConstraints: {} } }, 'ConfigMap', true],
  ])('says of case %# whether a kind may match', (document, kind, expected) => {
    expect(mayMatchKind(document, kind)).toBe(expected);
  });
});
