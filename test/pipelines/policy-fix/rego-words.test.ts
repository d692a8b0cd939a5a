import { describe, expect, it } from 'vitest';
import { set } from '../../../pipelines/policy-fix/edits.ts';
import type { FixContext } from '../../../pipelines/policy-fix/fixers/fixer.ts';
import { pairedFor } from '../../../pipelines/policy-fix/fixers/paired.ts';
import { completedLike } from '../../../pipelines/policy-fix/items.ts';
import { statedWishes } from '../../../pipelines/policy-fix/statements.ts';
import type { Json, JsonObject } from '../../../src/manifest/json.ts';

function contextOf(body: string, object: JsonObject, parameters: Json, messages = ''): FixContext {
  const documents = [{ kind: 'ConstraintTemplate', spec: { targets: [{ rego: `package p\n${body}` }] } }];
  const policies = [{ name: 'p', documents, rules: [], parameters, words: '', messages }];
  return { object, violations: [], policies, siblings: [] };
}

const wishes = (body: string, object: JsonObject, parameters: Json = null) =>
  statedWishes(contextOf(body, object, parameters)).map(({ wish }) => wish);

describe('a text that a map has another for', () => {
  const renamed = 'new := input.parameters.renamed[input.review.object.spec.level]';
  const object = { spec: { level: 'page' } };

  it('may be that other', () => {
    expect(wishes(`violation[{"msg": new}] { ${renamed} }`, object, { renamed: { page: 'critical' } })).toEqual([
      expect.objectContaining({ kind: 'choose', path: ['spec', 'level'], values: ['critical'] }),
    ]);
  });

  it('is only looked up where something is asked of what the map has', () => {
    const code = `violation[{"msg": "m"}] { ${renamed}; input.review.object.spec.pool != new }`;
    expect(wishes(code, { spec: { level: 'page', pool: 'a' } }, { renamed: { page: 'b' } })).toEqual([
      { kind: 'edit', edit: set(['spec', 'pool'], 'b') },
    ]);
  });
});

it('a text keeps being one where a number of it is asked', () => {
  const code = 'violation[{"msg": "m"}] { to_number(input.review.object.spec.shards) < 4 }';
  expect(wishes(code, { spec: { shards: '2' } })).toEqual([
    expect.objectContaining({ edit: set(['spec', 'shards'], '4') }),
  ]);
});

it('none is written as what stands there is: a count or a share', () => {
  const code = 'violation[{"msg": "m"}] { down := input.review.object.spec.down; down != 0; down != "0%" }';
  expect(wishes(code, { spec: { down: 2 } })).toEqual([expect.objectContaining({ edit: set(['spec', 'down'], 0) })]);
  expect(wishes(code, { spec: { down: '5%' } })).toEqual([
    expect.objectContaining({ edit: set(['spec', 'down'], '0%') }),
  ]);
});

it('a zero that turns a rule off is no way, unless it is the only one', () => {
  const days = 'days := input.review.object.spec.days';
  const object = { spec: { days: 7 } };
  const found = wishes(`violation[{"msg": "m"}] { ${days}; days > 0; days < 30 }`, object);
  expect(found).toEqual([{ kind: 'edit', edit: set(['spec', 'days'], 30), from: 7 }]);
  expect(wishes(`violation[{"msg": "m"}] { ${days}; days > 0 }`, object)).toEqual([
    { kind: 'edit', edit: set(['spec', 'days'], 0), from: 7 },
  ]);
});

it('members of a shape are taken out of a set', () => {
  const code = `pools[["main", p]] { p := input.review.object.spec.main }
    pools[[name, p]] { p := input.review.object.spec.more[name] }
    violation[{"msg": name}] { some [name, p] in pools; p.sealed == false }`;
  const object = { spec: { main: { sealed: true }, more: { gpu: { sealed: false } } } };
  expect(wishes(code, object)).toEqual([{ kind: 'edit', edit: set(['spec', 'more', 'gpu', 'sealed'], true) }]);
});

it('parts of a text by a regular expression say which entry of a map counts', () => {
  const code = `violation[{"msg": "m"}] {
    stage := regex.split("[-_]", input.review.object.metadata.namespace)[1]
    input.review.object.spec.issuer != input.parameters.issuers[stage]
  }`;
  const object = { metadata: { namespace: 'shop_prod' }, spec: { issuer: 'own' } };
  expect(wishes(code, object, { issuers: { prod: 'public' } })).toContainEqual({
    kind: 'edit',
    edit: set(['spec', 'issuer'], 'public'),
  });
});

describe('what parameters have beside a text', () => {
  const parameters = { renames: [{ from: 'old', to: 'new', note: 'spring' }], team: 'new' };
  const paired = (messages: string) =>
    pairedFor(contextOf('', { spec: { level: 'old' } }, parameters, messages), ['spec', 'level']).map(
      ({ value }) => value,
    );

  it('is offered where a message names both', () => {
    expect(paired('level old is called new now')).toEqual(['new']);
    expect(paired('level old is called otherwise')).toEqual([]);
    expect(paired('new is for others')).toEqual([]);
  });
});

describe('an item that lacks something beside others', () => {
  const spread = { topologyKey: 'zone', maxSkew: 1 };

  it('has it as they have it, where they agree', () => {
    expect(completedLike({ topologyKey: 'host' }, [spread])).toEqual({ topologyKey: 'host', maxSkew: 1 });
    expect(completedLike({ topologyKey: 'host' }, [spread, { topologyKey: 'rack', maxSkew: 2 }])).toBeUndefined();
    expect(completedLike({ topologyKey: 'host', maxSkew: 3 }, [spread])).toBeUndefined();
  });

  it('has no name and no value of others', () => {
    expect(completedLike({ key: 'pool' }, [{ key: 'arch', values: ['amd64'] }])).toBeUndefined();
    expect(completedLike({ mountPath: '/tmp' }, [{ mountPath: '/data', name: 'data' }])).toBeUndefined();
  });
});
