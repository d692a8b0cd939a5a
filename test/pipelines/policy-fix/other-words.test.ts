import { describe, expect, it } from 'vitest';
import { append, remove, set } from '../../../pipelines/policy-fix/edits.ts';
import type { FixContext } from '../../../pipelines/policy-fix/fixers/fixer.ts';
import { isAllAbout, statedWishes } from '../../../pipelines/policy-fix/statements.ts';
import type { Json, JsonObject } from '../../../src/manifest/json.ts';
import type { KubeObject } from '../../../src/policy/violation.ts';

function contextFor(object: JsonObject, document: KubeObject, parameters: Json = null): FixContext {
  const policy = { name: 'p', documents: [document], rules: [], parameters, words: '', messages: '' };
  return { object, violations: [], policies: [policy], siblings: [] };
}

const inRego = (code: string, object: JsonObject, parameters: Json = null): FixContext =>
  contextFor(object, { kind: 'ConstraintTemplate', spec: { targets: [{ rego: `package p\n${code}` }] } }, parameters);

const inCel = (expression: string, object: JsonObject): FixContext =>
  contextFor(object, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'p' },
    spec: { validations: [{ expression }] },
  });

const wishes = (context: FixContext) => statedWishes(context).map(({ wish, sole }) => ({ wish, sole }));
const edit = (each: ReturnType<typeof set> | ReturnType<typeof remove>, sole = true, from?: number) => ({
  wish: { kind: 'edit', edit: each, ...(from === undefined ? {} : { from }) },
  sole,
});

describe('one policy in other words asks for the same: Rego', () => {
  const object = { spec: { boxes: [{ on: false }, { on: true }] } };
  it.each([
    ['a loop', 'violation[{"msg": "m"}] { c := input.review.object.spec.boxes[_]; c.on }'],
    [
      'a set by name',
      'violation[{"msg": m}] { found[m] }\nfound[m] { input.review.object.spec.boxes[_].on; m := "m" }',
    ],
    ['a set by shape', 'violation[x] { found[x] }\nfound[{"msg": "m"}] { input.review.object.spec.boxes[_].on }'],
    [
      'a set of pairs',
      'violation[{"msg": m}] { found[[c, m]]; c.on }\nfound[[c, "m"]] { c := input.review.object.spec.boxes[_] }',
    ],
    [
      'an assigned member',
      'violation[{"msg": "m"}] { c := bad[_] }\nbad[c] { c := input.review.object.spec.boxes[_]; c.on }',
    ],
    [
      'some … in',
      'violation contains {"msg": "m"} if { some c in bad }\nbad contains c if { some c in input.review.object.spec.boxes; c.on }',
    ],
    [
      'a set that is counted',
      'violation[{"msg": "m"}] { 0 < count(bad) }\nbad[c] { c := input.review.object.spec.boxes[_]; c.on }',
    ],
    ['a list that is counted', 'violation[{"msg": "m"}] { count([1 | input.review.object.spec.boxes[_].on]) > 0 }'],
  ])('%s', (_, code) => {
    expect(wishes(inRego(code, object))).toEqual([edit(set(['spec', 'boxes', 1, 'on'], false))]);
  });

  it('turns of a loop that stand as wanted are left alone', () => {
    const code = 'violation[{"msg": "m"}] { input.review.object.spec.boxes[_].kind == "x" }';
    const kinds = { spec: { boxes: [{ kind: 'y' }, { kind: 'x' }, {}] } };
    expect(wishes(inRego(code, kinds))).toEqual([edit(remove(['spec', 'boxes', 1, 'kind']))]);
  });

  const list = 'input.review.object.spec.list';
  it.each([
    `not "b" in ${list}`,
    `not has_b`,
    `seen := {x | x := ${list}[_]}; not seen["b"]`,
    `count({"b"} - {x | x := ${list}[_]}) > 0`,
    `missing := {"b"} - {x | x := ${list}[_]}; missing != set()`,
  ])('a list lacks a word: %s', (test) => {
    const code = `violation[{"msg": "m"}] { ${test} }\nhas_b { ${list}[_] == "b" }`;
    for (const spec of [{}, { list: ['a'] }]) {
      const asked = wishes(inRego(code, { spec }));
      if (!test.endsWith('set()')) expect(asked).toEqual([edit(append(['spec', 'list'], 'b'))]);
      // What is there already is never written over.
      expect(asked.filter(({ wish }) => wish.kind === 'edit' && wish.edit.op === 'set')).toEqual([]);
    }
    expect(wishes(inRego(code, { spec: { list: ['a', 'b'] } }))).toEqual([]);
  });

  it.each([
    'not input.review.object.metadata.labels.team',
    'count({"team"} - {k | input.review.object.metadata.labels[k]}) > 0',
    'not "team" in object.keys(input.review.object.metadata.labels)',
    'not has_team',
    'every k, _ in input.review.object.metadata.labels { k != "team" }',
  ])('a key is missing: %s', (test) => {
    const code = `violation[{"msg": "m"}] { ${test} }\nhas_team { input.review.object.metadata.labels[k]; k == "team" }`;
    const asked = wishes(inRego(code, { metadata: { labels: { app: 'a' } } }));
    const present = { kind: 'present', path: ['metadata', 'labels', 'team'], pattern: '' };
    expect(asked).toEqual([{ wish: present, sole: true }]);
  });

  it.each([
    ['imagePullPolicy', 'Never', 'always', edit(set(['spec', 'imagePullPolicy'], 'Always'))],
    // How a word that Kubernetes does not list is written is asked.
    ['mode', 'Off', 'on', { wish: { kind: 'choose', path: ['spec', 'mode'], values: ['on'] }, sole: true }],
  ])('the case of a word: %s', (key, now, wanted, expected) => {
    const code = `violation[{"msg": "m"}] { lower(input.review.object.spec.${key}) != "${wanted}" }`;
    expect(wishes(inRego(code, { spec: { [key]: now } }))).toEqual([expected]);
    expect(wishes(inRego(code, { spec: { [key]: wanted.toUpperCase() } }))).toEqual([]);
    expect(wishes(inCel(`object.spec.${key}.lowerAscii() == '${wanted}'`, { spec: { [key]: now } }))).toEqual([
      expected,
    ]);
  });

  it('a set that nothing is taken of asks for nothing', () => {
    const code =
      'violation[{"msg": "m"}] { input.review.object.spec.a }\nbad[c] { c := input.review.object.spec.boxes[_]; c.on }';
    expect(wishes(inRego(code, { spec: { ...object.spec, a: true } }))).toEqual([edit(set(['spec', 'a'], false))]);
  });

  it('maps are read backwards from either side', () => {
    const code = (test: string) => `violation[{"msg": "m"}] { order := {"low": 0, "high": 2}; ${test} }`;
    const high = [edit(set(['spec', 'level'], 'high'))];
    for (const test of ['order[input.review.object.spec.level] < 1', '1 > order[input.review.object.spec.level]'])
      expect(wishes(inRego(code(test), { spec: { level: 'low' } }))).toEqual(high);
  });

  it('false for what is missing asks for anything there, and for true where that fits', () => {
    const at = ['spec', 'class'];
    const code = 'violation[{"msg": "m"}] { object.get(input.review.object.spec, "class", false) == false }';
    expect(wishes(inRego(code, { spec: {} }))).toEqual(
      expect.arrayContaining([edit(set(at, true)), { wish: { kind: 'present', path: at, pattern: '' }, sole: true }]),
    );
    // What is there is a truth value.
    expect(wishes(inRego(code, { spec: { class: false } }))).toEqual([edit(set(at, true))]);
    const label = code.replaceAll('spec', 'metadata.labels');
    expect(wishes(inRego(label, { metadata: {} })).some(({ wish }) => wish.kind === 'edit')).toBe(false);
  });

  it('of two texts that have to be the same, either may follow; one that is missing does', () => {
    const code = `violation[{"msg": "m"}] {
      a := object.get(input.review.object.spec, "a", "")
      b := object.get(input.review.object.spec.deep, "b", "")
      a != b
    }`;
    expect(wishes(inRego(code, { spec: { a: 'x', deep: {} } }))).toEqual([edit(set(['spec', 'deep', 'b'], 'x'))]);
    expect(
      wishes(inRego(code, { spec: { a: 'x', deep: { b: 'y' } } })).map(({ wish, sole }) => [wish.kind, sole]),
    ).toEqual([
      ['choose', false],
      ['choose', false],
    ]);
  });
});

describe('one policy in other words asks for the same: CEL', () => {
  const object = { spec: { boxes: [{ on: false }, { on: true }], class: 'x' } };
  it.each([
    'object.spec.boxes.all(b, !b.on)',
    '!object.spec.boxes.exists(b, b.on)',
    'object.spec.boxes.filter(b, b.on).size() == 0',
    '0 == size(object.spec.boxes.filter(b, b.on))',
    'object.spec.boxes.all(b, b.on ? false : true)',
    'object.spec.boxes.all(b, b.on == true ? false : true)',
    '!(true in object.spec.boxes.map(b, b.on))',
    'object.spec.boxes.filter(b, b.on).map(b, b.name).size() == 0',
    'object.spec.boxes.filter(b, b.on) == []',
    'cel.bind(bs, object.spec.boxes, bs.all(b, !b.on))',
  ])('%s', (expression) => {
    expect(wishes(inCel(expression, object))).toEqual([edit(set(['spec', 'boxes', 1, 'on'], false))]);
  });

  it.each([
    "object.spec.class in ['a', 'b']",
    "object.spec.class == 'a' || object.spec.class == 'b'",
    "['a', 'b'].exists(c, object.spec.class == c)",
    "object.spec.class == 'a' ? true : object.spec.class == 'b'",
    "size(['a', 'b'].filter(c, c == object.spec.class)) > 0",
  ])('%s', (expression) => {
    expect(wishes(inCel(expression, object))).toContainEqual({
      wish: { kind: 'choose', path: ['spec', 'class'], values: ['a', 'b'] },
      sole: expect.any(Boolean),
    });
  });

  it.each([
    ["'b' in object.spec.list", append(['spec', 'list'], 'b')],
    ["object.spec.list.exists(x, x == 'b')", append(['spec', 'list'], 'b')],
    ["sets.contains(object.spec.list, ['a', 'b'])", append(['spec', 'list'], 'b')],
    ["sets.contains(['b'], object.spec.list)", remove(['spec', 'list', 0])],
    ["!sets.intersects(object.spec.list, ['a', 'c'])", remove(['spec', 'list', 0])],
  ])('a list and its members: %s', (expression, expected) => {
    expect(wishes(inCel(expression, { spec: { list: ['a'] } }))).toEqual([edit(expected)]);
  });

  it('the keys of a map are no values', () => {
    const present = { kind: 'present', path: ['metadata', 'labels', 'team'], pattern: '' };
    expect(
      wishes(inCel("object.metadata.labels.exists(k, k == 'team')", { metadata: { labels: { app: 'a' } } })),
    ).toEqual([{ wish: present, sole: true }]);
  });

  it('takes no way for the only one beside a branch that is not read', () => {
    const way = edit(set(['spec', 'replicas'], 1), false, 3);
    const other = 'url(object.spec.list[0]).getPort() > object.spec.list[0]';
    for (const expression of [`object.spec.replicas <= 1 || ${other}`, `object.spec.replicas <= 1 ? true : ${other}`])
      expect(wishes(inCel(expression, { spec: { replicas: 3, list: ['1'] } }))).toEqual([way]);
  });

  it('does not know the size of what is left of a list while it cannot tell of each item whether it stays', () => {
    const expression = "object.spec.boxes.filter(b, b.name.matches('^x')).size() == 0";
    expect(wishes(inCel(expression, { spec: { boxes: [{ name: 'xy' }] } }))).toContainEqual(
      edit(remove(['spec', 'boxes', 0, 'name'])),
    );
  });
});

describe('a policy is all about a place', () => {
  const isHome = (path: readonly (string | number)[]): boolean => path.join('.') === 'metadata.namespace';
  const object = { metadata: { namespace: 'default' }, spec: { on: true, class: 'x' } };

  it('where it leaves no other way', () => {
    const code = 'violation[{"msg": "m"}] { input.review.object.metadata.namespace == "default" }';
    expect(isAllAbout(inRego(code, object), isHome)).toBe(true);
  });

  it.each(['input.review.object.spec.on', 'input.review.object.spec.class == "x"'])(
    'not where %s may change',
    (other) => {
      const code = `violation[{"msg": "m"}] { input.review.object.metadata.namespace == "default"; ${other} }`;
      expect(isAllAbout(inRego(code, object), isHome)).toBe(false);
    },
  );
});
