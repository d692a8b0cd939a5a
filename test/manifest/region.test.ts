import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { editDocument } from '../../src/manifest/edit.ts';
import { equalJson, isObject, type Json, valueAt } from '../../src/manifest/json.ts';
import { parseDocuments, toJson } from '../../src/manifest/parse.ts';
import { applyOperations, formatPointer, type Operation } from '../../src/manifest/patch.ts';
import { jsonRegionFor, regionFor } from '../../src/manifest/region.ts';
import { splitDocuments } from '../../src/manifest/split.ts';

const jsonsOf = (text: string): Json[] => parseDocuments('t', text).documents.map(toJson);

const PIECES = [
  'a: 1\n',
  'b:\n  - x # c\n',
  'text: |\n  ---\n  kept\n',
  'quoted: "one\n  --- two"\n',
  '# comment\n',
  '\n',
  '---\n',
  '--- # note\n',
  '--- {c: [1]}\n',
  '---\r\n',
  '----: no marker\n',
  '  \n',
];

describe('splitDocuments', () => {
  it('cuts where the parser does, and each part says by itself what it says in the text', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 9 }), (pieces) => {
        const text = pieces.join('');
        let whole: Json[];
        try {
          whole = jsonsOf(text);
        } catch {
          return;
        }
        const parts = splitDocuments(text) ?? [];
        expect(parts.join('')).toBe(text);
        expect(parts.flatMap(jsonsOf)).toEqual(whole);
      }),
      { numRuns: 2_000, seed: 3 },
    );
  });

  it('leaves alone what more than markers decides', () => {
    for (const text of ['\ufeffa: 1\n', '%YAML 1.1\n---\na: 1\n', 'a: 1\n...\n---\nb: 2\n', 'a: 1\r---\rb: 2'])
      expect(splitDocuments(text)).toBeUndefined();
  });
});

const key = fc.constantFrom('a', 'b', 'name', 'spec', 'on', 'x.y/z', '1', 'with space', '#hash', '{odd}', "it's", 'q"');
const leaf = fc.constantFrom<Json>(
  true,
  null,
  7,
  'x',
  'yes',
  '',
  ' lead',
  'a: b',
  '- c',
  '# d',
  'two\nlines',
  'key: |\n  deep\n',
  '"q"',
  '&no',
  '!no',
  'a && b',
  'long words that a writer folds over several lines: because they are more than eighty characters long, - as here # not a comment',
);
const tree = fc.letrec<{ node: Json }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 5 },
    leaf,
    fc.dictionary(key, tie('node'), { maxKeys: 4 }) as fc.Arbitrary<Json>,
    fc.array(tie('node'), { maxLength: 3 }),
  ),
})).node;
const document = fc.dictionary(key, tree, { minKeys: 1, maxKeys: 5 }) as fc.Arbitrary<{ [key: string]: Json }>;

function places(value: Json, path: string[] = []): string[][] {
  const below = Array.isArray(value)
    ? value.map((item, i) => [String(i), item] as const)
    : isObject(value)
      ? Object.entries(value)
      : [];
  return below.flatMap(([step, item]) => [[...path, step], ...places(item, [...path, step])]);
}

const EVERY = { document: 0, part: 0 };

describe('regionFor', () => {
  it('gives parts that say by themselves what they say in the document, in any layout', () => {
    let found = 0;
    fc.assert(
      fc.property(
        document,
        fc.boolean(),
        fc.constantFrom(2, 4),
        fc.constantFrom(0, 80),
        fc.constantFrom('', '# head\n', '---\n', '# head\n\n--- # one\n'),
        fc.boolean(),
        (json, indentSeq, indent, lineWidth, head, windows) => {
          const body = stringify(json, { indent, indentSeq, lineWidth, version: '1.1' });
          const commented = body.replaceAll(/^( *)(a|name):/gm, '$1# about $2\n$1$2:');
          const text = (head + commented).replaceAll('\n', windows ? '\r\n' : '\n');
          const [whole] = jsonsOf(text);
          for (const path of places(whole ?? null)) {
            const region = regionFor(text, path, EVERY);
            if (!region) continue;
            found++;
            const part = region.pad + text.slice(region.start, region.end);
            expect([path, jsonsOf(part)]).toEqual([path, [valueAt(whole, path.slice(0, region.depth))]]);
          }
        },
      ),
      { numRuns: 300, seed: 4 },
    );
    expect(found).toBeGreaterThan(1_000);
  });

  it('gives up where names bind distant places, keys stand twice or a layout is unusual', () => {
    for (const text of [
      'a: &x {b: {c: 1}}\nd:\n  e:\n    f: *x\n',
      'd:\n  e: !!str\n    f: 1\n',
      'd:\n  ? complex\n  : 1\n  e: {f: 1}\n',
      'd:\n\te:\n\t\tf: 1\n',
      'd: {e: {f: 1}}\n',
    ])
      expect(regionFor(text, ['d', 'e', 'f'], EVERY)?.depth ?? 0).toBeLessThan(2);
    expect(regionFor('d:\n  e:\n    f: 1\n  e:\n    f: 2\n', ['d', 'e', 'f'], EVERY)?.depth).toBe(1);
  });

  it('finds the parts of JSON by their brackets', () => {
    fc.assert(
      fc.property(document, fc.constantFrom('', ' ', '   ', '\t'), (json, space) => {
        const text = `\n${JSON.stringify(json, null, space)}\n`;
        for (const path of places(json)) {
          const region = jsonRegionFor(text, json, path, EVERY);
          if (region) {
            expect(JSON.parse(text.slice(region.start, region.end))).toEqual(
              valueAt(json, path.slice(0, region.depth)),
            );
          }
        }
      }),
      { numRuns: 600, seed: 5 },
    );
  });
});

const item = (i: number): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: `map-${i}`, labels: { app: 'x', i: `${i}` } },
  data: { script: 'set -e\nif a && b; then\n  echo "---"\nfi\n', list: ['a', 'b'].join(','), none: '' },
});
const LIST = { apiVersion: 'v1', kind: 'List', items: Array.from({ length: 1_500 }, (_, i) => item(i)) };

describe('an edit in a large document', () => {
  const operations: Operation[] = [
    { op: 'add', path: '/items/700/metadata/labels/team', value: 'payments' },
    { op: 'replace', path: '/items/3/data/script', value: 'true' },
    { op: 'remove', path: '/items/1499/data' },
    { op: 'remove', path: '/items/20/metadata/labels/app' },
    { op: 'remove', path: '/items/20/metadata/labels/i' },
    { op: 'add', path: '/items/-', value: { kind: 'Last' } },
  ];

  it.each([
    ['YAML', stringify(LIST, { version: '1.1' }).replace(/^items:/m, '# all\nitems: # of them')],
    ['YAML with Windows line ends', stringify(LIST, { version: '1.1' }).replaceAll('\n', '\r\n')],
    ['JSON', `${JSON.stringify(LIST, null, 2)}\n`],
    ['JSON with tabs', JSON.stringify(LIST, null, '\t')],
    ['JSON on one line', JSON.stringify(LIST)],
  ])('changes nothing but its own lines: %s', { timeout: 60_000 }, (name, text) => {
    const after = editDocument(text, 0, operations);
    const [now] = jsonsOf(after);
    expect(equalJson(now, applyOperations(LIST, operations))).toBe(true);
    if (name.startsWith('JSON')) expect(JSON.parse(after)).toEqual(now);
    if (name === 'JSON on one line') return;
    const lines = new Map<string, number>();
    for (const line of text.split('\n')) lines.set(line, (lines.get(line) ?? 0) + 1);
    const added = after.split('\n').filter((line) => {
      const left = lines.get(line) ?? 0;
      lines.set(line, left - 1);
      return left <= 0;
    });
    expect(added.length).toBeLessThan(10);
  });

  it('is refused as in a small one', { timeout: 60_000 }, () => {
    const text = stringify(LIST, { version: '1.1' });
    expect(() => editDocument(text, 0, [{ op: 'remove', path: '/items/5/spec/none' }])).toThrow(
      /does not exist|stands under/,
    );
    expect(() => editDocument(text, 0, [{ op: 'test', path: '/items/5/kind', value: 'Pod' }])).toThrow(/differs/);
    expect(editDocument(text, 0, [{ op: 'test', path: `/${'items/5/kind'}`, value: 'ConfigMap' }])).toBe(text);
    expect(formatPointer(['items', 5])).toBe('/items/5');
  });
});
