import { describe, expect, it } from 'vitest';
import { byEngine } from '../../src/policy/recognise.ts';
import { refuseOutside, withoutOutside } from '../../src/policy/refuse.ts';
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

const cel = (expression: string): KubeObject => ({
  apiVersion: 'policies.kyverno.io/v1',
  kind: 'ValidatingPolicy',
  metadata: { name: 'v' },
  spec: { validations: [{ expression, message: 'no http image or resource of this kind' }] },
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
    [
      'a CEL call',
      {
        apiVersion: 'policies.kyverno.io/v1',
        kind: 'ValidatingPolicy',
        metadata: { name: 'v' },
        spec: { validations: [{ expression: 'http.Get("http://a/").ok' }] },
      },
    ],
    [
      'an API call in a loop in a loop',
      policy({
        name: 'r',
        mutate: { foreach: [{ foreach: [{ context: [{ name: 'pods', apiCall: { urlPath: '/' } }] }] }] },
      }),
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

describe('withoutOutside', () => {
  const calling = { name: 'calls', context: [{ name: 'pods', apiCall: { urlPath: '/api/v1/pods' } }] };
  const plain = { name: 'plain', validate: { pattern: { spec: { apiCall: { a: 'b' } } } } };

  it('leaves out the rules that reach outside, and says which and why', () => {
    const both = { ...policy(plain), spec: { rules: [calling, plain] } };
    const { policy: kept, left } = withoutOutside(both);
    expect(kept?.spec.rules).toEqual([plain]);
    expect(left).toEqual([expect.stringMatching(/apiCall.*rule "calls"/)]);
    expect(() => refuseOutside(kept as KubeObject)).not.toThrow();
    expect(withoutOutside(policy(calling))).toEqual({ left: [expect.stringContaining('rule "calls"')] });
    expect(withoutOutside(policy(plain))).toEqual({ policy: policy(plain), left: [] });
  });

  it('leaves out a policy in CEL as a whole', () => {
    expect(withoutOutside(cel('http.Get("http://a/").ok')).policy).toBeUndefined();
    expect(withoutOutside(cel('object.spec.http.Get == 1')).left).toEqual([]);
  });
});

describe('Rego as tokens', () => {
  it.each([
    ['an escape in an index', 'x { http["se\\u006ed"]({}) }'],
    ['a comment that holds a quote', 'x { http[# "\n"send"]({}) }'],
    ['the same after a raw string over two lines', 'a := `"\n#`\nx { http[# "\n"send"]({}) }'],
    ['a raw string that ends like an escape', 'a := `\\`\nx { http.send({}) } # `'],
    ['a raw string that looks like a comment', 'a := `#` x { http.send({}) }'],
    ['a string that looks like a comment', 'x { a := "#\\"#"; http.send({}) }'],
    ['a raw index', 'x { http[`send`]({}) }'],
    ['an index made at run time', 'x { http[concat("", ["se", "nd"])]({}) }'],
    ['white space and comments before the bracket', 'x { http # c\n [ "send" ]({}) }'],
    ['white space and comments around the dot', 'x { http # c\n . # d\n send({}) }'],
    ['a function put in place of another', 'x { count([1]) with count as http.send }'],
    ['an alias', 'x { y := http; y.send({}) }'],
    ['an alias by unification', 'x { y = http; y.send({}) }'],
    ['an import', 'import http.send as y\nx { y({}) }'],
    ['a local variable of the name', 'x { http := 1; http.send({}) }'],
    ['a field that is called like a keyword in front', 'x { input.package\nhttp.send({}) }'],
    ['a number with a dot in front', 'x { y := 1.http.send({}) }'],
    ['another look at names', 'x { net["lookup_ip_\\u0061ddr"]("a") }'],
    ['every other way into net', 'x { net.lookup("a") }'],
    ['the runtime by index', 'x { opa["runtime"]() }'],
    ['external data', 'x { external_data({"provider": "p", "keys": []}) }'],
    ['code in a template string', 'x { y := $"{http.send({})}" }'],
  ])('refuses %s', (_, rego) => {
    expect(() => refuseOutside(template(`package t\n${rego}`))).toThrow(
      expect.objectContaining({ code: 'policy-refused' }),
    );
  });

  it.each([
    ['fields', 'x { input.spec.http.send; container.http["send"]; input["http"].send; a[_].net.b }'],
    ['words', 'x { y := "http.send({})"; z := `http["send"] opa.runtime()` } # http.send({})'],
    ['longer names', 'x { httpx.send; my_http.send; https["a"]; netx.b }'],
    ['address sums', 'x { net.cidr_contains("10.0.0.0/8", input.ip) }'],
    ['a variable', 'x { http := input.http; http == 1 }'],
    ['a variable bound by unification', 'x { input.http = http; y = http; y == 1 }'],
    ['a loop variable', 'x { some http in input.list; y := http }'],
    ['imports', 'import data.lib.http\nimport rego.v1\nimport data.net.a as b\nx { true }'],
    ['keys', 'x { y := {"http": 1, "net": {"opa": 2}}; y.http }'],
  ])('takes %s', (_, rego) => {
    expect(() => refuseOutside(template(`package t\n${rego}`))).not.toThrow();
  });

  it('takes a package of the name, a description, and what a constraint says', () => {
    const described = template('package http.net.opa\nx { true }');
    described.spec.crd = { spec: { validation: { openAPIV3Schema: { description: 'Not http. Use https, net[0].' } } } };
    expect(() => refuseOutside(described)).not.toThrow();
    const constraint = { apiVersion: 'constraints.gatekeeper.sh/v1beta1', kind: 'K', metadata: { name: 'c' } };
    expect(() => refuseOutside({ ...constraint, spec: { parameters: { a: 'http.send' } } })).not.toThrow();
  });
});

describe('CEL as tokens', () => {
  it.each([
    ['brackets', '(http).Get("http://a/").ok'],
    ['a list', '[http][0].Get("http://a/").ok'],
    ['a comment', 'http //x\n.Get("http://a/").ok'],
    ['an absolute name', '.http.Get("http://a/").ok'],
    ['an absolute name after an operator', '1 in .http.Get("http://a/").list'],
    ['an absolute name in a choice', 'true ? .http.Get("a").ok : false'],
    ['an index', 'http["Get"]'],
    ['a key of a map', '{http: 1}.all(k, k.Get("a").ok)'],
    ['a string that looks like a comment', '"//" == "" || http.Get("a").ok'],
    ['a raw string', "r'\\' == '' || http.Get('a').ok || '' == ''"],
    ['a long string', '"""a"b""" == "" || http.Get("a").ok'],
    ['a loop over it', '[1].all(x, http.Get("a").ok)'],
    ['the name outside of the loop that binds it', '[1].all(http, http > 0) && http.Get("a").ok'],
    ['an image', '[image].all(i, i.GetMetadata("a").ok)'],
    ['a resource', 'resource.Get("v1", "pods", "a", "b") != null'],
    ['keys of a token issuer', 'jwks.Fetch("http://a/") != null'],
    ['the global context', '(globalContext).Get("a", "b") != null'],
  ])('refuses %s', (_, expression) => {
    expect(() => refuseOutside(cel(expression))).toThrow(expect.objectContaining({ code: 'policy-refused' }));
  });

  it.each([
    ['fields', 'object.spec.http.Get == 1 && object.?image.orValue("") != "" && request.resource.resource == "pods"'],
    ['words', '"http.Get" != \'image\' && r"http" != """resource""" // http.Get("a")'],
    ['a loop variable', 'object.list.all(image, image.startsWith("a/")) && [1].exists(resource, resource > 0)'],
    ['reading an image reference', 'image(object.spec.image).registry() == "a"'],
    ['keys and fields of the name', '{"http": 1}.http == 1 && Object{http: 1, image: 2}.http == 1'],
    ['longer names', 'variables.http == 1 && httpx == 1 && images.containers.size() > 0'],
  ])('takes %s', (_, expression) => {
    expect(() => refuseOutside(cel(expression))).not.toThrow();
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
