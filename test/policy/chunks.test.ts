import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunksOf } from '../../src/policy/chunks.ts';

describe('chunksOf', () => {
  it('keeps every item in order, within the limits or alone, and opens no chunk too early', () => {
    const limits = { objects: 5, bytes: 40 };
    const size = (items: readonly string[]): number => items.reduce((sum, item) => sum + item.length + 2, 0);
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 50 })), (items) => {
        const chunks = chunksOf(items, limits);
        expect(chunks.flat()).toEqual(items);
        for (const [i, chunk] of chunks.entries()) {
          expect(chunk.length).toBeGreaterThan(0);
          expect(chunk.length === 1 || (chunk.length <= limits.objects && size(chunk) <= limits.bytes)).toBe(true);
          const next = chunks[i + 1]?.[0];
          if (next !== undefined)
            expect(chunk.length === limits.objects || size([...chunk, next]) > limits.bytes).toBe(true);
        }
      }),
    );
  });
});
