import fc from 'fast-check';
import { expect, test } from 'vitest';
import { legible } from '../../src/evidence/legible.ts';

test('what a paste puts around a text comes off', () => {
  const plain = 'NAME   READY\n  a    1/1\n\nb      0/1';
  const inEachLine = (mark: string) => plain.replace(/^(?=.)/gm, mark);
  for (const mark of ['  ', '    ', '\t', '> ', '>', '    > ', '> > '])
    expect(legible(inEachLine(mark)), JSON.stringify(mark)).toBe(plain);
  expect(legible(`\ufeff${plain.replaceAll('\n', '   \r\n')}`)).toBe(plain);
  expect(legible(plain.replaceAll('  ', '\u00a0\u00a0'))).toBe(plain);
  expect(legible('\u001b[1;31mERROR\u001b[0m \u001b]8;;https://example.com\u0007no-var\u001b]8;;\u0007')).toBe(
    'ERROR no-var',
  );
});

test('a quote among other lines loses its marks', () => {
  const around = (quote: string) => `prod is down\n${quote}\nany idea?`;
  expect(legible(around('> NAME  READY\n>\n>   a   0/1'))).toBe(around('NAME  READY\n\n  a   0/1'));
  expect(legible('On Monday Ann wrote:\n> > a: 1\n> > b:\n> >   c: 2')).toBe('On Monday Ann wrote:\na: 1\nb:\n  c: 2');
  for (const text of [
    '3c3\n< a\n---\n> b\n> c\n> d',
    '* Connected to web\n> GET / HTTP/1.1\n> Host: web\n> Accept: */*\n>',
    'start\n> web@1.0.0 build\n> next build\n\ndone',
    'text\n>a\n>b\n>c',
  ])
    expect(legible(text)).toBe(text);
});

test('what belongs to a text stays', () => {
  // A prompt alone, an indentation that only some lines have, nix' log of a builder.
  for (const text of ['> kubectl get pods', 'spec:\n  a: 1', '> a\nb', 'error:\n   > last line\n   > x', '\ta\n  b'])
    expect(legible(text)).toBe(text);
});

test('lines keep their numbers', () => {
  const line = fc.string({
    unit: fc.constantFrom('a', ' ', '>', '\t', '\u00a0', '\u001b[31m', '\r', '-'),
    maxLength: 12,
  });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      const shown = legible(lines.join('\n'));
      expect(shown.split('\n').length).toBe(Math.max(1, lines.length));
    }),
  );
});
