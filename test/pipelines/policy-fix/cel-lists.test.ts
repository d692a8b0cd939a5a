import { describe, expect, it } from 'vitest';
import { isOutOfScope } from '../../../pipelines/policy-fix/cel/expressions.ts';
import { append, remove, set } from '../../../pipelines/policy-fix/edits.ts';
import type { FixContext } from '../../../pipelines/policy-fix/fixers/fixer.ts';
import { statedWishes } from '../../../pipelines/policy-fix/statements.ts';
import type { JsonObject } from '../../../src/manifest/json.ts';
import { kindsNotGuessed } from '../../../src/policy/custom-kinds.ts';
import { withinItsNamespace } from '../../../src/policy/kyverno-places.ts';
import type { KubeObject } from '../../../src/policy/violation.ts';

const factsOf = (spec: JsonObject) => ({
  name: 'p',
  documents: [{ apiVersion: 'policies.kyverno.io/v1', kind: 'ValidatingPolicy', metadata: { name: 'p' }, spec }],
  rules: [],
  parameters: null,
  words: '',
  messages: '',
});

const contextOf = (object: JsonObject, ...specs: JsonObject[]): FixContext => ({
  object,
  violations: [],
  policies: specs.map(factsOf),
  siblings: [],
});

const edits = (expression: string, object: JsonObject) =>
  statedWishes(contextOf(object, { validations: [{ expression }] })).map(({ wish }) =>
    wish.kind === 'edit' ? wish.edit : wish,
  );

describe('a list that has to hold something', () => {
  it.each([
    "object.spec.steps.exists(s, s.does == 'scan' && s.hard)",
    "object.spec.steps.filter(s, has(s.does) && s.does == 'scan' && s.hard).size() > 0",
  ])('gets one more, and none is made into another: %s', (expression) => {
    expect(edits(expression, { spec: { steps: [{ does: 'build' }] } })).toEqual([
      append(['spec', 'steps'], { does: 'scan', hard: true }),
    ]);
  });

  it('has the one changed that is meant already', () => {
    expect(
      edits("object.spec.steps.exists(s, s.does == 'scan' && s.by == 'us')", {
        spec: { steps: [{ does: 'build' }, { does: 'scan', by: 'them' }] },
      }),
    ).toContainEqual(set(['spec', 'steps', 1, 'by'], 'us'));
  });

  it.each([
    [
      "a.does == 'Ignore' && a.?on.orValue([]).exists(o, o.type == 'Moved')",
      { does: 'Ignore', on: [{ type: 'Moved' }] },
    ],
    [
      "a.?on.orValue([]).exists(o, o.key == 'arch' && o.?values.orValue([]).exists(v, v == 'arm'))",
      {
        on: [{ key: 'arch', values: ['arm'] }],
      },
    ],
  ])('gets one with its own lists: %s', (body, item) => {
    expect(edits(`object.spec.?acts.orValue([]).exists(a, ${body})`, { spec: {} })).toEqual([
      append(['spec', 'acts'], item as JsonObject),
    ]);
  });

  it('has each item that lacks a word given it, and not asked for any', () => {
    expect(edits("object.spec.ports.all(p, has(p.says) && p.says == 'http')", { spec: { ports: [{}] } })).toEqual([
      set(['spec', 'ports', 0, 'says'], 'http'),
    ]);
  });

  it('has any changed where no text tells them apart', () => {
    expect(edits('object.spec.steps.exists(s, s.hard == true)', { spec: { steps: [{ does: 'build' }] } })).toEqual([
      set(['spec', 'steps', 0, 'hard'], true),
    ]);
  });
});

describe('a list whose items are in it by a condition', () => {
  const named = '(has(object.spec.lead) ? [object.spec.lead] : [])';
  const boxes = 'object.spec.boxes.filter(b, has(b.lead)).map(b, b.lead)';

  it.each([`(${named} + ${boxes}).size() > 0`, `size(${boxes} + ${named}) != 0`])(
    'is filled by any of its parts: %s',
    (test) => {
      const found = edits(test, { spec: { boxes: [{ key: 'a' }] } });
      expect(found).toContainEqual({ kind: 'present', path: ['spec', 'lead'], pattern: '' });
      expect(found).toContainEqual({ kind: 'present', path: ['spec', 'boxes', 0, 'lead'], pattern: '' });
    },
  );

  it.each([
    ["(object.spec.open ? ['open'] : []) + (object.spec.shut ? [] : ['not shut'])", 'size'],
    ["['x'].filter(x, object.spec.open) + (object.spec.shut ? [] : ['not shut'])", 'size'],
  ])('is emptied part by part: %s', (list) => {
    expect(edits(`size(${list}) == 0`, { spec: { open: true, shut: false } })).toEqual([
      set(['spec', 'open'], false),
      set(['spec', 'shut'], true),
    ]);
    expect(edits(`size(${list}) == 0`, { spec: { open: true, shut: true } })).toEqual([set(['spec', 'open'], false)]);
  });
});

describe('two numbers of an object', () => {
  it('may either of them give way, unless one is settled by the same expression', () => {
    const ways = edits('object.spec.least < object.spec.most', { spec: { least: 3, most: 3 } });
    expect(ways).toEqual([set(['spec', 'least'], 2), set(['spec', 'most'], 4)]);
  });
});

describe('a number that is missing', () => {
  const ranged = (field: string, least: number, most: number) =>
    `has(object.spec.${field}) && object.spec.${field} >= ${least} && object.spec.${field} <= ${most}`;

  it('is kept as long as may be where nothing stands for ever', () => {
    const path = ['spec', 'ttlSecondsAfterFinished'];
    expect(edits(ranged('ttlSecondsAfterFinished', 600, 86400), { kind: 'Job', spec: {} })).toContainEqual(
      set(path, 86400),
    );
    const least = edits('object.spec.?ttlSecondsAfterFinished.orValue(0) >= 600', { kind: 'Job', spec: {} });
    expect(least).toEqual([{ kind: 'present', path, pattern: '>=600' }]);
  });
});

describe('what is read in CEL', () => {
  it.each([
    ['[object.spec.a, object.spec.b].max() <= 4', { a: 6, b: 2 }, ['a'], 4],
    ['math.greatest(object.spec.a, object.spec.b) < 5', { a: 6, b: 2 }, ['a'], 4],
    ['3 <= [object.spec.a, object.spec.b].min()', { a: 6, b: 2 }, ['b'], 3],
    ["!(string(object.spec.a) in ['0', '0%'])", { a: 0 }, ['a'], 1],
    ["object.spec.a != 'false'", { a: 'false' }, ['a'], 'true'],
    ["object.spec.a.lowerAscii() != 'true'", { a: 'True' }, ['a'], 'false'],
  ])('%s', (expression, spec, path, value) => {
    expect(edits(expression, { spec })).toEqual([set(['spec', ...path], value)]);
  });

  it('a count in a label stays a text', () => {
    const labels = { level: '0' };
    expect(edits("!(object.metadata.labels['level'] in ['0', '1'])", { metadata: { labels } })).toEqual([
      remove(['metadata', 'labels', 'level']),
    ]);
  });

  it('keys that are not accepted go', () => {
    const found = edits("!object.metadata.annotations.exists(k, k.startsWith('a.b/') && k.endsWith('-x'))", {
      metadata: { annotations: { 'a.b/one-x': '1', 'a.b/two': '2' } },
    });
    // Either end of the key would do; both lead to the same, which is said once.
    expect(found).toEqual([remove(['metadata', 'annotations', 'a.b/one-x'])]);
  });

  it('a text in one of the lists of the object joins them', () => {
    const spec = { of: [{ names: ['a'] }], name: 'b' };
    expect(edits('object.spec.name in object.spec.of.map(o, o.names).flatten()', { spec })).toEqual([
      append(['spec', 'of', 0, 'names'], 'b'),
    ]);
  });

  it('one of two that are the same goes', () => {
    const spec = { ports: [{ port: 1 }, { port: 2 }, { port: 1 }] };
    expect(edits('object.spec.ports.map(p, p.port).distinct().size() == object.spec.ports.size()', { spec })).toEqual([
      remove(['spec', 'ports', 0]),
      remove(['spec', 'ports', 2]),
    ]);
  });

  it('a text that is taken apart has to be another', () => {
    expect(edits("object.spec.when.split(' ')[0] != '*'", { spec: { when: '* 1' } })).toEqual([
      { kind: 'present', path: ['spec', 'when'], pattern: '' },
    ]);
  });

  it.each([
    [
      "url(object.spec.from).getScheme() == 'https' && url(object.spec.from).getHost() in ['git.test', 'hub.test']",
      'http://x.test/a',
      'https://git.test/a',
    ],
    [
      "isURL(object.spec.from) && url(object.spec.from).getHostname().endsWith('.test')",
      'http://x.example/a',
      'http://opsline.test/a',
    ],
    ['isCIDR(object.spec.from) && cidr(object.spec.from).prefixLength() >= 16', '0.0.0.0/0', '192.0.2.0/24'],
    ["cidr('172.16.0.0/12').containsCIDR(object.spec.from)", '10.0.0.0/8', '172.16.0.0/12'],
    ["!cidr(object.spec.from).containsIP('169.254.1.1')", '0.0.0.0/0', '192.0.2.0/24'],
    ['ip(object.spec.from).family() == 6', '10.0.0.1', 'fd00::1'],
    ['isIP(object.spec.from) && !ip(object.spec.from).isLoopback()', '127.0.0.1', '192.0.2.1'],
  ])('an address that a policy does not accept is asked, once: %s', (expression, from, example) => {
    expect(edits(expression, { spec: { from } })).toEqual([
      { kind: 'present', path: ['spec', 'from'], pattern: '', example },
    ]);
    expect(edits(expression, { spec: { from: example } })).toEqual([]);
  });

  it('in a list that is only read in other letters a member is missed', () => {
    const list = { spec: { capabilities: { drop: ['MKNOD'] } } };
    const wanted = [append(['spec', 'capabilities', 'drop'], 'NET_RAW')];
    for (const test of ["'NET_RAW' in DROP", "DROP.exists(d, d == 'NET_RAW')", "sets.contains(DROP, ['NET_RAW'])"])
      expect(edits(test.replace('DROP', 'object.spec.capabilities.drop.map(d, d.upperAscii())'), list)).toEqual(wanted);
    expect(edits("'a' in object.spec.items.map(i, i.of)", { spec: { items: [{ of: 'b' }] } })).not.toContainEqual(
      append(['spec', 'items'], 'a'),
    );
  });

  it('a list has to hold something else than what counts where it is not there', () => {
    const at = ['spec', 'places'];
    for (const test of ["!('*' in LIST)", "LIST.all(p, p != '*')", "!LIST.exists(p, p == '*')"]) {
      const expression = test.replace('LIST', "object.spec.?places.orValue(['*'])");
      expect(edits(expression, { spec: {} })).toEqual([{ kind: 'present', path: at, pattern: '', holds: ['opsline'] }]);
      expect(edits(expression, { spec: { places: ['a'] } })).toEqual([]);
    }
    const nested =
      'object.spec.?rules.orValue([]).size() > 0 && object.spec.rules.all(r, r.?by.?names.orValue([]).size() > 0)';
    expect(edits(nested, { spec: {} })[0]).toMatchObject({ holds: [{ by: { names: ['opsline'] } }] });
  });

  it('what the same expression goes on to want is wanted at once, where it is known', () => {
    const test = 'object.spec.least >= 2 && object.spec.most > object.spec.least';
    expect(edits(test, { spec: { least: 1, most: 2 } })).toEqual([set(['spec', 'least'], 2), set(['spec', 'most'], 3)]);
    expect(edits(test, { spec: { least: 1, most: 9 } })).toEqual([set(['spec', 'least'], 2)]);
  });

  it('what a parameter does not say is known, and part of a text stands in where a version is cut out', () => {
    const rules = "[{'key': 'a'}, {'key': 'b', 'among': ['x']}]";
    const all = `${rules}.all(r, !has(r.among) || object.spec[r.key] in r.among)`;
    expect(edits(all, { spec: { a: 'z', b: 'y' } })).toEqual([set(['spec', 'b'], 'x')]);
    expect(
      edits(
        "object.spec.image.substring(object.spec.image.lastIndexOf(':') + 1).matches('^[0-9]+[.][0-9]+[.][0-9]+$')",
        {
          spec: { image: 'r.test/a:b' },
        },
      ),
    ).toEqual([{ kind: 'present', path: ['spec', 'image'], pattern: '', example: 'r.test/a:1.0.0' }]);
  });

  it('an item goes that may not say all of something, unless it is a right or a name', () => {
    const test = "!object.spec.grants.exists(g, g.group == '*' && g.kind == '*')";
    const grants = [
      { group: 'a', kind: '*' },
      { group: '*', kind: '*' },
    ];
    expect(edits(test, { spec: { grants } })).toEqual([remove(['spec', 'grants', 1])]);
    expect(
      edits("!object.spec.env.exists(e, e.name == 'A' && e.value == 'b')", {
        spec: { env: [{ name: 'A', value: 'b' }] },
      }),
    ).not.toContainEqual(remove(['spec', 'env', 0]));
  });

  it('who is not to be root is somebody, not whoever the image says', () => {
    const at = ['spec', 'securityContext', 'runAsUser'];
    const test = '!has(object.spec.securityContext.runAsUser) || object.spec.securityContext.runAsUser > 0';
    expect(edits(test, { spec: { securityContext: { runAsUser: 0 } } })).toEqual([set(at, 1000)]);
    expect(edits("!has(object.spec.mode) || object.spec.mode == 'a'", { spec: { mode: 'b' } })).toContainEqual(
      remove(['spec', 'mode']),
    );
  });

  it('a single kernel setting goes', () => {
    const sysctls = [{ name: 'a' }, { name: 'b' }];
    expect(
      edits("object.spec.securityContext.sysctls.map(s, s.name).all(n, n in ['a'])", {
        spec: { securityContext: { sysctls } },
      }),
    ).toEqual([remove(['spec', 'securityContext', 'sysctls', 1])]);
  });
});

describe('the sight of a policy', () => {
  const balancers = {
    matchConditions: [{ name: 'b', expression: "object.spec.type == 'LoadBalancer'" }],
    validations: [{ expression: 'object.spec.ranges.size() > 0' }],
  };
  const before = { spec: { type: 'LoadBalancer', ranges: [] } };
  const after = { spec: { type: 'ClusterIP', ranges: [] } };

  it('is left by what its conditions do not match', () => {
    expect(isOutOfScope(contextOf(before, balancers), after)).toBe(true);
    expect(isOutOfScope(contextOf(before, balancers), { spec: { type: 'LoadBalancer', ranges: ['a'] } })).toBe(false);
  });

  it('is not left where another violated policy looks on', () => {
    const other = { validations: [{ expression: "object.spec.type == 'ClusterIP'" }] };
    expect(isOutOfScope(contextOf(before, balancers, other), after)).toBe(false);
  });
});

describe('what Kyverno cannot know without a cluster', () => {
  it('is told where it would guess another plural', () => {
    const objects: KubeObject[] = [
      { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway' },
      { apiVersion: 'security.openshift.io/v1', kind: 'SecurityContextConstraints' },
      { apiVersion: 'cert-manager.io/v1', kind: 'Certificate' },
      { apiVersion: 'apps/v1', kind: 'Deployment' },
    ];
    const named = new Set(['gateways', 'securitycontextconstraints', 'certificates']);
    expect(kindsNotGuessed(objects, [], named).map(({ spec }) => spec?.names.plural)).toEqual([
      'gateways',
      'securitycontextconstraints',
    ]);
    expect(kindsNotGuessed(objects, [], new Set())).toEqual([]);
  });

  it('a policy of a namespace gets a condition, one of the cluster none', () => {
    const metadata = { name: 'p', namespace: 'shop' };
    const own = withinItsNamespace({ kind: 'NamespacedValidatingPolicy', metadata, spec: {} });
    expect(own.spec?.matchConditions).toEqual([
      { name: 'opsline-own-namespace', expression: 'request.namespace == "shop"' },
    ]);
    const cluster = { kind: 'ValidatingPolicy', metadata: { name: 'p' }, spec: {} };
    expect(withinItsNamespace(cluster)).toBe(cluster);
  });
});

describe('a map that is not there', () => {
  const asked = (of: string[], key: string) => ({ kind: 'present', path: [...of, key], pattern: '' });

  it.each([
    "has(object.metadata.labels) && ['a', 'b'].all(k, object.metadata.labels.exists(l, l == k))",
    "['a', 'b'].all(k, has(object.metadata.labels) && object.metadata.labels.exists(l, k == l))",
    "['a', 'b'].all(k, object.metadata.?labels.orValue({}).exists(l, l == k))",
    "['a', 'b'].all(k, k in object.metadata.?labels.orValue({}))",
  ])('gets every key that is asked for: %s', (expression) => {
    const found = edits(expression, { metadata: { name: 'x' } });
    expect(found).toContainEqual(asked(['metadata', 'labels'], 'a'));
    expect(found).toContainEqual(asked(['metadata', 'labels'], 'b'));
    expect(found.filter((one) => 'op' in one)).toEqual([]);
  });

  it('is told from a list of the same name', () => {
    expect(edits("object.spec.labels.exists(l, l == 'a')", { spec: { labels: ['b'] } })).toEqual([
      append(['spec', 'labels'], 'a'),
    ]);
    expect(edits("'a' in object.spec.labels", { spec: { labels: ['b'] } })).toEqual([append(['spec', 'labels'], 'a')]);
  });
});
