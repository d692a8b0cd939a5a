import { describe, expect, it } from 'vitest';
import { append, remove, set } from '../../../pipelines/policy-fix/edits.ts';
import type { FixContext } from '../../../pipelines/policy-fix/fixers/fixer.ts';
import { otherReference } from '../../../pipelines/policy-fix/fixers/ways-out.ts';
import { statedWishes } from '../../../pipelines/policy-fix/statements.ts';
import { type Stated, stated, type Way } from '../../../pipelines/policy-fix/wish.ts';
import type { Json, JsonObject } from '../../../src/manifest/json.ts';

function waysOf(documents: FixContext['policies'][number]['documents'], object: JsonObject, parameters: Json): Way[] {
  const policies = [{ name: 'p', documents, rules: [], parameters, words: '', messages: '' }];
  const all = statedWishes({ object, violations: [], policies, siblings: [] }).flatMap(({ way = [] }) => [way]);
  return [...new Map(all.map((way) => [JSON.stringify(way), way])).values()];
}

const inRego = (body: string, object: JsonObject, parameters: Json = null): Way[] =>
  waysOf([{ kind: 'ConstraintTemplate', spec: { targets: [{ rego: `package p\n${body}` }] } }], object, parameters);

function inCel(expression: string, object: JsonObject, parameters: Json): Way[] {
  const source = { validations: [{ expression }] };
  const code = [{ engine: 'K8sNativeValidation', source }];
  return waysOf([{ kind: 'ConstraintTemplate', spec: { targets: [{ code }] } }], object, parameters);
}

const edits = (...all: readonly ReturnType<typeof set>[]): Way => all.map((edit) => ({ kind: 'edit', edit }));

describe('a text put together of fields', () => {
  const object = { metadata: { name: 'a', namespace: 'shop' }, spec: { queueRef: { kind: 'Queue', name: 'x' } } };
  const ref = 'ref := input.review.object.spec.queueRef';
  const allowed = { queues: ['SharedQueue/fast', 'Queue/slow'] };
  const wanted = [
    edits(set(['spec', 'queueRef', 'name'], 'slow')),
    edits(set(['spec', 'queueRef', 'kind'], 'SharedQueue'), set(['spec', 'queueRef', 'name'], 'fast')),
  ];

  it.each([
    'not sprintf("%v/%v", [ref.kind, ref.name]) in input.parameters.queues',
    'not concat("/", [ref.kind, ref.name]) in {q | some q in input.parameters.queues}',
    'known := {q | q := input.parameters.queues[_]}; not known[sprintf("%s/%s", [ref.kind, ref.name])]',
    'own := {sprintf("%s/%s", [ref.kind, ref.name])}; own - {q | q := input.parameters.queues[_]} != set()',
  ])('says what a list has: %s', (condition) => {
    expect(inRego(`violation[{"msg": "m"}] { ${ref}; ${condition} }`, object, allowed)).toEqual(wanted);
  });

  it('says what a list of CEL has', () => {
    const expression = "(object.spec.queueRef.kind + '/' + object.spec.queueRef.name) in variables.params.queues";
    expect(inCel(expression, object, allowed)).toEqual(wanted);
  });

  it('counts what stands for a field that is not there, and keeps it where that is meant', () => {
    const queue = { metadata: { name: 'a', namespace: 'shop' }, spec: { queueRef: { name: 'x' } } };
    const code = `violation[{"msg": "m"}] {
      ${ref}
      text := sprintf("%v:%v", [object.get(ref, "kind", "Queue"), ref.name])
      text != "Queue:slow"
    }`;
    expect(inRego(code, queue)).toEqual([edits(set(['spec', 'queueRef', 'name'], 'slow'))]);
  });

  it('changes no name of the object itself, and nothing where the shape is another', () => {
    const own = 'not sprintf("%v/%v", [input.review.object.metadata.namespace, ref.name]) in ["desk/x"]';
    expect(inRego(`violation[{"msg": "m"}] { ${ref}; ${own} }`, object)).toEqual([]);
    const shape = 'not sprintf("%v/%v", [ref.kind, ref.name]) in ["Queue:x"]';
    expect(inRego(`violation[{"msg": "m"}] { ${ref}; ${shape} }`, object)).toEqual([]);
  });
});

it('of pairs that two sets share, either half may be another', () => {
  const object = { spec: { doors: [{ side: 'north', key: '7' }] } };
  const code = `mine := {[d.side, d.key] | d := input.review.object.spec.doors[_]}
  violation[{"msg": "m"}] { shared := mine & {["north", "7"]}; count(shared) > 0 }`;
  expect(inRego(code, object)).toEqual([
    edits(remove(['spec', 'doors', 0, 'side'])),
    edits(remove(['spec', 'doors', 0, 'key'])),
  ]);
});

describe('fields that tell which item of a list is meant', () => {
  const item = ['spec', 'rules', 0];

  it('stay where something else of the item is asked', () => {
    const values = edits(remove([...item, 'values', 0]));
    expect(stated('p', [edits(remove([...item, 'key'])), values]).map(({ way }) => way)).toEqual([values]);
  });

  it('may go where nothing else is, or another item is asked about', () => {
    const both = [edits(remove([...item, 'kind'])), edits(remove([...item, 'group']))];
    expect(stated('p', both).map(({ way }) => way)).toEqual(both);
    const other = [edits(remove([...item, 'key'])), edits(remove(['spec', 'rules', 1, 'values', 0]))];
    expect(stated('p', other).map(({ way }) => way)).toEqual(other);
  });
});

it('a variable of which a function takes the value comes to those that are there', () => {
  const env = ['spec', 'template', 'spec', 'containers', 0, 'env'];
  const containers = [{ name: 'a', env: [{ name: 'HOME', value: '/a' }] }];
  const code = `value_of(c, name) = e.value { e := c.env[_]; e.name == name }
  violation[{"msg": "m"}] { c := input.review.object.spec.template.spec.containers[_]; not value_of(c, "ZONE") }`;
  const found = inRego(code, { spec: { template: { spec: { containers } } } });
  expect(found[0]).toEqual([{ kind: 'edit', edit: append(env, { name: 'ZONE' }), another: true }]);
});

it('every other object that a policy takes is a choice of one question', () => {
  const at = (key: string) => ['spec', 'storeRef', key];
  const ways = [
    edits(set(at('kind'), 'Shared'), set(at('name'), 'vault')),
    edits(set(at('name'), 'own')),
    edits(set(['spec', 'mode'], 'off')),
  ];
  const asked = stated('p', ways).map((one: Stated) => otherReference(one, () => true));
  expect(asked[0]?.[0]?.choices.map(({ value }) => value)).toEqual(['Shared', 'own']);
  expect(asked.slice(1)).toEqual([[], [], undefined]);
});

it('fewer copies are no way where a rule passes what stands elsewhere', () => {
  const object = { metadata: { name: 'a', namespace: 'shop' }, spec: { replicas: 20 } };
  const quotas = 'quotas = data.inventory.namespace[input.review.object.metadata.namespace]["v1"].ResourceQuota';
  const many = 'input.review.object.spec.replicas > 10';
  expect(inRego(`${quotas} { true }\nviolation[{"msg": "m"}] { ${many}; not quotas }`, object)).toEqual([]);
  expect(inRego(`violation[{"msg": "m"}] { ${many} }`, object)).toEqual([
    [{ kind: 'edit', edit: set(['spec', 'replicas'], 10), from: 20 }],
  ]);
});

describe('an image whose tag a function of the policy takes', () => {
  const path = ['spec', 'template', 'spec', 'containers', 0, 'image'];
  const object = { spec: { template: { spec: { containers: [{ name: 'a', image: 'hub.example.com/a:next' }] } } } };
  const code = (pattern: string): string => `tag(image) = t { parts := split(image, ":"); t := parts[count(parts) - 1] }
  violation[{"msg": "m"}] {
    c := input.review.object.spec.template.spec.containers[_]
    not re_match("${pattern}", tag(c.image))
  }`;

  it('is tried with a version of the form that the function accepts', () => {
    const [way] = inRego(code('^v[0-9]+[.][0-9]+[.][0-9]+$'), object);
    expect(way).toEqual([{ kind: 'present', path, pattern: '', example: 'hub.example.com/a:v1.0.0' }]);
  });

  it('has no stand-in where no usual form is accepted', () => {
    const [way] = inRego(code('^rel-[0-9]{8}$'), object);
    expect(way).toEqual([{ kind: 'present', path, pattern: '' }]);
  });
});
