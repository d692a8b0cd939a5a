import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { remove, set } from '../../../pipelines/policy-fix/edits.ts';
import type { FixContext } from '../../../pipelines/policy-fix/fixers/fixer.ts';
import { parseRego } from '../../../pipelines/policy-fix/rego/parse.ts';
import { statedWishes } from '../../../pipelines/policy-fix/statements.ts';
import type { Json, JsonObject } from '../../../src/manifest/json.ts';
import type { KubeObject } from '../../../src/policy/violation.ts';

function asked(object: JsonObject, documents: KubeObject[], parameters: Json = null, rules: string[] = []) {
  const policies = [{ name: 'p', documents, rules, parameters, words: '', messages: '' }];
  const context: FixContext = { object, violations: [], policies, siblings: [] };
  return statedWishes(context).map(({ wish, sole }) => ({ wish, sole }));
}

const rego = (body: string, object: JsonObject, parameters: Json = null) =>
  asked(object, [{ kind: 'ConstraintTemplate', spec: { targets: [{ rego: `package p\n${body}` }] } }], parameters);

const kyverno = (validate: Json, object: JsonObject, extra: JsonObject = {}) =>
  asked(
    object,
    [{ apiVersion: 'kyverno.io/v1', kind: 'ClusterPolicy', spec: { rules: [{ name: 'r', validate, ...extra }] } }],
    null,
    ['r'],
  );

const edit = (each: ReturnType<typeof set>, sole = true, from?: number) => ({
  wish: { kind: 'edit', edit: each, ...(from === undefined ? {} : { from }) },
  sole,
});

const cel = (expression: string, object: JsonObject) =>
  asked(object, [{ kind: 'ValidatingAdmissionPolicy', spec: { validations: [{ expression }] } }]);

describe('a bound where nothing stands', () => {
  const most = (path: string, bound: number) => `has(object.${path}) && object.${path} <= ${bound}`;

  it('is met by the default of Kubernetes, where that meets it', () => {
    const replicas = ['spec', 'replicas'];
    const asks = (bound: number) => cel(most('spec.replicas', bound), { spec: {} }).map(({ wish }) => wish);
    expect(asks(10)).toContainEqual({ kind: 'edit', edit: set(replicas, 1) });
    expect(asks(10)).not.toContainEqual({ kind: 'edit', edit: set(replicas, 10) });
    expect(cel(most('spec.revisionHistoryLimit', 5), { spec: {} })).toContainEqual(
      edit(set(['spec', 'revisionHistoryLimit'], 5)),
    );
  });

  it('is asked where it would end what takes longer, and written where more stands there', () => {
    const deadline = ['spec', 'activeDeadlineSeconds'];
    const wishes = cel(most('spec.activeDeadlineSeconds', 3600), { spec: {} }).map(({ wish }) => wish);
    expect(wishes).toContainEqual({ kind: 'present', path: deadline, pattern: '<=3600' });
    expect(wishes.filter(({ kind }) => kind === 'edit')).toEqual([]);
    const patterned = kyverno({ pattern: { spec: { activeDeadlineSeconds: '<=3600' } } }, { spec: {} });
    expect(patterned).toEqual([{ wish: { kind: 'present', path: deadline, pattern: '<=3600' }, sole: true }]);
    expect(cel(most('spec.activeDeadlineSeconds', 3600), { spec: { activeDeadlineSeconds: 9000 } })).toEqual([
      edit(set(deadline, 3600), true, 9000),
    ]);
  });
});

describe('Rego', () => {
  it('is read through assignments, loops and functions', () => {
    const code = `
      violation[{"msg": "m"}] { c := boxes[_]; not fine(c) }
      boxes[c] { c := input.review.object.spec.boxes[_] }
      fine(c) { c.kind == input.parameters.kinds[_] }`;
    const object = { spec: { boxes: [{ kind: 'a' }, { kind: 'x' }] } };
    const path = ['spec', 'boxes', 1, 'kind'];
    expect(rego(code, object, { kinds: ['a', 'b'] })).toEqual([
      { wish: { kind: 'choose', path, values: ['a', 'b'] }, sole: true },
    ]);
    expect(rego(code, object, { kinds: ['a'] })).toEqual([edit(set(path, 'a'))]);
  });

  it('counts with what a missing value stands for', () => {
    const code =
      'violation[{"msg": "m"}] { n := object.get(input.review.object.spec, "min", 1); n < input.parameters.least }';
    expect(rego(code, { spec: {} }, { least: 3 })).toEqual([edit(set(['spec', 'min'], 3))]);
    expect(rego(code, { spec: { min: 4 } }, { least: 3 })).toEqual([]);
  });

  it('is read through sets that are asked by field, computed truth values, every and else', () => {
    const a = ['spec', 'a'];
    const asks = (body: string, object: JsonObject = { spec: { a: 'x' } }) =>
      rego(body, object, { list: ['y'], kinds: ['a'] });
    const chosen = [edit(set(a, 'y'))];
    expect(
      asks(`violation[{"msg": msg}] { fault[{"msg": msg, "in": "a"}] }
        fault[{"msg": "m", "in": at}] { v := input.review.object.spec[at]; not v in input.parameters.list }`),
    ).toEqual(chosen);
    expect(
      asks(`violation[{"msg": "m"}] {
        fits := [same | same := input.review.object.spec.a == input.parameters.list[_]]
        not any(fits)
      }`),
    ).toEqual(chosen);
    expect(
      asks(
        'violation[{"msg": "m"}] { count({x | x := input.review.object.spec.a} - {y | y := input.parameters.list[_]}) > 0 }',
      ),
    ).toEqual([edit(remove(a))]);
    expect(
      asks('violation[{"msg": "m"}] { every k in ["a", "b"] { input.review.object.spec[k] } }', {
        spec: { a: true, b: true },
      }),
    ).toEqual([edit(set(a, false), false), edit(set(['spec', 'b'], false), false)]);
    const kept = 'kept(s) = n { n := s.a } else = 10 { true }';
    const most = 'violation[{"msg": "m"}] { kept(input.review.object.spec) > 5 }';
    expect(asks(`${most}\n${kept}`, { spec: {} })).toEqual([edit(set(a, 5))]);
    expect(asks(`${most}\n${kept}`, { spec: { a: 4 } })).toEqual([]);
    expect(
      asks(`default n := 10\nn := input.review.object.spec.a\nviolation[{"msg": "m"}] { n > 5 }`, { spec: {} }),
    ).toEqual([edit(set(a, 5))]);
  });

  it('reads what a missing place may hold from what else is said of it', () => {
    const code = `
      violation[{"msg": "m"}] { not input.review.object.spec.a }
      violation[{"msg": "m"}] { input.review.object.spec.a > input.parameters.most }`;
    expect(rego(code, { spec: {} }, { most: 7 })).toContainEqual(edit(set(['spec', 'a'], 7)));
  });

  it('asks which of the other objects is meant, also where there is but one', () => {
    const code = `
      violation[{"msg": "m"}] { not known[input.review.object.spec.class] }
      known[n] { data.inventory.cluster["v1"].Class[n] }`;
    const object = { spec: { class: 'gone' } };
    const other = { apiVersion: 'v1', kind: 'Class', metadata: { name: 'there' } };
    const policies = [
      {
        name: 'p',
        documents: [{ kind: 'ConstraintTemplate', spec: { targets: [{ rego: `package p\n${code}` }] } }],
        rules: [],
        parameters: null,
        words: '',
        messages: '',
      },
    ];
    const wishes = statedWishes({ object, violations: [], policies, siblings: [{ file: 'f', object: other }] });
    expect(wishes.map(({ wish }) => wish)).toMatchObject([
      { kind: 'choose', path: ['spec', 'class'], values: ['there'] },
    ]);
  });

  it('leaves open which of two conditions gives way', () => {
    const code = 'violation[{"msg": "m"}] { input.review.object.spec.a > 1; not input.review.object.spec.b }';
    expect(rego(code, { spec: { a: 3 } }).map(({ sole }) => sole)).toEqual([false, false]);
  });

  it('takes no way for the only one beside another that is not read', () => {
    const code = `
      violation[{"msg": "m"}] { input.review.object.spec.replicas > 1; not apart }
      apart { sum([w | w := input.review.object.spec.weights[_]]) >= 100 }`;
    expect(rego(code, { spec: { replicas: 3 } })).toContainEqual(edit(set(['spec', 'replicas'], 1), false, 3));
    const either = `
      violation[{"msg": "m"}] { not fine }
      fine { input.review.object.spec.tier == "batch" }
      fine { unread.builtin(input.review.object.spec.boxes) }`;
    expect(rego(either, { spec: { boxes: [] } })).toEqual([edit(set(['spec', 'tier'], 'batch'), false)]);
    const cel = 'object.spec.replicas <= 1 || object.spec.weights.reverse()[0] > 3';
    const validations = [{ expression: cel }];
    expect(
      asked({ spec: { replicas: 3, weights: [1] } }, [{ kind: 'ValidatingAdmissionPolicy', spec: { validations } }]),
    ).toEqual([edit(set(['spec', 'replicas'], 1), false, 3)]);
  });

  it('counts no way that lies outside the object', () => {
    const cel = "params.data.stage != 'live' || object.spec.replicas >= 2";
    const policy: KubeObject = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      spec: { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, validations: [{ expression: cel }] },
    };
    const params: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', data: { stage: 'live' } };
    expect(asked({ spec: { replicas: 1 } }, [policy, params])).toEqual([edit(set(['spec', 'replicas'], 2), true, 1)]);
  });

  it('never hangs or throws, whatever stands there', () => {
    const words = fc.constantFrom(
      'violation',
      '[',
      ']',
      '{',
      '}',
      '(',
      ')',
      '|',
      ':=',
      '==',
      'not',
      'some',
      'x',
      '.',
      '"',
      '\n',
      'input',
      'f',
      ';',
      '_',
      ',',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 60 }), (parts) => {
        parseRego(parts.join(' '));
        rego(parts.join(' '), { spec: { x: [1, { f: 2 }] } });
      }),
    );
    const loop = 'f(x) { g(x) } g(x) { f(x) } violation[{"msg": "m"}] { f(input.review.object.spec) }';
    expect(rego(loop, { spec: { a: 1 } })).toEqual([]);
  });
});

describe('patterns of Kyverno', () => {
  const of = (pattern: Json, object: JsonObject) => kyverno({ pattern }, object);

  it('that deny one of a few words mean the careful one that is left, and ask for any other', () => {
    const reclaim = (object: JsonObject, pattern: Json) => of({ reclaimPolicy: pattern }, object);
    const place = ['reclaimPolicy'];
    expect(reclaim({ reclaimPolicy: 'Delete' }, '!Delete')).toEqual([edit(set(place, 'Retain'))]);
    expect(reclaim({ reclaimPolicy: 'Retain' }, '!Retain')).toEqual([
      { wish: { kind: 'present', path: place, pattern: '!Retain' }, sole: true },
    ]);
    expect(of({ spec: { concurrencyPolicy: '!Allow' } }, { spec: { concurrencyPolicy: 'Allow' } })).toMatchObject([
      { wish: { kind: 'present' } },
    ]);
  });

  it('that deny a restart mean the other one, where pods of that kind have another', () => {
    const path = ['spec', 'template', 'spec', 'restartPolicy'];
    const pod = { spec: { containers: [{ name: 'c' }], restartPolicy: 'OnFailure' } };
    const pattern = { spec: { template: { spec: { restartPolicy: '!OnFailure' } } } };
    expect(of(pattern, { kind: 'Job', spec: { template: pod } })).toEqual([edit(set(path, 'Never'))]);
    expect(of({ spec: { restartPolicy: '!OnFailure' } }, { kind: 'Pod', ...pod })).toMatchObject([
      { wish: { kind: 'present' } },
    ]);
  });

  it('that look at a field only where it stands are content without it', () => {
    const object = { spec: { priorityClassName: 'system-node' } };
    expect(of({ spec: { '=(priorityClassName)': '!system-*' } }, object)).toMatchObject([{ wish: { optional: true } }]);
    expect(of({ spec: { priorityClassName: '!system-*' } }, object)[0]?.wish).not.toHaveProperty('optional');
  });

  it('with alternatives for the items of a list ask which, and give no capability for one that goes', () => {
    const pattern = { spec: { modes: ['One | Two'], '=(add)': ['CHOWN'] } };
    expect(of(pattern, { spec: { modes: ['Many', 'More'], add: ['SYS_TIME'] } })).toEqual([
      edit(remove(['spec', 'modes', 1])),
      { wish: { kind: 'choose', path: ['spec', 'modes', 0], values: ['One', 'Two'] }, sole: true },
      edit(remove(['spec', 'add', 0])),
    ]);
    expect(of(pattern, { spec: { modes: ['Many', 'Two'] } })).toEqual([edit(remove(['spec', 'modes', 0]))]);
  });

  it('of which any will do are not met by a switch where another asks for something told', () => {
    const either = (...anyPattern: Json[]) => kyverno({ anyPattern }, { metadata: { name: 'x' } });
    const labels = (pairs: JsonObject): Json => ({ metadata: { labels: pairs } });
    const told = { wish: { kind: 'present', path: ['metadata', 'labels', 'team'], pattern: '?*' }, sole: true };
    expect(either(labels({ team: '?*' }), labels({ shared: 'true' }))).toContainEqual(told);
    expect(either(labels({ team: '?*' }), labels({ shared: 'true' }))).not.toContainEqual(
      expect.objectContaining({ wish: expect.objectContaining({ kind: 'edit' }) }),
    );
    // Two switches: which one is true only people know.
    expect(either(labels({ shared: 'true' }), labels({ owned: 'true' })).map(({ sole }) => sole)).toEqual([
      false,
      false,
    ]);
    // What the object does goes before what it is called.
    expect(either({ spec: { hostPID: false } }, labels({ shared: 'true' }))).toEqual([
      edit(set(['spec', 'hostPID'], false)),
    ]);
  });

  it('that take true and false leave the choice', () => {
    expect(of({ metadata: { labels: { live: 'true | false' } } }, { metadata: { name: 'x' } })).toEqual([
      { wish: { kind: 'choose', path: ['metadata', 'labels', 'live'], values: ['true', 'false'] }, sole: true },
    ]);
  });
});

describe('conditions that Kyverno denies', () => {
  const denied = (...all: JsonObject[]) => ({ deny: { conditions: { all } } });

  it('are refuted by the nearest value', () => {
    const condition = { key: '{{ request.object.spec.replicas || `1` }}', operator: 'LessThan', value: 2 };
    expect(kyverno(denied(condition), { spec: {} })).toEqual([edit(set(['spec', 'replicas'], 2))]);
    expect(kyverno(denied(condition), { spec: { replicas: 2 } })).toEqual([]);
  });

  it('are followed through loops, filters and context', () => {
    const object = { spec: { list: [{ name: 'a', on: true }, { name: 'b' }] } };
    const foreach = [
      {
        list: 'all[?name]',
        deny: { conditions: { any: [{ key: '{{ element.on || `false` }}', operator: 'Equals', value: true }] } },
      },
    ];
    const context = [{ name: 'all', variable: { jmesPath: 'request.object.spec.list' } }];
    expect(kyverno({ foreach }, object, { context })).toEqual([edit(set(['spec', 'list', 0, 'on'], false))]);
  });

  it('take away from lists what is not among the values, from the end', () => {
    const condition = { key: '{{ request.object.spec.add[] || `[]` }}', operator: 'AnyNotIn', value: ['A'] };
    expect(kyverno(denied(condition), { spec: { add: ['X', 'A', 'Y'] } })).toEqual([
      edit(remove(['spec', 'add', 2])),
      edit(remove(['spec', 'add', 0])),
    ]);
  });

  it('ask for a key that is missing, and write texts into annotations', () => {
    const condition = { key: 'probe', operator: 'AllNotIn', value: '{{ request.object.spec.keys(@)[] }}' };
    expect(kyverno(denied(condition), { spec: { x: 1 } })).toEqual([
      { wish: { kind: 'present', path: ['spec', 'probe'], pattern: '' }, sole: true },
    ]);
    expect(kyverno({ pattern: { metadata: { annotations: { on: 'true' } } } }, { metadata: {} })).toEqual([
      edit(set(['metadata', 'annotations', 'on'], 'true')),
    ]);
  });

  it('reach into the lists of lists that a filter keeps, by what a loop looks at', () => {
    const list = 'request.object.spec.volumes[?nfs].name';
    const mounts = "request.object.spec.boxes[].mounts[?name=='{{ element }}' && readOnly != `true`][] | length(@)";
    const conditions = { any: [{ key: `{{ ${mounts} }}`, operator: 'GreaterThan', value: 0 }] };
    const at = (box: number, mount: number) => ['spec', 'boxes', box, 'mounts', mount, 'readOnly'];
    const object = {
      spec: {
        volumes: [{ name: 'maps', nfs: { server: 'files.example.com' } }, { name: 'tmp' }],
        boxes: [
          { mounts: [{ name: 'tmp' }, { name: 'maps' }] },
          {
            mounts: [
              { name: 'maps', readOnly: true },
              { name: 'maps', readOnly: false },
            ],
          },
          {},
        ],
      },
    };
    const wishes = kyverno({ foreach: [{ list, deny: { conditions } }] }, object).filter(({ sole }) => sole);
    expect(wishes).toEqual([edit(set(at(0, 1), true)), edit(set(at(1, 1), true))]);
  });

  it('that look for a number in a range ask for one outside', () => {
    const condition = { key: '{{ request.object.spec.port }}', operator: 'AnyIn', value: '1-1023' };
    const path = ['spec', 'port'];
    expect(kyverno(denied(condition), { spec: { port: 80 } })).toEqual([
      { wish: { kind: 'present', path, pattern: '!1-1023', example: '1024' }, sole: true },
    ]);
  });

  it('look into the tags of images', () => {
    const key = "{{ regex_match('^[0-9.]+$', '{{ images.containers.c.tag }}') }}";
    const pod = (image: string): JsonObject => ({ kind: 'Pod', spec: { containers: [{ name: 'c', image }] } });
    const tagged = (image: string) =>
      kyverno(denied({ key, operator: 'Equals', value: false }), pod(image)).map(({ wish }) => wish);
    const path = ['spec', 'containers', 0, 'image', 'tag'];
    expect(tagged('registry.example.com:5000/c:stable')).toMatchObject([{ kind: 'present', path }]);
    expect(tagged('registry.example.com:5000/c')).toMatchObject([{ kind: 'present', path }]);
    expect(tagged('registry.example.com:5000/c:1.2')).toEqual([]);
  });

  it('that are no JMESPath are left alone', () => {
    expect(kyverno(denied({ key: '{{ [[[ }}', operator: 'Equals', value: 1 }), { spec: {} })).toEqual([]);
  });
});
