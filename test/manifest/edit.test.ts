import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { editDocument, TextEditor } from '../../src/manifest/edit.ts';
import { equalJson, type Json } from '../../src/manifest/json.ts';
import { parseManifest } from '../../src/manifest/parse.ts';
import { applyOperations, formatPointer, type Operation } from '../../src/manifest/patch.ts';

const jsonOf = (text: string, index = 0): Json | undefined =>
  parseManifest('t.yaml', text).documents.find((document) => document.index === index)?.json;

/** Edits and checks the two laws at once: the value is the expected one, and every line of `before` not in `gone` stays. */
function edited(text: string, operations: Operation[], index = 0): string {
  const after = editDocument(text, index, operations);
  expect(jsonOf(after, index)).toEqual(applyOperations(jsonOf(text, index) as Json, operations));
  return after;
}

const FILE = `# top of file
apiVersion: v1   # version
kind: Pod
metadata:
  name: 'web'    # single quoted
  labels: {app: web, tier: "front"}   # flow
  # before annotations
  annotations:
    "note": |
      two
      lines
spec:
  nodeSelector: {}
  volumes:
  hostNetwork: true # why: unknown
  containers:
  - name: a      # dash in the key's column
    image: "nginx:1"
    args:
    - -v
    - "yes"
    # end of a
  # about b
  - image: busybox
    name: b
---
# a second document
kind:   Odd
metadata: { name: second }
`;

describe('TextEditor', () => {
  const FILE = '# head\n--- # one\na: &x {b: 1}\n...\n---\n\n--- # three\nc: 3  # kept\n---\nd: [1]\n';

  it('edits many documents of a text as editDocument does one after the other', () => {
    const edits = [
      [2, { op: 'add', path: '/e', value: 'f' }],
      [0, { op: 'replace', path: '/a/b', value: 2 }],
      [3, { op: 'add', path: '/d/-', value: 2 }],
      [2, { op: 'remove', path: '/c' }],
    ] as const;
    const editor = new TextEditor(FILE);
    let expected = FILE;
    for (const [index, operation] of edits) {
      const preview = editor.preview(index, [operation]);
      expect(editor.text).toBe(expected);
      expected = editDocument(expected, index, [operation]);
      expect(preview).toBe(expected);
      editor.edit(index, [operation]);
      expect(editor.text).toBe(expected);
    }
    expect(() => editor.edit(0, [{ op: 'remove', path: '/none' }])).toThrow();
    expect(editor.text).toBe(expected);
  });
});

describe('editDocument', () => {
  const cases: [string, Operation[], string, string][] = [
    [
      'adds a key behind the last one',
      [{ op: 'add', path: '/spec/containers/0/tty', value: false }],
      '    - "yes"\n',
      '    - "yes"\n    tty: false\n',
    ],
    [
      "adds a map with lists in the file's own style",
      [{ op: 'add', path: '/spec/containers/1/securityContext', value: { capabilities: { drop: ['ALL'] } } }],
      '    name: b\n',
      '    name: b\n    securityContext:\n      capabilities:\n        drop:\n        - ALL\n',
    ],
    [
      'keeps quotes and comment of a replaced string',
      [{ op: 'replace', path: '/metadata/name', value: 'api' }],
      "'web'    #",
      "'api'    #",
    ],
    [
      'keeps the comment of a replaced boolean',
      [{ op: 'replace', path: '/spec/hostNetwork', value: false }],
      'hostNetwork: true #',
      'hostNetwork: false #',
    ],
    [
      'quotes what YAML 1.1 would read as a boolean',
      [{ op: 'add', path: '/metadata/labels/debug', value: 'on' }],
      'tier: "front"}',
      'tier: "front", debug: "on"}',
    ],
    [
      'opens an empty map up',
      [{ op: 'add', path: '/spec/nodeSelector/disk', value: 'ssd' }],
      '  nodeSelector: {}\n',
      '  nodeSelector:\n    disk: ssd\n',
    ],
    [
      'fills a key without value',
      [{ op: 'replace', path: '/spec/volumes', value: [{ name: 'tmp', emptyDir: {} }] }],
      '  volumes:\n',
      '  volumes:\n  - name: tmp\n    emptyDir: {}\n',
    ],
    [
      'appends behind a block scalar',
      [{ op: 'add', path: '/metadata/annotations/more', value: 'x' }],
      '      lines\n',
      '      lines\n    more: x\n',
    ],
    [
      'appends to a list',
      [{ op: 'add', path: '/spec/containers/0/args/-', value: '--debug' }],
      '    - "yes"\n',
      '    - "yes"\n    - --debug\n',
    ],
    [
      'inserts into a list',
      [{ op: 'add', path: '/spec/containers/0/args/1', value: 'x y' }],
      '    - -v\n',
      '    - -v\n    - x y\n',
    ],
    ['removes a line', [{ op: 'remove', path: '/spec/hostNetwork' }], '  hostNetwork: true # why: unknown\n', ''],
    ['removes an item', [{ op: 'remove', path: '/spec/containers/0/args/0' }], '    - -v\n', ''],
    [
      'removes from a flow map',
      [{ op: 'remove', path: '/metadata/labels/app' }],
      '{app: web, tier: "front"}',
      '{tier: "front"}',
    ],
    [
      'removes the key behind a dash',
      [{ op: 'remove', path: '/spec/containers/1/image' }],
      '  - image: busybox\n    name: b\n',
      '  - name: b\n',
    ],
    [
      'leaves an empty map where the last key goes',
      [{ op: 'remove', path: '/metadata/annotations/note' }],
      '  annotations:\n    "note": |\n      two\n      lines\n',
      '  annotations: {}\n',
    ],
    ['does nothing for a test that holds', [{ op: 'test', path: '/kind', value: 'Pod' }], 'kind: Pod', 'kind: Pod'],
  ];
  it.each(cases)('%s', (_, operations, from, to) => {
    expect(FILE).toContain(from);
    expect(edited(FILE, operations)).toBe(FILE.replace(from, () => to));
  });

  it('edits only the document that is meant', () => {
    const after = editDocument(FILE, 1, [{ op: 'add', path: '/metadata/labels', value: { a: 'b' } }]);
    expect(after).toBe(FILE.replace('{ name: second }', '{ name: second, labels: { a: b } }'));
  });

  it('keeps Windows line ends, also in what it adds', () => {
    const windows = FILE.replaceAll('\n', '\r\n');
    const after = edited(windows, [
      { op: 'add', path: '/spec/securityContext', value: { runAsNonRoot: true } },
      { op: 'remove', path: '/spec/hostNetwork' },
    ]);
    expect(after).not.toMatch(/[^\r]\n/);
    expect(after).toContain('\r\n  securityContext:\r\n    runAsNonRoot: true\r\n');
  });

  it('changes only the lines that differ in a text of lines', () => {
    const text = 'data:\n  a.yaml: |\n    one: 1\n\n    # two\n    two: 2\n  b: c\n';
    const value = 'one: 1\n\n# two\ntwo: 3\n';
    expect(edited(text, [{ op: 'replace', path: '/data/a.yaml', value }])).toBe(text.replace('two: 2', 'two: 3'));
    expect(edited(text, [{ op: 'replace', path: '/data/a.yaml', value: '  x\n' }])).toContain('"  x\\n"');
    expect(edited('a: |-\n  x', [{ op: 'replace', path: '/a', value: 'y\nz' }])).toBe('a: |-\n  y\n  z');
  });

  it('adds a line to a file that ends without one', () => {
    expect(edited('kind: A\nspec:\n  a: 1', [{ op: 'add', path: '/spec/b', value: 2 }])).toBe(
      'kind: A\nspec:\n  a: 1\n  b: 2',
    );
    expect(edited('kind: A\nspec:\n  a: 1\n  b: 2', [{ op: 'remove', path: '/spec/b' }])).toBe(
      'kind: A\nspec:\n  a: 1',
    );
  });

  it('writes an alias out where only one of its users changes', () => {
    const text = 'one:\n  labels: &l\n    app: x   # shared\ntwo:\n  labels: *l\n';
    expect(edited(text, [{ op: 'add', path: '/two/labels/team', value: 'a' }])).toBe(
      'one:\n  labels: &l\n    app: x   # shared\ntwo:\n  labels:\n    app: x\n    team: a\n',
    );
  });

  it('overrides a merged key without touching the anchor', () => {
    const text = 'base: &b\n  cpu: 1\n  deep: { a: 1 }\nuser:\n  <<: *b\n  own: 2\n';
    expect(edited(text, [{ op: 'replace', path: '/user/cpu', value: 2 }])).toBe(`${text}  cpu: 2\n`);
    expect(edited(text, [{ op: 'replace', path: '/user/deep/a', value: 2 }])).toContain('  deep:\n    a: 2\n');
  });

  it('writes out what shares an anchor, as it was, where what the anchor names changes', () => {
    const text = 'one:\n  labels: &l\n    app: x\ntwo:\n  labels: *l # the pods\n';
    expect(edited(text, [{ op: 'add', path: '/one/labels/team', value: 'a' }])).toBe(
      'one:\n  labels: &l\n    app: x\n    team: a\ntwo:\n  labels:\n    app: x # the pods\n',
    );
    const list = 'list:\n  - &a\n    deep: { a: 1 }\n  - <<: *a\n    own: 1\n';
    expect(edited(list, [{ op: 'add', path: '/list/0/deep/b', value: 2 }])).toContain(
      'deep: { a: 1, b: 2 }\n  - <<: *a\n    own: 1\n    deep:\n      a: 1\n',
    );
  });

  it('refuses an edit for which what shares an anchor would lose a comment', () => {
    const text = 'list:\n  - &a\n    x: 1\n  - # the second\n    <<: *a # all of it\n    # kept for now\n    own: 1\n';
    expect(() => editDocument(text, 0, [{ op: 'add', path: '/list/0/y', value: 2 }])).toThrow(/does not allow it/);
  });

  it('edits JSON in its own layout', () => {
    const json =
      '{\n    "kind": "Pod",\n    "spec": {\n        "containers": [\n            {"name": "a"}\n        ]\n    }\n}\n';
    const after = edited(json, [
      { op: 'add', path: '/spec/hostPID', value: false },
      { op: 'add', path: '/spec/containers/0/image', value: 'x:1' },
    ]);
    expect(JSON.parse(after)).toEqual({
      kind: 'Pod',
      spec: { containers: [{ name: 'a', image: 'x:1' }], hostPID: false },
    });
    expect(after).toContain('        ],\n        "hostPID": false\n    }');
    const tight = '{"kind":"Pod","spec":{"a":1}}';
    expect(edited(tight, [{ op: 'add', path: '/spec/b', value: ['x'] }])).toBe(
      '{"kind":"Pod","spec":{"a":1,"b":["x"]}}',
    );
  });

  it('spaces what it adds in flow style as the file does', () => {
    const operations: Operation[] = [{ op: 'add', path: '/a/c', value: { d: [1, { e: 2 }] } }];
    expect(edited('a: {b: {x: 1}}   # tight\n', operations)).toBe('a: {b: {x: 1}, c: {d: [1, {e: 2}]}}   # tight\n');
    expect(edited('a: { b: { x: 1 } }\n', operations)).toBe('a: { b: { x: 1 }, c: { d: [1, { e: 2 }] } }\n');
    expect(edited('{"a": {"b": 1}}\n', operations)).toBe('{"a": {"b": 1, "c": {"d": [1, {"e": 2}]}}}\n');
    expect(edited('{"a":{"b":1}}\n', operations)).toBe('{"a":{"b":1,"c":{"d":[1,{"e":2}]}}}\n');
  });

  it('keeps a list of JSON what it is', () => {
    const edited = (text: string, path: string, value: Json): string =>
      editDocument(text, 0, [{ op: 'replace', path, value }]);
    expect(edited('[{"name":"a"},{"name":"b"}]', '/1/name', 'c')).toBe('[{"name":"a"},{"name":"c"}]');
    expect(edited('["a", "b"]', '/0', 'c')).toBe('["c", "b"]');
    expect(edited('[a, b]', '/0', 'c')).toBe('[c, b]');
  });

  it('writes maps into JSON of many lines on lines of their own', () => {
    for (const step of ['  ', '    ', '\t'])
      for (const eol of ['\n', '\r\n']) {
        const lay = (value: Json): string => JSON.stringify(value, null, step).replaceAll('\n', eol) + eol;
        const before = { a: { b: 1, list: [{ x: 1 }] } };
        const operations: Operation[] = [
          { op: 'add', path: '/a/c', value: { d: [{ e: 2 }], f: {} } },
          { op: 'add', path: '/a/list/-', value: { y: { z: 2 } } },
        ];
        expect(edited(lay(before), operations)).toBe(lay(applyOperations(before, operations)));
      }
  });

  it('keeps four-space indentation and indented lists', () => {
    const text = 'spec:\n    list:\n        - a: 1\n          b: 2\n';
    expect(edited(text, [{ op: 'add', path: '/spec/list/0/c', value: { d: ['e'] } }])).toBe(
      `${text}          c:\n              d:\n                  - e\n`,
    );
  });

  it('says so when a path is not there or a test does not hold', () => {
    expect(() => editDocument(FILE, 0, [{ op: 'remove', path: '/spec/nothing' }])).toThrow(
      /cannot remove \/spec\/nothing/,
    );
    expect(() => editDocument(FILE, 0, [{ op: 'test', path: '/kind', value: 'Job' }])).toThrow(/differs/);
    expect(() => editDocument(FILE, 7, [{ op: 'remove', path: '/kind' }])).toThrow(/no document 7/);
  });
});

const key = fc.constantFrom('a', 'b', 'name', 'spec', 'on', 'x.y/z', '1', 'with space', '#hash', '{odd}', "it's");
const leaf = fc.oneof(
  fc.boolean(),
  fc.integer(),
  fc.constant(null),
  fc.constantFrom(
    'x',
    'true',
    'on',
    '0777',
    '',
    ' lead',
    'a: b',
    '- c',
    '# d',
    'line\nbreak',
    'ü',
    '"q"',
    '*star',
    '1e3',
    '~',
  ),
);
const tree: fc.Arbitrary<Json> = fc.letrec<{ node: Json }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.dictionary(key, tie('node'), { maxKeys: 4 }) as fc.Arbitrary<Json>,
    fc.array(tie('node'), { maxLength: 3 }),
  ),
})).node;
const document = fc.dictionary(key, tree, { minKeys: 1, maxKeys: 5 }) as fc.Arbitrary<{ [key: string]: Json }>;

function places(value: Json, path: (string | number)[] = []): (string | number)[][] {
  const below = Array.isArray(value)
    ? value.map((item, i) => [i, item] as const)
    : value !== null && typeof value === 'object'
      ? Object.entries(value)
      : [];
  return below.flatMap(([step, item]) => [[...path, step], ...places(item, [...path, step])]);
}

/** Puts a comment behind or above some lines of a YAML text that has no block scalars. */
function commented(text: string, seed: number): string {
  if (/[|>][-+0-9]*$/m.test(text)) return text;
  return text
    .split('\n')
    .map((line, i) =>
      line !== '' && (i * 7 + seed) % 3 === 0 && !/["']$/.test(line) === true && !/^\s*[^ ]*["']/.test(line)
        ? `${line} # c${i}`
        : line,
    )
    .join('\n');
}

describe('any edit of any file', () => {
  it('gives exactly the expected value and leaves the other documents alone', () => {
    fc.assert(
      fc.property(
        document,
        document,
        tree,
        fc.nat(),
        fc.constantFrom('add', 'replace', 'remove'),
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom(2, 4),
        fc.nat(20),
        (first, second, value, pick, op, indentSeq, windows, indent, seed) => {
          const options = { indent, indentSeq, version: '1.1' as const, lineWidth: 0 };
          const body = (json: Json): string => commented(stringify(json, options), seed);
          const text = `# head\n${body(first)}---\n${body(second)}`.replaceAll('\n', windows ? '\r\n' : '\n');
          fc.pre(equalJson(jsonOf(text), first) && equalJson(jsonOf(text, 1), second));
          const all = places(first);
          const path = all[pick % all.length] as (string | number)[];
          const operation: Operation =
            op === 'remove'
              ? { op, path: formatPointer(path) }
              : { op: op as 'add' | 'replace', path: formatPointer(path), value };
          fc.pre(!(op === 'remove' && path.length === 1 && Object.keys(first).length === 1));
          const after = editDocument(text, 0, [operation]);
          expect(jsonOf(after)).toEqual(applyOperations(first, [operation]));
          const at = text.search(/^---/m);
          expect(after.endsWith(text.slice(at))).toBe(true);
          expect(after.startsWith(windows ? '# head\r\n' : '# head\n')).toBe(true);
        },
      ),
      { numRuns: 400, seed: 20 },
    );
  });

  it('keeps every line that does not belong to the value', () => {
    fc.assert(
      fc.property(document, fc.nat(20), (json, seed) => {
        const text = commented(stringify(json, { version: '1.1', lineWidth: 0 }), seed);
        fc.pre(equalJson(jsonOf(text), json));
        const after = editDocument(text, 0, [{ op: 'add', path: '/opsline~1added', value: { a: ['b'] } }]);
        for (const line of text.split('\n')) expect(after.split('\n')).toContain(line);
        expect(editDocument(after, 0, [{ op: 'remove', path: '/opsline~1added' }])).toBe(text);
      }),
      { numRuns: 200, seed: 21 },
    );
  });
});
