import { expect, test } from 'vitest';
import { keysOf, placed, readValue } from '../../src/evidence/parse/paths.ts';

const place = (path: string, cell: string): unknown => {
  const keys = keysOf(path) ?? [];
  return placed(keys, readValue(cell, keys));
};

test('several values stand in the innermost of arrays: how many the outer one has was not shown', () => {
  expect(place('.spec.containers[*].ports[*].containerPort', '8080 9090')).toEqual({
    spec: { containers: [{ ports: [{ containerPort: '8080' }, { containerPort: '9090' }] }] },
  });
  expect(place('.spec.containers[*].image', 'a:1 b:2')).toEqual({
    spec: { containers: [{ image: 'a:1' }, { image: 'b:2' }] },
  });
});
