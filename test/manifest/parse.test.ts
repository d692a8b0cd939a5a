import { describe, expect, it } from 'vitest';
import { OpslineError } from '../../src/errors.ts';
import { placeFinder } from '../../src/manifest/locate.ts';
import { MANIFEST_LIMITS, parseManifest } from '../../src/manifest/parse.ts';

function refusal(text: string): OpslineError {
  try {
    parseManifest('x.yaml', text);
  } catch (error) {
    if (error instanceof OpslineError) return error;
    throw error;
  }
  throw new Error('the text was accepted');
}

describe('parseManifest', () => {
  it('reads what Kubernetes reads: YAML 1.1 words and octals, no timestamps or sexagesimals', () => {
    const [document] = parseManifest(
      'x.yaml',
      'a: yes\nb: off\nc: 0644\nd: 2024-01-01\ne: 12:30:45\nf: "no"\ng: !!binary aGk=\n',
    ).documents;
    expect(document?.json).toMatchObject({ a: true, b: false, c: 0o644, d: '2024-01-01', e: '12:30:45', f: 'no' });
  });

  it('reads the whole numbers that Go writes', () => {
    const [document] = parseManifest('x.yaml', 'a: 0o644\nb: -0O17\nc: 0X1F\nd: 0B11\ne: "0o644"\nf: 0o8\n').documents;
    expect(document?.json).toEqual({ a: 0o644, b: -0o17, c: 31, d: 3, e: '0o644', f: '0o8' });
  });

  it('reads as a text what has the shape of a number and no digit', () => {
    const [document] = parseManifest('x.yaml', 'path: .\nsource: {path: ., ref: .5}\nsign: -.\npower: .e3\n').documents;
    expect(document?.json).toEqual({ path: '.', source: { path: '.', ref: 0.5 }, sign: '-.', power: '.e3' });
  });

  it('counts empty documents and gives lines', () => {
    const { documents } = parseManifest('x.yaml', '---\n\n---\n# c\nkind: A\n---\nkind: B\n');
    expect(documents.map(({ index, line, json }) => [index, line, json.kind])).toEqual([
      [1, 5, 'A'],
      [2, 7, 'B'],
    ]);
  });

  it('finds the place of a path, and of its deepest part where it ends early', () => {
    const place = placeFinder('x.yaml', 'kind: A\n---\nspec:\n  list:\n    - a: 1\n    - b: 2\n      c: 3\n');
    expect(place(1, '/spec/list/1/c')).toEqual({ line: 7, column: 7 });
    expect(place(1, '/spec/list/1/nothing/there')).toEqual({ line: 6, column: 7 });
    expect(place(1, '')).toEqual({ line: 3, column: 1 });
  });

  it.each([
    ['duplicate keys', 'a: 1\na: 2\n', 'manifest-invalid', /twice/],
    ['broken YAML', 'a: [1\nb: 2\n', 'manifest-invalid', /x\.yaml/],
    ['a map as a key', 'name: {{ .Values.name }}\n', 'manifest-invalid', /not a key/],
    ['a list instead of an object', '- a\n', 'manifest-invalid', /map/],
    [
      'a billion laughs',
      `a: &a [x,x,x,x,x,x,x,x,x,x]\n${'bcdefghij'
        .split('')
        .map((name, i) => `${name}: &${name} [${Array(10).fill(`*${'abcdefghi'[i]}`).join(',')}]\n`)
        .join('')}`,
      'manifest-invalid',
      /aliases are followed/,
    ],
    [
      'very many aliases',
      `a: &a 1\nb: [${Array(MANIFEST_LIMITS.aliases + 1)
        .fill('*a')
        .join(',')}]\n`,
      'manifest-invalid',
      /aliases/,
    ],
    ['deep nesting', `a: ${'['.repeat(5_000)}${']'.repeat(5_000)}\n`, 'manifest-invalid', /nested/],
    [
      'deep block nesting',
      Array.from({ length: 150 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      'manifest-invalid',
      /nested/,
    ],
    ['ten thousand documents', 'a: 1\n---\n'.repeat(10_000), 'manifest-invalid', /documents/],
    ['ten megabytes', `a: "${'x'.repeat(10 * 1024 * 1024)}"\n`, 'payload-too-large', /bytes/],
    ['a prototype', '__proto__: { a: 1 }\n', 'manifest-invalid', /__proto__/],
    ['an unknown alias', 'a: *b\n', 'manifest-invalid', /x\.yaml/],
  ])('refuses %s', (_, text, code, words) => {
    const started = performance.now();
    const error = refusal(text);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(words);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
