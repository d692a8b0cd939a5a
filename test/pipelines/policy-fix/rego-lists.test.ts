import { describe, expect, it } from 'vitest';
import { append, remove, set } from '../../../pipelines/policy-fix/edits.ts';
import type { FixContext } from '../../../pipelines/policy-fix/fixers/fixer.ts';
import { stated } from '../../../pipelines/policy-fix/fixers/stated.ts';
import { statedWishes } from '../../../pipelines/policy-fix/statements.ts';
import { isNever } from '../../../pipelines/policy-fix/wish.ts';
import type { Json, JsonObject } from '../../../src/manifest/json.ts';

function contextOf(body: string, object: JsonObject, parameters: Json): FixContext {
  const documents = [{ kind: 'ConstraintTemplate', spec: { targets: [{ rego: `package p\n${body}` }] } }];
  const policies = [{ name: 'p', documents, rules: [], parameters, words: '', messages: '' }];
  return { object, violations: [], policies, siblings: [] };
}

/** What the Rego of a violated policy wishes of an object. */
const wishes = (body: string, object: JsonObject, parameters: Json = null) =>
  statedWishes(contextOf(body, object, parameters)).map(({ wish }) => wish);

/** What people are asked of it: the choices by the place that is asked about. */
const questions = (body: string, object: JsonObject, parameters: Json = null) =>
  (stated.ask?.(contextOf(body, object, parameters)) ?? []).map(({ path, choices }) => ({
    path: path.join('.'),
    choices: choices.map(({ value, edits }) => ({ value, edits })),
  }));

describe('a list that has to hold an item like', () => {
  const rule = 'violation[{"msg": "m"}] { not held }\n';
  const list = ['spec', 'boxes'];
  const wanted = { key: 'a', form: 'round' };
  const codes = {
    'by a name': 'held { some b in input.review.object.spec.boxes; b.key == "a"; b.form == "round" }',
    'by an assignment': 'held { b := input.review.object.spec.boxes[_]; b.key == "a"; b.form == "round" }',
    'by a number':
      'held { some i; input.review.object.spec.boxes[i].key == "a"; input.review.object.spec.boxes[i].form == "round" }',
    'as a map': 'held { input.review.object.spec.boxes[_] == {"key": "a", "form": "round"} }',
    'as a member': 'held { {"key": "a", "form": "round"} in input.review.object.spec.boxes }',
  };
  for (const [how, held] of Object.entries(codes)) {
    it(`gets one more, and none is made into it (${how})`, () => {
      const code = `import future.keywords\n${rule}${held}`;
      const found = wishes(code, { spec: { boxes: [{ key: 'b', form: 'round' }] } });
      expect(found).toEqual([{ kind: 'edit', edit: append(list, wanted), another: true }]);
      // The one that is meant is there, and only says something else.
      expect(wishes(code, { spec: { boxes: [{ key: 'a', form: 'flat' }] } })).toContainEqual({
        kind: 'edit',
        edit: set([...list, 0, 'form'], 'round'),
      });
    });
  }

  it('gets one more where one field is compared', () => {
    const code = `${rule}held { input.review.object.spec.boxes[_].key == "a" }`;
    expect(wishes(code, { spec: { boxes: [{ key: 'b' }] } })).toEqual([
      { kind: 'edit', edit: append(list, { key: 'a' }), another: true },
    ]);
    expect(wishes(code, { spec: {} })).toEqual([{ kind: 'edit', edit: set([...list, 0, 'key'], 'a') }]);
  });

  it('holds one of some that a policy lists', () => {
    const code = `violation[{"msg": "m"}] {
      used := {b.key | b := input.review.object.spec.boxes[_]}
      known := {k | k := input.parameters.keys[_]}
      count(used & known) == 0
    }`;
    expect(wishes(code, { spec: {} }, { keys: ['a', 'c'] })).toEqual([
      { kind: 'choose', path: [...list, 0, 'key'], values: ['a', 'c'] },
    ]);
    const more = wishes(code, { spec: { boxes: [{ key: 'b' }] } }, { keys: ['a', 'c'] });
    expect(more).toEqual(['a', 'c'].map((key) => ({ kind: 'edit', edit: append(list, { key }), another: true })));
  });

  it('takes a variable more, of a container that has none as well', () => {
    const code = `violation[{"msg": "m"}] {
      c := input.review.object.spec.containers[_]
      have := {e.name | e := c.env[_]}
      not have["ZONE"]
    }`;
    const path = ['spec', 'containers', 0, 'env'];
    for (const container of [{ name: 'a' }, { name: 'a', env: [{ name: 'LEVEL', value: 'x' }] }])
      expect(wishes(code, { spec: { containers: [container] } })).toContainEqual({
        kind: 'edit',
        edit: append(path, { name: 'ZONE' }),
        another: true,
      });
  });
});

describe('what only evades a policy', () => {
  const due = `violation[{"msg": "m"}] {
    object.get(input.review.object.spec, "action", "LET") == "LET"
    not input.review.object.spec.callers
  }`;
  const callers = { kind: 'present', path: ['spec', 'callers'], pattern: '' };

  it('is another word where something is missing, but not where the word is all there is', () => {
    expect(wishes(due, { spec: {} })).toEqual([callers]);
    const word = 'violation[{"msg": "m"}] { object.get(input.review.object.spec, "action", "LET") == "LET" }';
    expect(wishes(word, { spec: {} })).toEqual([{ kind: 'present', path: ['spec', 'action'], pattern: '!LET' }]);
  });

  it('is fewer copies where something is missing or another object is looked at, but not where copies are what is bounded', () => {
    const copies = (rest: string) => `violation[{"msg": "m"}] { input.review.object.spec.replicas >= 3; ${rest} }`;
    const path = ['spec', 'replicas'];
    const object = { spec: { replicas: 5, share: 4 } };
    expect(wishes(copies('not input.review.object.spec.spread'), object)).toEqual([
      { kind: 'present', path: ['spec', 'spread'], pattern: '' },
    ]);
    expect(wishes(copies('not strange.builtin(data.inventory, input.review.object.spec)'), object)).toEqual([]);
    expect(wishes(copies('not strange.builtin(input.review.object.spec)'), object)).toHaveLength(1);
    expect(wishes(copies('true'), object)).toEqual([{ kind: 'edit', edit: set(path, 2), from: 5 }]);
    const product = 'violation[{"msg": "m"}] { s := input.review.object.spec; s.replicas * s.share > 10 }';
    expect(wishes(product, object).map((wish) => wish.kind === 'edit' && wish.edit.path.at(-1))).toEqual([
      'replicas',
      'share',
    ]);
  });
});

it('a function of nothing has no value', () => {
  const code = `import future.keywords
    violation[{"msg": "m"}] { b := input.review.object.spec.boxes[_]; bad(b) }
    bad(b) { b.key in input.parameters.keys }
    bad(b) { not b.key; b.form == "flat" }`;
  const found = wishes(code, { spec: { boxes: [{ form: 'flat' }] } }, { keys: ['a'] });
  expect(found).toContainEqual({ kind: 'edit', edit: remove(['spec', 'boxes', 0, 'form']) });
});

it('of a field in which anything may stand no single value is wished; a truth value is', () => {
  const code = (value: string) => `violation[{"msg": "m"}] {
    not input.review.object.spec.kept
    not input.review.object.spec.kept == ${value}
  }`;
  const present = { kind: 'present', path: ['spec', 'kept'], pattern: '' };
  expect(wishes(code('0'), { spec: {} })).toEqual([present]);
  expect(wishes(code('false'), { spec: {} })).toContainEqual({ kind: 'edit', edit: set(['spec', 'kept'], false) });
});

it('what is nothing, and must not be nothing, goes', () => {
  const code = 'violation[{"msg": "m"}] { rule := input.review.object.spec.doors[_]; rule == {} }';
  expect(wishes(code, { spec: { doors: [{ to: 'x' }, {}] } })).toEqual([
    { kind: 'edit', edit: remove(['spec', 'doors', 1]) },
  ]);
});

it('a name in a list of references says which other object is meant', () => {
  expect(isNever(['spec', 'parentRefs', 0, 'name'])).toBe(false);
  expect(isNever(['spec', 'rules', 0, 'backendRefs', 1, 'name'])).toBe(false);
  for (const list of ['containers', 'ports', 'volumes']) expect(isNever(['spec', list, 0, 'name'])).toBe(true);
});

describe('an argument that is due', () => {
  const code = `violation[{"msg": "m"}] { c := input.review.object.spec.containers[_]; not has(c) }
    has(c) { c.command[_] == "--mode=strict" }
    has(c) { c.args[_] == "--mode=strict" }`;
  const value = '--mode=strict';
  const asked = (container: JsonObject) =>
    questions(code, { kind: 'Pod', spec: { containers: [{ name: 'a', ...container }] } });
  const at = (key: string) => ['spec', 'containers', 0, key];

  it('comes to those that are there', () => {
    expect(asked({ args: ['--port=1'] })).toEqual([
      { path: 'spec.containers.0.args', choices: [{ value, edits: [append(at('args'), value)] }] },
    ]);
    expect(asked({ command: ['/run', '--port=1'] })).toEqual([
      { path: 'spec.containers.0.command', choices: [{ value, edits: [append(at('command'), value)] }] },
    ]);
  });

  it('takes the place of another value of its flag', () => {
    expect(asked({ args: ['--mode=lax', '--port=1'] })).toEqual([
      { path: 'spec.containers.0.args.0', choices: [{ value, edits: [set([...at('args'), 0], value)] }] },
    ]);
  });

  it('is no choice behind a script, nor where the image says with which it starts', () => {
    expect(asked({ command: ['sh', '-c', 'run --port=1'] }).flatMap(({ choices }) => choices)).toEqual([]);
    expect(asked({})).toEqual([{ path: 'spec.containers.0.args', choices: [] }]);
  });
});

it('a list that takes one of some more is asked about once, with each of them', () => {
  const code = `violation[{"msg": "m"}] {
    used := {s.name | s := input.review.object.spec.imagePullSecrets[_]}
    count(used & {k | k := input.parameters.keys[_]}) == 0
  }`;
  const found = questions(code, { kind: 'Pod', spec: { imagePullSecrets: [{ name: 'hub' }] } }, { keys: ['a', 'b'] });
  expect(found[0]?.choices.map(({ value }) => value)).toEqual([{ name: 'a' }, { name: 'b' }]);
});

describe('a right that a list does not accept', () => {
  it.each([
    'violation[{"msg": "m"}] { ip := input.review.object.spec.externalIPs[_]; not known[ip] }\nknown[ip] { ip := input.parameters.ips[_] }',
    'violation[{"msg": "m"}] { some ip in input.review.object.spec.externalIPs; not ip in input.parameters.ips }',
    'violation[{"msg": "m"}] { ip := input.review.object.spec.externalIPs[_]; not startswith(ip, "203.") }',
  ])('goes, and no other is given: %s', (code) => {
    const object = { kind: 'Service', spec: { externalIPs: ['203.0.113.7', '198.51.100.20'] } };
    const found = wishes(code, object, { ips: ['203.0.113.7'] });
    expect(found).toEqual([{ kind: 'edit', edit: remove(['spec', 'externalIPs', 1]) }]);
  });
});

describe('an id that has to be there', () => {
  const code = `
    violation[{"msg": "m"}] { not stands }
    violation[{"msg": "m"}] { stands; not within }
    stands { is_number(input.review.object.spec.securityContext.fsGroup) }
    within { g := input.review.object.spec.securityContext.fsGroup; g >= input.parameters.least; g <= input.parameters.most }`;
  const path = ['spec', 'securityContext', 'fsGroup'];

  it.each([
    [100, 65_535, 1000],
    [100, 200, 200],
    [3000, 3999, 3000],
  ])('is the usual one between %i and %i, or the bound next to it', (least, most, id) => {
    const found = wishes(code, { apiVersion: 'v1', kind: 'Pod', spec: {} }, { least, most });
    expect(found).toContainEqual({ kind: 'edit', edit: set(path, id) });
  });
});
