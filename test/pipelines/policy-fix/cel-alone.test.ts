import { describe, expect, it } from 'vitest';
import { remove, set } from '../../../pipelines/policy-fix/edits.ts';
import { statedWishes } from '../../../pipelines/policy-fix/statements.ts';
import type { JsonObject } from '../../../src/manifest/json.ts';

const wishes = (expression: string, object: JsonObject) =>
  statedWishes({
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
            spec: { validations: [{ expression }] },
          },
        ],
        rules: [],
        parameters: null,
        words: '',
        messages: '',
      },
    ],
  }).map(({ wish }) => (wish.kind === 'edit' ? wish.edit : wish));

const doors = (...names: string[]): JsonObject => ({ spec: { doors: names.map((label, at) => ({ label, at })) } });

describe('what is to be there once', () => {
  const once = 'object.spec.doors.all(d, object.spec.doors.exists_one(o, o.label == d.label))';

  it('leaves the first as it is, and asks another text of each that follows', () => {
    expect(wishes(once, doors('a', 'b', 'a', 'a'))).toEqual([
      { kind: 'present', path: ['spec', 'doors', 2, 'label'], pattern: '!a', example: 'opsline-2' },
      { kind: 'present', path: ['spec', 'doors', 3, 'label'], pattern: '!a', example: 'opsline-3' },
    ]);
  });

  it('does so whichever side the item stands on, and of a word that the policy gives', () => {
    expect(wishes(once.replace('o.label == d.label', 'd.label == o.label'), doors('a', 'a'))).toMatchObject([
      { path: ['spec', 'doors', 1, 'label'] },
    ]);
    expect(wishes("object.spec.doors.exists_one(o, o.label == 'main')", doors('main', 'side', 'main'))).toMatchObject([
      { path: ['spec', 'doors', 2, 'label'], pattern: '!main' },
    ]);
  });

  it('takes a plain item away that is there already', () => {
    const names = { spec: { names: ['a', 'b', 'a'] } };
    expect(wishes('object.spec.names.all(n, object.spec.names.exists_one(o, o == n))', names)).toEqual([
      remove(['spec', 'names', 2]),
    ]);
  });

  it('still wants one where none is there', () => {
    expect(wishes("object.spec.doors.exists_one(o, o.label == 'main')", doors('side'))).not.toEqual([]);
  });
});

describe('comparisons with what is nothing', () => {
  it('knows what stands there to be no null', () => {
    const rooms = '(has(object.spec.rooms) && object.spec.rooms != null ? object.spec.rooms : [])';
    expect(wishes(`${rooms}.all(r, r.open == false)`, { spec: { rooms: [{ open: true }] } })).toEqual([
      set(['spec', 'rooms', 0, 'open'], false),
    ]);
  });

  it('takes away what is to count as nothing', () => {
    expect(wishes("object.spec.?lead.orValue('') == ''", { spec: { lead: 'kim' } })).toEqual([
      remove(['spec', 'lead']),
    ]);
  });
});

describe('a number within a text', () => {
  const share = "type(object.spec.share) == int || int(object.spec.share.replace('%', '')) <= 90";

  it('is brought to its bound, and no other type is asked for', () => {
    expect(wishes(share, { spec: { share: '100%' } })).toEqual([set(['spec', 'share'], '90%')]);
  });

  it('is left where the text says more', () => {
    expect(wishes("int(object.spec.share.split('-')[1]) <= 90", { spec: { share: 'about-100-of-them' } })).not.toEqual([
      set(['spec', 'share'], 'about-90-of-them'),
    ]);
  });
});

describe('a part that a text has to hold', () => {
  const option = "object.spec.settings.exists(s, s.name == 'OPTS' && s.value.contains('-x'))";

  it('is asked of the item that is called so alone', () => {
    const settings = [
      { name: 'MODE', value: 'fast' },
      { name: 'OPTS', value: '-y' },
    ];
    expect(wishes(option, { spec: { settings } })).toEqual([
      { kind: 'present', path: ['spec', 'settings', 1, 'value'], pattern: '*-x*' },
    ]);
  });
});

describe('amounts that only people know', () => {
  it.each([
    ['a pool of nodes', ['spec', 'limits', 'cpu']],
    ['a quota', ['spec', 'hard', 'pods']],
  ])('are asked where nothing stands: %s', (_, path) => {
    expect(wishes(`object.${path.join('.')} <= 10`, {})).toEqual([{ kind: 'present', path, pattern: '<=10' }]);
  });

  it('are brought to the bound where they stand', () => {
    expect(wishes('object.spec.limits.cpu <= 10', { spec: { limits: { cpu: 20 } } })).toEqual([
      set(['spec', 'limits', 'cpu'], 10),
    ]);
  });
});
