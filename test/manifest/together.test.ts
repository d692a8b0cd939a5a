import { expect, it } from 'vitest';
import { editDocument } from '../../src/manifest/edit.ts';
import { parseManifest } from '../../src/manifest/parse.ts';
import type { Operation } from '../../src/manifest/patch.ts';

it('edits at once as one operation after the other does, also where a map and those around it end at one place', () => {
  const text = 'spec:\n  list:\n  - name: a\n    inner:\n      x: 1  # kept\nkind: K\n';
  const operations: Operation[] = [
    { op: 'add', path: '/spec/outer', value: true },
    { op: 'add', path: '/spec/list/0/inner/y', value: 2 },
    { op: 'add', path: '/spec/list/0/middle', value: { z: 3 } },
    { op: 'add', path: '/spec/list/-', value: { name: 'b' } },
    { op: 'add', path: '/spec/last', value: false },
  ];
  const expected = operations.reduce((now, operation) => editDocument(now, 0, [operation]), text);
  expect(editDocument(text, 0, operations)).toBe(expected);
  expect(parseManifest('t.yaml', expected).documents[0]?.json).toEqual({
    spec: { list: [{ name: 'a', inner: { x: 1, y: 2 }, middle: { z: 3 } }, { name: 'b' }], outer: true, last: false },
    kind: 'K',
  });
});
