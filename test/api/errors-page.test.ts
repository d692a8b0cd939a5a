import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ERRORS } from '../../src/errors.ts';

const page = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const sections = page.split(/^## /m).slice(1);

test('docs/errors.md describes every code of the registry, and no other, in its order', () => {
  expect(sections.map((section) => section.split('\n', 1)[0])).toEqual(Object.keys(ERRORS));
});

test.each(Object.entries(ERRORS))('docs/errors.md gives status, title and retryability of %s', (code, kind) => {
  const section = sections.find((text) => text.startsWith(`${code}\n`)) ?? '';
  const [, facts = '', , advice = ''] = section.split('\n');
  expect(facts).toBe(`${kind.status}, ${kind.retryable ? 'retryable' : 'not retryable'}. ${kind.title}.`);
  expect(advice.length).toBeGreaterThan(20);
});
