import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digest } from '../../src/digest.ts';
import { toJson } from '../../src/runs/json.ts';

test('whatever the text, it can be digested and written as UTF-8; what was well-formed stays as it was', () => {
  const unit = fc.constantFrom('a', '\\', '\\ud800', 'ud800', '"', '\ud800', '\udfff', '💥', '\ufffd');
  fc.assert(
    fc.property(fc.string({ unit }), fc.string({ unit }), (key, text) => {
      const { text: json, value } = toJson({ [key]: [text] }, 'The input');
      expect(value).toEqual({ [key.toWellFormed()]: [text.toWellFormed()] });
      expect(JSON.parse(Buffer.from(json).toString())).toEqual(value);
      expect(digest(value)).toMatch(/^[0-9a-f]{64}$/);
    }),
  );
});
