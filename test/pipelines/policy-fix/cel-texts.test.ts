import { describe, expect, it } from 'vitest';
import { remove, set } from '../../../pipelines/policy-fix/edits.ts';
import { following, statedWishes } from '../../../pipelines/policy-fix/statements.ts';
import type { JsonObject } from '../../../src/manifest/json.ts';

const contextOf = (object: JsonObject, ...expressions: string[]) => ({
  object,
  violations: [],
  siblings: [],
  policies: [
    {
      name: 'p',
      documents: [
        {
          apiVersion: 'admissionregistration.k8s.io/v1',
          kind: 'ValidatingAdmissionPolicy',
          metadata: { name: 'p' },
          spec: { validations: expressions.map((expression) => ({ expression })) },
        },
      ],
      rules: [],
      parameters: null,
      words: '',
      messages: '',
    },
  ],
});

const wishes = (expression: string, object: JsonObject) =>
  statedWishes(contextOf(object, expression)).map(({ wish }) => (wish.kind === 'edit' ? wish.edit : wish));

describe('a list that is written as one text', () => {
  const zones = "object.zones.split(',')";

  it('is left without the items that are not accepted, spaces and all, as long as others stay', () => {
    const all = `${zones}.all(z, z.trim() in ['a', 'b'])`;
    expect(wishes(all, { zones: 'x, a, b' })).toMatchObject([{ kind: 'choose', path: ['zones'], values: ['a, b'] }]);
    const none = `!${zones}.exists(z, z.startsWith('x'))`;
    expect(wishes(none, { zones: 'a,xy' })).toMatchObject([{ kind: 'choose', values: ['a'] }]);
    const lines = "object.zones.split(';').map(z, z.trim()).all(z, z.endsWith('.lab'))";
    expect(wishes(lines, { zones: 'a.lab; b.bay' })).toMatchObject([{ kind: 'choose', values: ['a.lab'] }]);
  });

  it('is not emptied', () => {
    expect(wishes(`${zones}.all(z, z in ['a'])`, { zones: 'x,y' })).not.toContainEqual(
      expect.objectContaining({ kind: 'choose' }),
    );
  });

  it('gets what it lacks at its end, written as the others are', () => {
    expect(wishes(`'c' in ${zones}`, { zones: 'a,b' })).toMatchObject([{ kind: 'choose', values: ['a,b,c'] }]);
    expect(wishes(`'c' in ${zones}.map(z, z.trim())`, { zones: 'a, b' })).toMatchObject([{ values: ['a, b, c'] }]);
  });
});

describe('a text that holds another one', () => {
  const dock = (name: string, crew: string): JsonObject => ({ spec: { dock: name, crew } });

  it('stays where the other follows it, or becomes another itself', () => {
    expect(wishes("object.spec.dock.endsWith('-' + object.spec.crew)", dock('bay-red', 'blue'))).toEqual([
      { kind: 'present', path: ['spec', 'dock'], pattern: '*-blue' },
      { kind: 'choose', path: ['spec', 'crew'], values: ['red'] },
    ]);
    expect(wishes("object.spec.dock.startsWith(object.spec.crew + '.')", dock('bay.east', 'blue'))).toContainEqual({
      kind: 'choose',
      path: ['spec', 'crew'],
      values: ['bay'],
    });
  });

  it('follows the other where it is put together of it as a whole, unless it is a name', () => {
    expect(wishes("object.spec.dock == 'dock-' + object.spec.crew", dock('dock-red', 'blue'))).toEqual([
      set(['spec', 'dock'], 'dock-blue'),
    ]);
    const named: JsonObject = { metadata: { name: 'dock-red' }, spec: { crew: 'blue' } };
    expect(wishes("object.metadata.name == 'dock-' + object.spec.crew", named)).toContainEqual({
      kind: 'choose',
      path: ['spec', 'crew'],
      values: ['red'],
    });
  });

  it('says nothing of the other where it holds nothing of the kind', () => {
    expect(wishes("object.spec.dock.endsWith('-' + object.spec.crew)", dock('bay', 'blue'))).toEqual([
      { kind: 'present', path: ['spec', 'dock'], pattern: '*-blue' },
    ]);
  });
});

describe('the keys of a map', () => {
  const keys = (expression: string, labels: JsonObject) => wishes(expression, { metadata: { name: 'a', labels } });
  const due = { kind: 'present', path: ['metadata', 'labels', 'team'], pattern: '' };

  it('are missed where a list of them is to hold one more', () => {
    const all = "sets.contains(object.metadata.labels.map(k, k), ['team', 'app'])";
    expect(keys(all, { app: 'a' })).toContainEqual(due);
    expect(keys("'team' in object.metadata.labels.map(k, k)", { app: 'a' })).toContainEqual(due);
  });

  it('are not where something else is made of them', () => {
    expect(keys("'team' in object.metadata.labels.map(k, object.metadata.labels[k])", { app: 'a' })).not.toContainEqual(
      due,
    );
  });
});

describe('a comparison by its sign', () => {
  const size = (test: string) =>
    wishes(`quantity(object.spec.size).compareTo(quantity('2Gi')) ${test}`, { spec: { size: '4Gi' } });

  it('is the one between the amounts, however it is written', () => {
    const most = [set(['spec', 'size'], '2Gi')];
    for (const test of ['<= 0', '!= 1', '< 1']) expect(size(test), test).toEqual(most);
    expect(wishes("1 > quantity(object.spec.size).compareTo(quantity('2Gi'))", { spec: { size: '4Gi' } })).toEqual(
      most,
    );
    const least = wishes("quantity(object.spec.size).compareTo(quantity('2Gi')) != -1", { spec: { size: '1Gi' } });
    expect(least).toEqual(most);
  });

  it('is none where the sign is never so', () => {
    expect(size('> 1')).not.toContainEqual(set(['spec', 'size'], '2Gi'));
  });
});

describe('what counts where nothing is said', () => {
  it('is written where it is the only other word that Kubernetes knows', () => {
    const pull = "object.spec.?imagePullPolicy.orValue('IfNotPresent') != 'Always'";
    expect(wishes(pull, { spec: { imagePullPolicy: 'Always' } })).toEqual([
      set(['spec', 'imagePullPolicy'], 'IfNotPresent'),
    ]);
  });

  it('is not where it may be no word at all, or loses what is kept', () => {
    const mood = "object.spec.?mood.orValue('none') != 'bad'";
    expect(wishes(mood, { spec: { mood: 'bad' } })).toEqual([remove(['spec', 'mood'])]);
    const kept = "object.?reclaimPolicy.orValue('Delete') != 'Retain'";
    expect(wishes(kept, { reclaimPolicy: 'Retain' })).not.toContainEqual(set(['reclaimPolicy'], 'Delete'));
  });

  it('is asked how many, unless they are copies', () => {
    expect(wishes('object.spec.?lanes.orValue(0) > 0', { spec: {} })).toEqual([
      { kind: 'present', path: ['spec', 'lanes'], pattern: '>0' },
    ]);
    expect(wishes('object.spec.?minReplicas.orValue(0) > 0', { spec: {} })).toEqual([set(['spec', 'minReplicas'], 1)]);
    expect(wishes('object.spec.?lanes.orValue(0) >= 2', { spec: {} })).toEqual([set(['spec', 'lanes'], 2)]);
  });
});

describe('what follows from a choice', () => {
  it('is what the policy then leaves no other way than to set', () => {
    const table = "{'web': 'std', 'batch': 'spot'}";
    const context = contextOf(
      { spec: { sort: 'none', pool: 'std' } },
      `object.spec.sort in ${table}`,
      `!(object.spec.sort in ${table}) || object.spec.pool == ${table}[object.spec.sort]`,
    );
    expect(following(context, [set(['spec', 'sort'], 'batch')])).toEqual([set(['spec', 'pool'], 'spot')]);
    expect(following(context, [set(['spec', 'sort'], 'web')])).toEqual([]);
  });
});
