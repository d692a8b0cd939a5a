import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ends, excerpt } from '../../../pipelines/deploy-explanation/excerpt.ts';

const filler = (length: number) => 'field=value; '.repeat(Math.ceil(length / 13)).slice(0, length);

test('a short line is shown whole, a long one by its head where the sentence shares nothing with it', () => {
  expect(excerpt('no such table', 'something else', 200)).toBe('no such table');
  expect(excerpt(filler(500), 'THE DATABASE IS GONE', 200)).toBe(`${filler(199)}…`);
});

test('what the sentence tells is seen, wherever it stands in the line', () => {
  const told = fc.stringMatching(/^[A-Z]{12,60}$/);
  fc.assert(
    fc.property(told, fc.nat(3000), fc.nat(3000), (part, before, after) => {
      const line = `${filler(before)}${part}${filler(after)}`;
      const shown = excerpt(line, `Deployment shop/web fails: it says \`${part}\``);
      expect(shown).toContain(part);
      expect(shown.length).toBeLessThanOrEqual(200);
      const [middle = ''] = shown.split('…').filter((piece) => piece.includes(part));
      expect(line).toContain(middle);
    }),
  );
});

test('of a long error both ends are kept, and no more than was asked for', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 101, maxLength: 400 }), (words) => {
      const text = words.join(' ');
      const cut = ends(text, 200);
      expect(cut.length).toBeLessThanOrEqual(200);
      const [head = '', tail = ''] = cut.split(' … ');
      expect(text.startsWith(head) && text.endsWith(tail)).toBe(true);
      expect(tail.length).toBeGreaterThan(head.length);
    }),
  );
  expect(ends('no such table', 200)).toBe('no such table');
  expect(ends('x'.repeat(500), 100).length).toBeLessThanOrEqual(100);
});

test('of a chain of errors that is cut the last clause stays: it says why', () => {
  const line = `Failed to pull image "${filler(150)}": rpc error: code = Unknown desc = ${filler(90)}: no basic auth credentials`;
  const shown = excerpt(line, 'THE IMAGE CANNOT BE PULLED', 200);
  expect(shown.length).toBeLessThanOrEqual(200);
  expect(shown).toContain('Failed to pull');
  expect(shown).toContain('no basic auth credentials');
});
