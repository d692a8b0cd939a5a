import { describe, expect, it } from 'vitest';
import { append, remove, set } from '../../../pipelines/policy-fix/edits.ts';
import type { FixContext } from '../../../pipelines/policy-fix/fixers/fixer.ts';
import { objections } from '../../../pipelines/policy-fix/guards.ts';
import { lackingOf } from '../../../pipelines/policy-fix/items.ts';
import { accepts, wishes } from '../../../pipelines/policy-fix/kyverno/pattern.ts';
import { textFunction } from '../../../pipelines/policy-fix/kyverno/text-functions.ts';
import { regexReplaced } from '../../../pipelines/policy-fix/regex-fits.ts';
import { statedWishes } from '../../../pipelines/policy-fix/statements.ts';
import type { Json, JsonObject } from '../../../src/manifest/json.ts';

/** What a rule of one condition that denies asks of an object. */
const asked = (object: JsonObject, condition: JsonObject, context: Json = []) =>
  statedBy(object, { deny: { conditions: { any: [condition] } } }, context).map(({ wish }) => wish);

function statedBy(object: JsonObject, validate: JsonObject, context: Json = []) {
  const rule = { name: 'r', context, validate };
  const document = { apiVersion: 'kyverno.io/v1', kind: 'ClusterPolicy', spec: { rules: [rule] } };
  const policies = [{ name: 'p', documents: [document], rules: ['r'], parameters: null, words: '', messages: '' }];
  const seen: FixContext = { object, violations: [], policies, siblings: [] };
  return statedWishes(seen);
}

const differs = (key: string, value: Json): JsonObject => ({ key: `{{ ${key} }}`, operator: 'NotEquals', value });
const edit = (one: ReturnType<typeof set>) => ({ kind: 'edit', edit: one });

describe('functions of text', () => {
  it.each([
    ['trim', ['  a b ', ' '], 'a b'],
    ['trim', ['--', '-'], ''],
    ['trim_prefix', ['v1', 'v'], '1'],
    ['split', ['a/b', '/'], ['a', 'b']],
    ['replace_all', ['a.b.c', '.', '-'], 'a-b-c'],
    ['replace', ['a.b.c', '.', '-', 1], undefined],
    ['truncate', ['abcdef', 3], 'abc'],
    ['base64_decode', ['aMOp'], 'hé'],
    ['base64_decode', ['no base64'], undefined],
    ['path_canonicalize', ['/var/log/../lib/'], '/var/lib'],
    ['regex_replace_all', ['([a-z])x', 'ax bx', '$1'], 'a b'],
    ['regex_replace_all_literal', ['x', 'axb', '$1'], 'a$1b'],
  ] as [string, Json[], Json | undefined][])('%s(%j) is %j', (name, args, made) => {
    const one = textFunction(name);
    expect(one?.made(String(args[one.of]), args)).toEqual(made);
  });

  it('replace what an expression fits as Go does, and leave named groups alone', () => {
    expect(regexReplaced('(a)(b)?', 'xab a', '$1-', false)).toBe('xa- a-');
    expect(regexReplaced('(a)(b)?', 'ab a', `<\${2}>`, false)).toBe('<b> <>');
    expect(regexReplaced('a', 'a', '$name', false)).toBeUndefined();
    expect(regexReplaced('(', 'a', 'b', false)).toBeUndefined();
  });

  it('say what a text of the object has to be', () => {
    const at = ['metadata', 'annotations', 'room'];
    const object = { metadata: { annotations: { room: ' north ' } } };
    const trimmed = "{{ trim(request.object.metadata.annotations.room, ' ') }}";
    expect(asked(object, differs('request.object.metadata.annotations.room', trimmed))).toEqual([
      edit(set(at, 'north')),
    ]);
  });

  it('ask for another text where they take one apart, by its own address or by words of the policy', () => {
    const url = (address: string) => ({ data: { url: Buffer.from(address).toString('base64') } });
    const of = (address: string, value: Json) =>
      asked(url(address), differs('base64_decode(request.object.data.url)', value));
    const path = ['data', 'url'];
    expect(of('http://a.example.com', 'https://*')).toEqual([
      {
        kind: 'choose',
        path,
        values: [url('https://a.example.com').data.url],
        source: 'the same address over TLS',
      },
    ]);
    expect(of('on', 'off')).toEqual([{ kind: 'choose', path, values: [url('off').data.url] }]);
    expect(of('on', 'off-*')).toMatchObject([{ kind: 'present', path, example: url('off-opsline').data.url }]);
    expect(of('off', 'off')).toEqual([]);
  });
});

describe('a part of a text', () => {
  const path = ['spec', 'schedule'];
  const hour = (value: Json, operator: string) =>
    asked(
      { spec: { schedule: '5 11 * * *' } },
      { key: "{{ split(request.object.spec.schedule, ' ')[1] }}", operator, value },
    );

  it('is replaced by what the policy says in its place', () => {
    expect(hour(['1', '2'], 'AnyNotIn')).toEqual([{ kind: 'choose', path, values: ['5 1 * * *', '5 2 * * *'] }]);
    expect(hour(['11', '12'], 'AnyIn')).toMatchObject([{ kind: 'present', path, example: '5 opsline * * *' }]);
    expect(hour(['11'], 'AnyNotIn')).toEqual([]);
  });

  it('and a whole one that are too long are asked, with one that is short enough', () => {
    const note = (key: string) =>
      asked({ spec: { note: '  too long  ' } }, { key: `{{ ${key} }}`, operator: 'GreaterThan', value: 4 });
    const short = [{ kind: 'present', path: ['spec', 'note'], pattern: '', example: '  to' }];
    expect(note('length(request.object.spec.note)')).toEqual(short);
    expect(note("length(trim(request.object.spec.note, ' '))")).toEqual(short);
  });
});

describe('what is read out of a text', () => {
  const mode = (value: Json, operator = 'AnyNotIn') => {
    const data = { mesh: 'on: true\nmode: OPEN # as before\n' };
    const key = '{{ parse_yaml(request.object.data.mesh).mode }}';
    return asked({ data }, { key, operator, value });
  };

  it('is another word there, one of some, or one that people have to say', () => {
    const text = (word: string) => `on: true\nmode: ${word} # as before\n`;
    const path = ['data', 'mesh'];
    expect(mode(['CLOSED'])).toEqual([edit(set(path, text('CLOSED')))]);
    expect(mode(['CLOSED', 'KNOWN'])).toEqual([{ kind: 'choose', path, values: [text('CLOSED'), text('KNOWN')] }]);
    expect(mode('KNOWN-*', 'NotEquals')).toEqual([
      { kind: 'present', path, pattern: 'mode: KNOWN-*', example: text('KNOWN-opsline') },
    ]);
  });

  it('is asked where it names another namespace, and stays JSON', () => {
    const of = (namespace: string) => `[{"name":"a"},{"name":"b","namespace":"${namespace}"}]`;
    const key = '{{ parse_json(request.object.data.networks)[1].namespace }}';
    expect(asked({ data: { networks: of('infra') } }, { key, operator: 'NotEquals', value: 'nav' })).toEqual([
      { kind: 'choose', path: ['data', 'networks'], values: [of('nav')] },
    ]);
  });
});

describe('functions of numbers, lists and times', () => {
  it('bring the largest of some numbers down, each that is too large', () => {
    const object = { spec: { steps: [{ weight: 10 }, { weight: 80 }, { pause: {} }, { weight: 60 }] } };
    const condition = { key: '{{ max(request.object.spec.steps[].weight) }}', operator: 'GreaterThan', value: 50 };
    const edits = asked(object, condition).map((wish) => (wish.kind === 'edit' ? wish.edit.path : []));
    expect(edits).toEqual([
      ['spec', 'steps', 1, 'weight'],
      ['spec', 'steps', 3, 'weight'],
    ]);
    expect(asked({ spec: { steps: [{ weight: 10 }] } }, condition)).toEqual([]);
  });

  it.each([
    ['12Gi', '5Gi', ['10Gi', '15Gi']],
    ['3Gi', '5Gi', ['5Gi']],
    ['750m', '500m', ['500m', '1']],
  ])('a remainder of %s by %s leaves %j', (now, by, values) => {
    const [key, path] = by.endsWith('m') ? ['cpu', ['spec', 'requests', 'cpu']] : ['size', ['spec', 'size']];
    const object = { spec: { size: now, requests: { cpu: now } } };
    const place = key === 'cpu' ? 'requests.cpu' : 'size';
    expect(asked(object, differs(`modulo(request.object.spec.${place}, '${by}')`, '0'))).toEqual([
      { kind: 'choose', path, values },
    ]);
  });

  it('solve a quotient of two amounts for either', () => {
    const object = { spec: { limits: { cpu: '4' }, requests: { cpu: '500m' } } };
    const key = '{{ divide(request.object.spec.limits.cpu, request.object.spec.requests.cpu) }}';
    expect(asked(object, { key, operator: 'GreaterThan', value: 2 })).toMatchObject([
      edit(set(['spec', 'limits', 'cpu'], '1')),
      edit(set(['spec', 'requests', 'cpu'], '2')),
    ]);
  });

  it('find a value by its name in two lists', () => {
    const env = [
      { name: 'TZ', value: 'UTC' },
      { name: 'FORMAT', value: 'text' },
    ];
    const variable = { jmesPath: 'object_from_lists(request.object.spec.env[].name, request.object.spec.env[].value)' };
    const context = [{ name: 'vars', variable }];
    const of = (name: string) => asked({ spec: { env } }, differs(`vars.${name} || 'json'`, 'json'), context);
    expect(of('FORMAT')).toEqual([edit(set(['spec', 'env', 1, 'value'], 'json'))]);
    expect(of('OTHER')).toEqual([]);
  });

  const at = { spec: { at: '2020-01-01T00:00:00Z' } };
  it.each([
    ["time_since('', request.object.spec.at, '')", 'DurationGreaterThan', '720h', 'after now - 720h'],
    ["time_since('', request.object.spec.at, '')", 'DurationLessThan', '720h', 'before now - 720h'],
    ['time_diff(time_now_utc(), request.object.spec.at)', 'DurationGreaterThan', '24h', 'before now + 24h'],
    ["time_after(request.object.spec.at, time_add(time_now(), '48h'))", 'Equals', true, 'before now + 48h'],
    ["time_before(request.object.spec.at, time_add(time_now(), '-48h'))", 'Equals', true, 'after now - 48h'],
  ])('%s, denied where %s %s, asks for a time %s', (key, operator, value, words) => {
    expect(asked(at, { key: `{{ ${key} }}`, operator, value })).toMatchObject([
      { kind: 'present', path: ['spec', 'at'], pattern: `a time ${words}` },
    ]);
  });
});

describe('lists', () => {
  it('that a policy has as JSON in a text are lists', () => {
    const condition = { key: '{{ request.object.spec.zone }}', operator: 'AnyNotIn', value: '["a", "b"]' };
    expect(asked({ spec: { zone: 'c' } }, condition)).toEqual([
      { kind: 'choose', path: ['spec', 'zone'], values: ['a', 'b'] },
    ]);
  });

  it('of one item that is not among the values have another one, or none', () => {
    const condition = { key: '{{ request.object.spec.doors[] }}', operator: 'AnyNotIn', value: ['a', 'b'] };
    expect(asked({ spec: { doors: ['c'] } }, condition)).toEqual([
      { kind: 'edit', edit: remove(['spec', 'doors', 0]) },
      { kind: 'choose', path: ['spec', 'doors', 0], values: ['a', 'b'] },
    ]);
  });

  it('of the object that a value of the policy was not found in get it, where it is one list', () => {
    const values = "{{ request.object.spec.terms[?operator=='NotIn'].values[] || `[]` }}";
    const condition = { key: 'kube-system', operator: 'AnyNotIn', value: values };
    const term = (word: string) => ({ key: 'name', operator: 'NotIn', values: [word] });
    expect(asked({ spec: { terms: [term('platform')] } }, condition)).toEqual([
      edit(append(['spec', 'terms', 0, 'values'], 'kube-system')),
    ]);
    expect(asked({ spec: { terms: [term('a'), term('b')] } }, condition)).toEqual([]);
  });

  it('take an item with a value without its operator, which is equality, and none without any other key that all have', () => {
    const list = [{ key: 'gpu', operator: 'Exists' }];
    expect(lackingOf({ key: 'os', value: 'windows' }, list)).toEqual([]);
    expect(lackingOf({ key: 'os' }, list)).toEqual(['operator']);
    const valued = [{ key: 'os', operator: 'Equal', value: 'windows' }];
    expect(lackingOf({ key: 'gpu', operator: 'Exists' }, valued)).toEqual([]);
    expect(wishes({ '^(tolerations)': [{ key: 'spot', value: 'true' }] }, { tolerations: list })).toEqual([
      edit(append(['tolerations'], { key: 'spot', value: 'true' })),
    ]);
    expect(lackingOf({ key: 'os', value: 'x' }, [{ key: 'a', effect: 'NoExecute' }])).toEqual(['effect']);
  });
});

describe('a pattern', () => {
  it('of what lies outside a range takes no number inside', () => {
    expect([80, 1024].map((port) => accepts('1!-1023', port))).toEqual([false, true]);
    expect(wishes('1!-1023', 80, ['port'])).toEqual([edit(set(['port'], 1024))]);
    expect(wishes('5!-9', 6, ['tries'])).toEqual([edit(set(['tries'], 4))]);
    expect(wishes('0!-999', 50, ['fsGroup'])).toEqual([edit(set(['fsGroup'], 1000))]);
  });

  it('that a text of digits does not fit is met by a text', () => {
    const condition = { key: '{{ to_number(request.object.spec.hard.pods) }}', operator: 'GreaterThan', value: 60 };
    expect(asked({ spec: { hard: { pods: '100' } } }, condition)).toMatchObject([
      edit(set(['spec', 'hard', 'pods'], '60')),
    ]);
    expect(asked({ spec: { hard: { pods: 100 } } }, condition)).toMatchObject([
      edit(set(['spec', 'hard', 'pods'], 60)),
    ]);
  });
});

describe('patterns of which any will do', () => {
  const anyPattern = ['A', 'B'].map((mode, at) => ({ spec: { mode, size: at + 1 } }));
  const soles = (object: JsonObject) => statedBy(object, { anyPattern }).map(({ sole }) => sole);

  it('leave to people which word comes where none stands', () => {
    expect(new Set(soles({ spec: {} }))).toEqual(new Set([false]));
    expect(new Set(soles({ spec: { mode: 'A' } }))).toEqual(new Set([true]));
  });
});

describe('a selector', () => {
  const service = (value: string) => ({ kind: 'Service', metadata: { name: 'a', annotations: { neg: value } } });
  const policy = (value: string) => ({
    spec: { rules: [{ match: { any: [{ resources: { annotations: { neg: value } } }] } }] },
  });

  it('that takes the old and the new value alike does not decide whether an object is seen', () => {
    const objected = (selector: string) => objections(service('off'), service('on'), [policy(selector)]);
    expect(objected('?*')).toEqual([]);
    expect(objected('off')).toEqual(['it sets neg, which decides whether a policy looks at the object']);
    expect(objections({ kind: 'Service', metadata: { name: 'a' } }, service('on'), [policy('?*')])).toHaveLength(1);
  });
});
